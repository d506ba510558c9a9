"""Count the cores that this process may use, by its affinity and its cgroups' CPU quota."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def count_cores(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Return the number of cores that this process may use, at least 1.

    A quota of 1.5 cores counts as 2, because a second worker can still use half a core.
    """
    cores = len(os.sched_getaffinity(0))
    return max(1, math.ceil(min(cores, _read_quota(cgroups, membership))))


def _read_quota(cgroups: Path, membership: Path) -> float:
    """Return the smallest quota of this process's cgroup and its parents, in cores (cgroup v2)."""
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
    """Return the quota in a `cpu.max` ("max PERIOD" or "MICROSECONDS PERIOD"), in cores."""
    try:
        quota, period = file.read_text(encoding="utf-8").split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max"
        return math.inf
