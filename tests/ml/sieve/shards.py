"""Shards to submit, and what came back of them."""

import collections
from pathlib import Path

from ml.archive.limits import Limits
from ml.sieve.executor import Executor, Finished
from ml.sieve.shard import PictureResult, Shard
from ml.targets.catalog import find_target


def make_shard(root: Path, archive: Path, *numbers: int) -> Shard:
    backbone = find_target("red_circle", [root]).backbone_folder
    return Shard(archive, numbers, backbone, Limits())


def drain(executor: Executor) -> list[Finished]:
    back: list[Finished] = []
    while executor.busy:
        back += executor.finished(timeout=1.0)
    return back


def results_of(back: list[Finished]) -> dict[int, PictureResult]:
    """Results by number; fails where a number came back twice."""
    assert [finished.error for finished in back if finished.error] == []
    results = [result for finished in back for result in finished.results]
    counts = collections.Counter(result.number for result in results)
    assert [number for number, count in counts.items() if count > 1] == []
    return {result.number: result for result in results}
