"""What no program can beat on this machine: each step alone, on one thread, one after the other.

    python -m bench.limit ARCHIVE BACKBONE

prints the figures of `measure` as JSON.
"""

import json
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.archive.limits import Limits
from ml.sieve.shard import make_thumbnails
from ml.vision.backbone import Backbone
from ml.vision.decode import decode_for_network

ROOT = Path(__file__).resolve().parent.parent
Steps = dict[str, dict[str, float]]
"""Median and mean seconds of each step."""


class Clock:
    """Durations of each named step, in seconds."""

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = {"decode": [], "score": [], "thumbnail": []}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        begun = time.perf_counter()
        yield
        self.steps[name].append(time.perf_counter() - begun)


def measure(archive: Path, backbone: Path) -> Steps:
    """Median and mean seconds of decode, score and thumbnail over the archive's pictures.

    Every member must be a picture that can be read.
    """
    clock = Clock()
    limits = Limits()
    network = Backbone(backbone)
    with zipfile.ZipFile(archive) as zf:
        for info in zf.infolist():
            if info.is_dir():
                continue
            data = zf.read(info)
            with clock.step("decode"):
                picture = decode_for_network(
                    data,
                    side=network.card.side,
                    resize=network.card.resize,
                    max_pixels=limits.pixels,
                )
            with clock.step("score"):
                network.embed(picture.image)
            with clock.step("thumbnail"):
                make_thumbnails(picture, data, limits)
    return {
        name: {"median": statistics.median(times), "mean": statistics.fmean(times)}
        for name, times in clock.steps.items()
    }


def per_second(steps: Steps, cores: int, kind: str = "median") -> float:
    """Pictures a second when every core does nothing but these steps."""
    return cores / sum(times[kind] for times in steps.values())


def measure_together(archive: Path, backbone: Path, cores: int) -> list[Steps]:
    """The same on all cores at once: they share memory and caches, or are halves of one core."""
    command = [sys.executable, "-m", "bench.limit", str(archive), str(backbone)]
    runs = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(cores)
    ]
    return [json.loads(run.communicate()[0]) for run in runs]


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))))
