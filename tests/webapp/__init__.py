"""Modules without a test file of their own name.

`errors` is tested in `pages/test_error_handlers.py`, `verdict_records` has only classes that
`services/test_verdicts.py` reads, and `upload_records` one that `storage/test_uploads.py` reads;
`copy_records` is tested in `services/test_copies.py`; `safe_names` comes from
`ml.archive.safe_names`.
"""
