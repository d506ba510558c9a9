"""What a second worker brings on a Dask cluster, beside processes of this machine.

    python bench/cluster.py [ARCHIVE] [--rounds N]

One worker process with one thread against two, on the same archive; then one process of the local
executor against two. The rounds alternate, so that load changes both sides.
Without ARCHIVE, 200 drawn pictures of 1080p. Each worker wants a core of its own.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench import pictures
from ml.scoring.piles import Thresholds
from ml.sieve.cluster import ClusterExecutor
from ml.sieve.cores import count_cores
from ml.sieve.executor import Executor, LocalExecutor
from ml.sieve.galleries import sieve_archive
from ml.targets.catalog import find_target
from tests.ml.sieve.clusters import Cluster

JPEGS, PNGS = 150, 50
AIM = 1.9


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("archive", nargs="?", type=Path, help="a zip of pictures")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts")
    options = parser.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as folder:
        archive = options.archive or draw_archive(Path(folder) / "drawn.zip")
        with open_executors(Path(folder)) as executors:
            rates = measure(archive, executors, options.rounds)
    print_table(rates)
    return 0


def draw_archive(file: Path) -> Path:
    """The default archive."""
    files = pictures.encoded(JPEGS, PNGS, pictures.FULL_HD)
    pictures.write_archive(file, files, JPEGS + PNGS)
    return file


@contextlib.contextmanager
def open_executors(folder: Path) -> Iterator[dict[str, Executor]]:
    """All executors by name; they stay open, so that no round pays for a start."""
    with contextlib.ExitStack() as stack:
        executors: dict[str, Executor] = {}
        for count in (1, 2):
            (folder / str(count)).mkdir()
            cluster = stack.enter_context(contextlib.closing(Cluster(folder / str(count))))
            for _ in range(count):
                cluster.add_worker("--no-nanny")
            executors[f"cluster, {count}"] = stack.enter_context(
                contextlib.closing(ClusterExecutor(cluster.address))
            )
            executors[f"processes, {count}"] = stack.enter_context(
                contextlib.closing(LocalExecutor(count))
            )
        yield executors


def measure(archive: Path, executors: dict[str, Executor], rounds: int) -> dict[str, list[float]]:
    """Pictures a second of every round, by executor. The round before the first is not counted."""
    target, thresholds = find_target("mona"), Thresholds.without_unsure(0.95)
    rates: dict[str, list[float]] = {name: [] for name in executors}
    for number in range(rounds + 1):
        for name, executor in executors.items():
            begun = time.perf_counter()
            galleries = sieve_archive(archive, target, thresholds, executor=executor)
            rate = len(galleries.rows) / (time.perf_counter() - begun)
            print(f"round {number}, {name}: {rate:.1f} /s", file=sys.stderr, flush=True)
            if number:
                rates[name].append(rate)
    return rates


def print_table(rates: dict[str, list[float]]) -> None:
    """Medians, and what the second worker brings."""
    print(f"$ python {' '.join(sys.argv)}   ({count_cores()} cores)")
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        print(f"{name:<14} {median:6.1f} /s")
    for kind, aim in (("cluster", f"  (aim {AIM})"), ("processes", "")):
        ratio = medians[f"{kind}, 2"] / medians[f"{kind}, 1"]
        print(f"two to one, {kind}: {ratio:.2f}{aim}")
    overhead = medians["cluster, 2"] / medians["processes, 2"]
    print(f"cluster to processes, two workers each: {overhead:.2f}")


if __name__ == "__main__":
    sys.exit(main())
