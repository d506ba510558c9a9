"""From labelled pictures to a backbone and a target.

In go a dataset and a preset. `cross_validation` trains the base, the folds and the final network;
`write_backbone` and `write_target` turn them into folders that the sieve loads. TensorFlow or JAX
is needed here and in `ml.vision.convert` only.
"""
