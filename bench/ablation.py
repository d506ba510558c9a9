"""Which part of the curriculum helps? Every row trains anew and is scored on what it never saw.

    python bench/ablation.py DATASET --imagenet NPZ --pretrained WORK/base --work DIR \\
        [--hold-out FILE] [--folds 2] [--rows "all stages,stage 3 alone"]

Rows with pre-training start from the checkpoint in --pretrained, whose stages of characters must be
finished and no other begun; the others start from ImageNet weights. Stages are short (SHORT below)
and pictures are scored whole by the float network, so the rows compare with each other and not with
the figures of what ships. The log goes to standard error, the table to standard output.
"""

import argparse
import dataclasses
import logging
import shutil
import sys
from pathlib import Path

import numpy as np

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.course import Course, plan  # noqa: E402
from ml.crossfit import held_out, score_whole  # noqa: E402
from ml.dataset import read_dataset  # noqa: E402
from ml.metrics import average_precision, bootstrap, curve  # noqa: E402
from ml.presets import MONA_LITE, Plan  # noqa: E402

SHORT = (
    *(plan for plan in MONA_LITE.plans if plan.stage == "characters"),
    Plan("gender", 1, samples=1280, rate=2e-4, characters=0.5, frozen_blocks=8),
    Plan("similar", 1, samples=1280, rate=2e-4, characters=0.5, frozen_blocks=8),
    Plan("target", 1, samples=2560, rate=3e-4, characters=0.5, frozen_blocks=8),
)
ROWS = {
    "all stages": (),
    "without stage 1": ("gender",),
    "without stage 2": ("similar",),
    "pre-training and stage 3": ("gender", "similar"),
    "stage 3 alone": ("characters", "gender", "similar"),
    "without pre-training": ("characters",),
}


def main() -> int:
    """Train and score the rows; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--imagenet", type=Path, required=True)
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hold-out", type=Path)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--seed", type=int, default=MONA_LITE.seed)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    course = plan(
        read_dataset(args.dataset, "mona"),
        dataclasses.replace(MONA_LITE, seed=args.seed),
        args.work,
        imagenet=args.imagenet,
        hold_out=args.hold_out and args.hold_out.read_text(encoding="utf-8").splitlines(),
        count=args.folds,
    )
    print("| row | average precision | best F1 |\n| --- | --- | --- |", flush=True)
    for name in args.rows.split(","):
        log.info("%s, seed %d", name, args.seed)
        print(row(course, name, args.pretrained), flush=True)
    return 0


def row(course: Course, name: str, pretrained: Path) -> str:
    """Train one row's folds and say how well they score."""
    without = ROWS[name]
    plans = tuple(plan for plan in SHORT if plan.stage not in without)
    if "characters" in without:  # then the stages' questions are all that is learnt
        plans = tuple(dataclasses.replace(plan, characters=0.0) for plan in plans)
    work = course.work / name.replace(" ", "-")
    if "characters" not in without and not (work / "base").exists():
        shutil.copytree(pretrained, work / "base")
    short = dataclasses.replace(course.config, plans=plans)
    own = dataclasses.replace(course, config=short, work=work)
    vars(own)["sprites"] = course.sprites  # decoded once for all rows
    found = held_out(own, score_whole)
    given = (found.labels, found.scores.astype(np.float64))
    low, high = bootstrap(average_precision, *given, found.artworks)
    best, _ = curve(*given).best_f1()
    return f"| {name} | {average_precision(*given):.3f} ({low:.3f} to {high:.3f}) | {best:.3f} |"


if __name__ == "__main__":
    sys.exit(main())
