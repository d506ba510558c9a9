"""Run a command that gets SIGTERM when its parent dies, even if the parent is killed with -9.

If the parent was dead before this process could ask the kernel, nothing is run.

Usage: python tethered.py COMMAND [ARGUMENT ...]
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>; the kernel keeps it over exec
PARENT = "TETHERED_TO"
"""In the environment: the parent's process id. The command finds its own there, for its parts."""


def tether() -> None:
    """Ask the kernel to end this process with SIGTERM when its parent dies.

    Raises OSError if the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")


if __name__ == "__main__":
    tether()
    if os.environ.get(PARENT, str(os.getppid())) != str(os.getppid()):
        sys.exit("the parent has ended: nothing is started")
    os.environ[PARENT] = str(os.getpid())
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - a shell in between would hide the signal
