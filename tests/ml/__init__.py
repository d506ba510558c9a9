"""Modules without a test file of their own name.

`errors` has only classes; the tests of the code that raises them cover it.
"""
