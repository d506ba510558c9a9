"""How gunicorn serves the app: one process, many threads, this machine only.

One process, because the pages only read rows and stream files; the pictures are scored by the
runner. It never loads TensorFlow, so that gunicorn may fork it.
"""

import os
from pathlib import Path

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = 1
threads = 16  # an upload or a download of 4 GiB holds a thread for as long as it takes

# Of the worker's own heartbeat, not of a request: an upload may take hours.
timeout = 60
keepalive = 5
# Supervisor waits 7 s before it kills, and Ctrl-C shall be done within 10.
graceful_timeout = 4

# The heartbeat's file: on a busy disk it would look like a hanging worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# It would be written below the user's home folder.
control_socket_disable = True
loglevel = "warning"
