"""Limit a process that reads hostile files: its memory, its core dumps, and its life."""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def limit_process(memory_bytes: int, parent: int) -> None:
    """Limit the private memory of this new process, and let it end with its parent.

    Args:
        parent: process id of the parent, which may be dead already.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the line above
        os._exit(1)
