"""Modules without a test file of their own name.

`stop` is tested in `test_runner.py` and `test_loop.py`.
"""
