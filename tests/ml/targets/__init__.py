"""Modules without a test file of their own name.

`catalog` is tested in `test_card.py`, which damages targets and lists them.
"""
