"""Run a command that gets SIGTERM when its parent dies, even if the parent is killed with -9.

Usage: python tethered.py COMMAND [ARGUMENT ...]
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>; the kernel keeps it over exec


def tether() -> None:
    """Ask the kernel to end this process with SIGTERM when its parent dies.

    Raises OSError if the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")


if __name__ == "__main__":
    tether()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - a shell in between would hide the signal
