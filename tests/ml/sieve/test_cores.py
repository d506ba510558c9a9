"""Cores by affinity and by the quota of a container."""

import os
from pathlib import Path

import pytest

from ml.sieve.cores import count_cores

PINNED = 8


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(PINNED)))


def counted(folder: Path, membership: str, **quotas: str) -> int:
    """The cores of a process in these cgroups; `quotas` are the texts of `cpu.max` by folder."""
    for name, text in quotas.items():
        level = folder / "cgroups" / name.replace("_", "/").strip("/")
        level.mkdir(parents=True, exist_ok=True)
        (level / "cpu.max").write_text(text)
    (folder / "membership").write_text(membership)
    return count_cores(folder / "cgroups", folder / "membership")


def test_without_a_quota_all_cores_of_the_affinity_count(tmp_path: Path) -> None:
    assert count_cores(tmp_path / "none", tmp_path / "none") == PINNED
    assert counted(tmp_path, "0::/a\n", a="max 100000\n") == PINNED


@pytest.mark.parametrize(
    ("quota", "cores"), [("300000", 3), ("150000", 2), ("50000", 1), ("9900000", PINNED)]
)
def test_a_quota_bounds_the_cores(quota: str, cores: int, tmp_path: Path) -> None:
    assert counted(tmp_path, "0::/a\n", a=f"{quota} 100000\n") == cores


def test_in_a_container_the_own_cgroup_is_the_root(tmp_path: Path) -> None:
    assert counted(tmp_path, "0::/\n", _="200000 100000\n") == 2


def test_the_smallest_quota_above_the_process_counts(tmp_path: Path) -> None:
    assert counted(tmp_path, "0::/a/b\n", a_b="400000 100000\n", a="200000 100000\n") == 2


def test_damaged_quotas_and_the_old_cgroups_are_ignored(tmp_path: Path) -> None:
    assert counted(tmp_path, "0::/a\n", a="much\n") == PINNED
    assert counted(tmp_path, "0::/a\n", a="100000 0\n") == PINNED
    assert counted(tmp_path, "4:cpu:/a\n", a="100000 100000\n") == PINNED


def test_pinned_cores_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert count_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
