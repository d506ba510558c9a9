"""How gunicorn serves the app: one process, many threads, this machine only.

One process is enough, because pages only read rows and stream files; the runner scores the
pictures. The process never loads TensorFlow, so gunicorn may fork it.
"""

import os
from pathlib import Path

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = 1
threads = 16  # a long upload or download occupies one thread until it ends

# This limits the worker's heartbeat, not a request: an upload may take hours.
timeout = 60
keepalive = 5
# Less than supervisor's stopwaitsecs of 7 s, so that Ctrl-C ends all within 10 s.
graceful_timeout = 4

# The heartbeat is a file. On a busy disk its writes are late, and the worker would be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The socket would lie below the user's home folder.
control_socket_disable = True
loglevel = "warning"
