"""How many cores this process may use."""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of the container, cgroup v2: "<microseconds> <period>"


def count_cores() -> int:
    """Cores that affinity and the container's quota leave to this process, at least 1."""
    cores = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        cores = min(cores, int(quota) // int(period))
    except (OSError, ValueError):  # no container, or "max": no quota
        pass
    return max(1, cores)
