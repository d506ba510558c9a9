"""Modules without a test file of their own name.

`cluster_worker` is tested in `test_cluster.py`.
"""
