"""The engine: an archive and a target in, results out.

A `Run` is one archive, one target and one result store. A `Scheduler` cuts its runs into shards,
hands them to an executor in turn and stores what comes back. Shell, Python and the web app's
runner are hosts of this engine; none repeats its steps.
"""
