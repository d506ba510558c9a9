"""Measure a target on labelled pictures.

In go pictures with labels and probabilities. Out come figures with intervals (`metrics`), one
evaluation with its errors by name (`evaluation`), charts and a page (`chart`, `page`).
"""
