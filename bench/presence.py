"""Time "Who is in this archive?": all shipped targets on the embeddings of 20,000 pictures.

    python -m bench.presence [PICTURES]

Embeddings are drawn at random in the shape of the shipped backbone, in a file that was just
written. The baseline applies one target after the other; it is measured with five of them.
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
from ml.targets.catalog import PRETRAINED, list_targets
from ml.vision.regions import count_regions

PICTURES = 20_000
FEW = 5
REPEATS = 3


def main() -> None:
    """Print the median time and the ratio to one target after the other."""
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    targets, _ = list_targets([PRETRAINED])
    regions, dim = count_regions(targets[0].backbone), targets[0].backbone.dim
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = EmbeddingFile(Path(folder) / "embeddings.f16", regions=regions, dim=dim)
        file.write(
            (n, random.normal(size=(regions, dim)).astype(np.float16)) for n in range(pictures)
        )
        numbers = range(pictures)

        def apply_one_by_one() -> None:
            for target in targets[:FEW]:
                blocks = [
                    compute_evidence(target.head, target.card.calibration, block)
                    for _, block in file.read(numbers)
                ]
                estimate_prevalence(np.concatenate(blocks), prior=target.card.prevalence)

        together = measure(lambda: estimate_presence(targets, file.read(numbers)))
        alone = measure(apply_one_by_one) / FEW * len(targets)
    print(f"{pictures:,} pictures, {len(targets)} targets: {together:.2f} s (median of {REPEATS})")
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
