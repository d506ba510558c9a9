"""Modules without a test file of their own name.

`backbone` is tested in `tests/red_circle`, `card` in `tests/ml/targets/test_card.py`.
"""
