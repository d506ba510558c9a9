"""Starts the program and keeps it running: database, web part and runner.

In: the environment and a file of settings. Out: an exit code, after a signal has ended all parts.
Supervisor starts and restarts the parts; gunicorn serves the pages.
"""
