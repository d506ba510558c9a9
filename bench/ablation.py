"""Which of the stages help? Every row is a training of its own, scored on what it never saw.

    python bench/ablation.py DATASET --imagenet NPZ --pretrained FOLDER --hold-out FILE --work WORK

FOLDER is `base` of a training with the same DATASET and --hold-out: its characters' stage, which
saw no picture of the target, stands for "with pre-training" in all rows and is not trained again;
the others start from ImageNet weights. Stages are short (SHORT below) and pictures are scored by
the float network at the side of the training, so the rows compare with each other and not with
the figures of what ships. Differences are to the first row, drawn over the same artworks.

The last row trains no last stage: a head is fitted to embeddings of the pictures themselves by the
network that the pre-training left. The log goes to standard error, the table to standard output.
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
from ml.crossfit import held_out, read_back, save_backbone, score_whole  # noqa: E402
from ml.dataset import read_dataset  # noqa: E402
from ml.embed import embed  # noqa: E402
from ml.heads import cross_fit  # noqa: E402
from ml.metrics import average_precision, best_f1, bootstrap, difference  # noqa: E402
from ml.presets import MONA_LITE, Plan  # noqa: E402
from ml.targets import HeldOut  # noqa: E402

SHORT = (
    MONA_LITE.plans[0],
    Plan("gender", 1, samples=1920, rate=2e-4, characters=0.5, frozen_blocks=8),
    Plan("similar", 1, samples=1920, rate=2e-4, characters=0.5, frozen_blocks=8),
    Plan("target", 1, samples=2560, rate=3e-4, characters=0.5, frozen_blocks=8),
)
ROWS = {
    "all stages": (),
    "without stage 1": ("gender",),
    "without stage 2": ("similar",),
    "pre-training and stage 3": ("gender", "similar"),
    "without pre-training": ("characters",),
    "stage 3 alone": ("characters", "gender", "similar"),
}
FITTED = "pre-training and a fitted head"


def main() -> int:
    """Train and score the rows; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--imagenet", type=Path, required=True)
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hold-out", type=Path)
    parser.add_argument("--folds", type=int, default=3)
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
    print(
        "| row | average precision | difference | best F1 |\n| --- | --- | --- | --- |", flush=True
    )
    first = None
    for name in (*ROWS, FITTED):
        log.info("%s, seed %d", name, args.seed)
        found = fitted(course, args.pretrained) if name == FITTED else row(course, name, args)
        first = first or found
        print(said(name, found, first), flush=True)
    return 0


def row(course: Course, name: str, args: argparse.Namespace) -> HeldOut:
    """Train one row's folds and score what each did not see."""
    without = ROWS[name]
    plans = tuple(plan for plan in SHORT if plan.stage not in without)
    if "characters" in without:  # then the stages' questions are all that is learnt
        plans = tuple(dataclasses.replace(plan, characters=0.0) for plan in plans)
    own = with_plans(course, plans, course.work / name.replace(" ", "-"))
    if "characters" not in without and not (own.work / "base").exists():
        shutil.copytree(args.pretrained, own.work / "base")
    return held_out(own, score_whole)


def fitted(course: Course, pretrained: Path) -> HeldOut:
    """A head fitted across folds on whole held-out pictures: no stage but the pre-training."""
    own = with_plans(course, SHORT[:1], course.work / "fitted")
    serve = dataclasses.replace(own.config, serve=own.config.network, window=0)
    own = dataclasses.replace(own, config=serve)
    if not (own.work / "base").exists():
        shutil.copytree(pretrained, own.work / "base")
    save_backbone(own, read_back(own, "base"), own.work / "backbone")
    pictures = [p for p in own.pictures if p.art in own.fold]
    labels = np.array([p.target for p in pictures])
    folds = np.array([own.fold[p.art] for p in pictures])
    scores = cross_fit(embed(own.work / "backbone", own.dataset, pictures), labels, folds)
    return HeldOut(scores, labels, np.array([p.art for p in pictures]), folds)


def with_plans(course: Course, plans: tuple[Plan, ...], work: Path) -> Course:
    """The same course by other stages in another folder; its pictures are decoded once."""
    own = dataclasses.replace(
        course, config=dataclasses.replace(course.config, plans=plans), work=work
    )
    vars(own)["sprites"] = course.sprites
    return own


def said(name: str, found: HeldOut, first: HeldOut) -> str:
    """One row of the table, with 95 % intervals over artworks."""
    ours, theirs = found.scores.astype(np.float64), first.scores.astype(np.float64)
    low, high = bootstrap(average_precision, found.labels, ours, found.artworks)
    alone = f"{average_precision(found.labels, ours):.3f} ({low:.3f} to {high:.3f})"
    more, low, high = difference(average_precision, found.labels, ours, theirs, found.artworks)
    best = best_f1(found.labels, ours)
    return f"| {name} | {alone} | {more:+.3f} ({low:+.3f} to {high:+.3f}) | {best:.3f} |"


if __name__ == "__main__":
    sys.exit(main())
