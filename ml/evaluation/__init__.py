"""Measure a target on labelled pictures.

In: pictures with labels and probabilities.
Out: figures with intervals (`metrics`), one evaluation that names its errors (`evaluation`),
charts and a page (`chart`, `page`).
"""
