"""Modules without a test file of their own name.

`columns` and `reasons` are tested in `test_columns.py` and `test_gallery.py` of
`tests/webapp/pages`.
`preferences` and `sizes` are tested in `test_files.py`; `jobs`, `tables` and
`verdicts` in `test_database.py`; `picture_query` in `test_pictures.py`; `scores` in
`test_results.py`;
`verdict_log` in `tests/webapp/services/test_verdicts.py`; `samples` in
`tests/webapp/services/test_certificate.py`; `lane` in `tests/webapp/runner/test_runner.py`;
`copy_journal` in `tests/webapp/services/test_copies.py`;
`integrity` in `tests/webapp/services/test_check.py`;
`progress` in `test_pictures.py`; `variants` in `tests/webapp/services/test_variants.py`;
`watched` in `tests/webapp/services/test_watched.py`.
"""
