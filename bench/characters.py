"""Compare backbones by all other characters of the game, on pictures that no training saw.

    python bench/characters.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --row "version 6=ml/pretrained/mona_lite" [--row "NAME=FOLDER" …]

The target alone has too few new artworks in the part `validation` to tell two backbones apart. All
characters together have some eighty. Their scores are pooled, each character against all pictures
that do not show it. Intervals are 95 %, over artworks; differences to the first row are paired.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments
from bench.fine_tune import read_split, score_others, score_validation
from ml.datasets.reader import read_manifests
from ml.datasets.splits import list_classes
from ml.evaluation.metrics import bootstrap, compare, compute_average_precision
from ml.training.characters import pool
from ml.training.weights import Start
from ml.training.write_target import HeldOut

_CONFIDENCE = 0.95


def main() -> int:
    """Score every row; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--row", metavar="NAME=FOLDER", action="append", required=True)
    parser.add_argument("--work", type=Path, default=Path("training"), help="is not written to")
    args = parser.parse_args()
    split = read_split(args, Start())
    known = list_classes(read_manifests([args.manifest], "mona").pictures)
    print("| backbone | average precision | difference | recall at 0.95 | precision at 0.95 |")
    print("| --- | --- | --- | --- | --- |")
    first = None
    for row in args.row:
        name, _, folder = row.partition("=")
        held_out = pool(
            score_others(split, known, [score_validation(split, Path(folder))]).values()
        )
        first = first or held_out
        print(format_row(name, held_out, first), flush=True)
    return 0


def format_row(name: str, held_out: HeldOut, first: HeldOut) -> str:
    """Return one row of the table."""
    labels, artworks = held_out.labels, held_out.artworks
    scores, reference = (h.scores.astype(np.float64) for h in (held_out, first))
    low, high = bootstrap(compute_average_precision, labels, scores, artworks)
    value = compute_average_precision(labels, scores)
    cells = [name, f"{value:.3f} ({low:.3f} to {high:.3f})"]
    if held_out is first:
        cells.append("")
    else:
        more, low, high = compare(compute_average_precision, labels, scores, reference, artworks)
        cells.append(f"{more:+.3f} ({low:+.3f} to {high:+.3f})")
    kept = held_out.compute_probabilities() >= _CONFIDENCE
    cells += [f"{_mean(kept[labels]):.3f}", f"{_mean(labels[kept]):.3f}"]
    return "| " + " | ".join(cells) + " |"


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")


if __name__ == "__main__":
    sys.exit(main())
