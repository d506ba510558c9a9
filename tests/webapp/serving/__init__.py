"""Modules without a test file of their own name.

`gunicorn_config` and `tethered` are tested in `test_serve.py`, with the whole program.
"""
