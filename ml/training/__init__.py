"""From labelled pictures to a backbone and a target.

In: a dataset and a preset. Out: the folders of a backbone and a target, which the sieve loads.
`cross_validation` trains the base, the folds and the final network; `write_backbone` and
`write_target` write the folders. Only this package and `ml.vision.convert` need TensorFlow or JAX.
"""
