"""Modules without a test file of their own name.

`columns` is tested in `tests/webapp/pages/test_columns.py`.
`archives` and `pictures` are tested in `test_downloads.py`, `copies` in
`tests/webapp/runner/test_loop.py`, `findings` in `test_check.py`, `job_log` in `test_trash.py`,
`health` in `tests/webapp/pages/test_health.py`, `preferences` and `targets` in `test_jobs.py`,
`new_jobs` in `test_uploads.py`, `intents` in `test_recovery.py`, `review_mode` in
`tests/webapp/pages/test_review.py`.
"""
