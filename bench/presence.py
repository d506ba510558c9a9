"""Time "Who is in this archive?": 90 targets on the stored embeddings of 20,000 pictures.

    python -m bench.presence [PICTURES] [TARGETS]

Embeddings are drawn at random in the shape of the shipped backbone, in a file that was just
written. The targets are copies of the shipped one. The baseline applies them one after the other.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ml.scoring.head import compute_evidence
from ml.scoring.prevalence import estimate_prevalence
from ml.sieve.embeddings import EmbeddingFile
from ml.sieve.presence import estimate_presence
from ml.targets.catalog import PRETRAINED, find_target
from ml.vision.regions import count_regions

PICTURES, TARGETS = 20_000, 90
REPEATS = 3


def main() -> None:
    """Print the median time and the ratio to one target after the other."""
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    count = int(sys.argv[2]) if len(sys.argv) > 2 else TARGETS
    target = find_target("mona", [PRETRAINED])
    regions, dim = count_regions(target.backbone), target.backbone.dim
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = EmbeddingFile(Path(folder) / "embeddings.f16", regions=regions, dim=dim)
        file.write(
            (n, random.normal(size=(regions, dim)).astype(np.float16)) for n in range(pictures)
        )
        numbers = range(pictures)

        def apply_one_by_one() -> None:
            for _ in range(count):
                blocks = [
                    compute_evidence(target.head, target.card.calibration, block)
                    for _, block in file.read(numbers)
                ]
                estimate_prevalence(np.concatenate(blocks), prior=target.card.prevalence)

        together = measure(lambda: estimate_presence([target] * count, file.read(numbers)))
        alone = measure(apply_one_by_one)
    print(f"{pictures:,} pictures, {count} targets: {together:.2f} s (median of {REPEATS})")
    print(f"one target after the other: {alone:.1f} s, {alone / together:.1f} times")


def measure(function: Callable[[], object]) -> float:
    """Return the median seconds of `REPEATS` calls."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        function()
        times.append(time.perf_counter() - begun)
    return sorted(times)[REPEATS // 2]


if __name__ == "__main__":
    main()
