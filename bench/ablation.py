"""Which of the stages help? Every row is a training of its own, scored on what it never saw.

    python bench/ablation.py DATASET --imagenet NPZ --hold-out FILE --work WORK

The characters' stage, which sees no picture of the target, is trained once and stands for "with
pre-training" in all rows; the others start from ImageNet weights, with as few blocks frozen as the
characters' stage has, and learn from fewer pictures in all by what that stage had. Stages are short
(SHORT below) and whole pictures are scored by the float network at the side of the training, so the
rows compare with each other and not with the figures of what ships. Differences are to the first
row, drawn over the same artworks.

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

from ml.datasets.reader import read_dataset
from ml.evaluation.metrics import average_precision, best_f1, bootstrap, difference
from ml.scoring.head import cross_fit
from ml.training.checkpoint import read_state, write_state
from ml.training.cross_validation import (
    held_out,
    load_trained,
    score_whole,
    train_base,
    train_last_stage,
)
from ml.training.embed import embed  # noqa: E402
from ml.training.presets import MONA_LITE, StageConfig  # noqa: E402
from ml.training.split import Split, plan  # noqa: E402
from ml.training.write_backbone import save_backbone  # noqa: E402
from ml.training.write_target import HeldOut  # noqa: E402

SHORT = (
    StageConfig("characters", 6, samples=5120, rate=1e-3, characters=1.0, frozen_blocks=3),
    StageConfig("gender", 1, samples=1280, rate=2e-4, characters=0.5, frozen_blocks=8),
    StageConfig("similar", 1, samples=1280, rate=2e-4, characters=0.5, frozen_blocks=8),
    StageConfig("target", 1, samples=1920, rate=3e-4, characters=0.5, frozen_blocks=8),
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
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hold-out", type=Path)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=MONA_LITE.seed)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    split = plan(
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
    pretrained = with_plans(split, SHORT[:2], "pre-training")
    train_base(pretrained)
    first = None
    for name in (*ROWS, FITTED):
        log.info("%s, seed %d", name, args.seed)
        found = fitted(split) if name == FITTED else row(split, name)
        first = first or found
        print(said(name, found, first), flush=True)
    return 0


def row(split: Split, name: str) -> HeldOut:
    """Train one row's folds and score what each did not see."""
    without = ROWS[name]
    stages = tuple(plan for plan in SHORT if plan.stage not in without)
    if "characters" in without:  # then the stages' questions are all that is learnt
        free = SHORT[0].frozen_blocks
        stages = tuple(dataclasses.replace(p, characters=0.0, frozen_blocks=free) for p in stages)
    own = with_plans(split, stages, name.replace(" ", "-"))
    if "characters" not in without and not (own.work / "base").exists():
        pretrained(split, own.work / "base")
    for fold in range(own.count):
        train_last_stage(own, fold)
    return score_held_out(own, score_whole)


def pretrained(split: Split, folder: Path) -> None:
    """Begin a row's base where the characters' stage ended."""
    part = folder.with_name("base.part")  # a copy broken off must not pass for a whole one
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(split.work / "pre-training" / "base", part)
    state = read_state(part)
    state.pop("made_from", None)  # the row has other stages after this one
    write_state(part, state)
    part.rename(folder)


def fitted(split: Split) -> HeldOut:
    """A head fitted across folds on whole held-out pictures: no stage but the pre-training."""
    own = with_plans(split, SHORT[:1], "pre-training")
    serving = dataclasses.replace(own.config, serving=own.config.network, window=0)
    own = dataclasses.replace(own, config=serving)
    save_backbone(own, load_trained(own, "base"), own.work / "backbone", without_fold=None)
    pictures = [p for p in own.pictures if p.artwork in own.fold]
    labels = np.array([p.is_target for p in pictures])
    folds = np.array([own.fold[p.artwork] for p in pictures])
    scores = cross_fit(embed(own.work / "backbone", own.dataset, pictures), labels, folds)
    return HeldOut(scores, labels, np.array([p.artwork for p in pictures]), folds)


def with_plans(split: Split, stages: tuple[StageConfig, ...], name: str) -> Split:
    """The same split by other stages in a folder of its own; its pictures are decoded once."""
    config = dataclasses.replace(split.config, stages=stages)
    own = dataclasses.replace(split, config=config, work=split.work / name)
    vars(own)["images"] = split.images
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
