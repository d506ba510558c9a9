"""Modules without a test file of their own name.

`evaluate` is tested in `tests/ml/evaluation/test_evaluation.py` and `test_cli.py`.
"""
