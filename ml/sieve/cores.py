"""How many cores this process may use: its affinity and the CPU quota of its cgroups."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def count_cores(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """The cores that this process may use, at least 1.

    A container with a quota of 1.5 cores gets 2 because the second worker still has half a core.
    """
    cores = len(os.sched_getaffinity(0))
    return max(1, math.ceil(min(cores, _read_quota(cgroups, membership))))


def _read_quota(cgroups: Path, membership: Path) -> float:
    """Cores by the smallest quota of the own cgroup and those above it (cgroup v2)."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return math.inf
    own = [line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    quotas = [math.inf]
    for folder in (cgroups / path for path in own):
        quotas += [_read_limit(level / "cpu.max") for level in (folder, *folder.parents)]
    return min(quotas)


def _read_limit(file: Path) -> float:
    """Cores by one `cpu.max`, which holds "max PERIOD" or "MICROSECONDS PERIOD"."""
    try:
        quota, period = file.read_text(encoding="utf-8").split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max"
        return math.inf
