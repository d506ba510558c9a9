"""The engine: an archive and a target in, results out.

A `Run` is one archive, one target and one result store. A `Scheduler` cuts its runs into shards,
hands the shards to an executor in turn and stores their results. The shell, Python and the web
app's runner are hosts of this engine. No host repeats its steps.
"""
