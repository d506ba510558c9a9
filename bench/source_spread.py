"""Print how far a calibration depends on which sources the others' pictures come from.

    python bench/source_spread.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --target ml/pretrained/mona

The sources of the part `validation` are dealt to thirds. Each third's pictures without the target
and all with it fit a calibration of their own. Printed is from which score on it gives 0.95 where
2 % of the pictures show the target, and how many pictures reach that.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments
from bench.fine_tune import read_split, score_held_out
from ml.evaluation.yardstick import PREVALENCE
from ml.scoring.calibration import Calibration, calibrate
from ml.targets.catalog import load_target
from ml.training.weights import Start

_CONFIDENCE = 0.95


def main() -> int:
    """Score the validation, calibrate on all and on each third; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--target", metavar="FOLDER", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("training"), help="is not written to")
    args = parser.parse_args()
    target = load_target(args.target.absolute())
    split = read_split(args, Start())
    held_out = score_held_out(split, target.head, target.backbone_folder)
    labels, scores = held_out.labels, held_out.scores
    print("| others' pictures of | are | 0.95 from score | right | wrong |")
    print("| --- | --- | --- | --- | --- |")
    thirds = {f"third {n + 1}": held_out.folds == n for n in np.unique(held_out.folds)}
    for name, fitted in {"all sources": np.ones(len(labels), bool), **thirds}.items():
        used = labels | fitted
        least = find_score(calibrate(scores[used], labels[used]))
        kept = scores >= least
        counts = f"{(kept & labels).sum()} of {labels.sum()} | {(kept & ~labels).sum()}"
        print(f"| {name} | {(fitted & ~labels).sum()} | {least:.2f} | {counts} |")
    return 0


def find_score(calibration: Calibration) -> float:
    """Return the least score with the confidence; infinity if none has it."""
    scores = np.linspace(-40, 40, 80_001, dtype=np.float32)
    odds = calibration.compute_evidence(scores) + np.log(PREVALENCE / (1 - PREVALENCE))
    reached = scores[odds >= np.log(_CONFIDENCE / (1 - _CONFIDENCE))]
    return float(reached[0]) if len(reached) else float("inf")


if __name__ == "__main__":
    sys.exit(main())
