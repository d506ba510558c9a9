"""Modules without a test file of their own name.

`lane` and `stop` are tested in `test_runner.py` and `test_loop.py`.
"""
