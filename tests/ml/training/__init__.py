"""Modules without a test file of their own name.

`cross_validation` and `export` are tested by the trainings of `tests/ml/cli/test_train.py`.
"""
