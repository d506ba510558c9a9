"""How gunicorn serves the app: one process, many threads, this machine only.

One process is enough, because pages only read rows and stream files; the runner scores the
pictures. The process never loads TensorFlow, so gunicorn may fork it.
"""

import os
import resource
import threading
from pathlib import Path
from typing import Any

from webapp.config import MOST_WAITING, TRANSFERS, Settings
from webapp.logs import configure_logging
from webapp.services.completion import keep_finishing
from webapp.services.retention import clean_up_uploads
from webapp.serving.worker import SlowClientWorker
from webapp.storage import Stores

PAGE_THREADS = 16
STACK_BYTES = 1024 * 1024  # the default of 8 MiB a thread counts against DATA_BYTES
DATA_BYTES = 2 * 1024**3
"""The most private memory of the web process. Everything that it reads has a bound of its own; this
one ends a request by MemoryError if a bound is missing, before the machine runs out of memory."""

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = SlowClientWorker
workers = 1
# Uploads and downloads may occupy their part of the threads, so pages have the others.
threads = 2 * TRANSFERS + PAGE_THREADS
# Those that wait for their rest, those kept open, and those with a request. With the files of jobs,
# they stay below 1,024, which many systems allow a process to open.
worker_connections = 3 * MOST_WAITING

# This limits the worker's heartbeat, not a request: an upload may take hours.
timeout = 60
keepalive = 5
sendfile = False  # `PacedSocket` measures what is sent
# Less than supervisor's stopwaitsecs of 7 s, so that Ctrl-C ends all within 10 s.
graceful_timeout = 4
# Every client is on this machine, so an address proves nothing: no header of a proxy is believed.
forwarded_allow_ips = ""
forwarder_headers = ""

# The heartbeat is a file. On a busy disk its writes are late, and the worker would be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The socket would lie below the user's home folder.
control_socket_disable = True
loglevel = "warning"


def post_fork(_server: Any, _worker: Any) -> None:
    """Let the process that serves log, limit its memory, and go on where a killed one ended."""
    settings = Settings.from_env()
    configure_logging(settings.log)
    stores = Stores.open(settings)
    clean_up_uploads(stores)
    threading.stack_size(STACK_BYTES)
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    threading.Thread(target=keep_finishing, args=(stores,), daemon=True).start()
