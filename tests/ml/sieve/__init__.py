"""Modules without a test file of their own name.

`cluster_worker` is tested in `test_cluster.py`; `presence`
in `tests/webapp/services/test_presence.py`.
"""
