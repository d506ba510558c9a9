"""Ablation of the stages: every row is a training of its own, scored on pictures it never saw.

    python bench/ablation.py DATASET … --imagenet NPZ --work WORK

The characters' stage, which sees no picture of the target, is trained once for all rows with
pre-training. The other rows start from ImageNet weights, with as few blocks frozen as the
characters' stage has, and so learn from fewer pictures in all. Stages are short (SHORT below).
Whole pictures are scored by the float network at the side of the training, so the rows compare with
each other and not with the figures of a shipped target. Differences are to the first row, drawn
over the same artworks.

The last row trains no last stage: a head is fitted to embeddings by the pre-trained network. The
log goes to standard error, the table to standard output.
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

from ml.cli.train import add_dataset_arguments, read_pictures
from ml.evaluation.metrics import bootstrap, compare, compute_average_precision, compute_best_f1
from ml.scoring.head import cross_fit
from ml.training.checkpoint import read_state, write_state
from ml.training.cross_validation import (
    BASE,
    load_trained,
    score_held_out,
    score_whole,
    train_base,
    train_fold,
)
from ml.training.embed import embed
from ml.training.presets import MONA_LITE, StageConfig
from ml.training.split import Split, make_split
from ml.training.weights import Start
from ml.training.write_backbone import save_backbone
from ml.training.write_target import HeldOut

SHORT = (
    StageConfig("characters", 6, samples=5120, rate=1e-3, characters=1.0, frozen_blocks=3),
    StageConfig("gender", 1, samples=1280, rate=2e-4, characters=0.5, frozen_blocks=8),
    StageConfig("similar", 1, samples=1280, rate=2e-4, characters=0.5, frozen_blocks=8),
    StageConfig(
        "target", 1, samples=1920, rate=3e-4, characters=0.5, frozen_blocks=8, in_folds=True
    ),
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
    add_dataset_arguments(parser)
    parser.add_argument("--imagenet", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=MONA_LITE.seed)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    dataset, hold_out = read_pictures(args)
    split = make_split(
        dataset,
        dataclasses.replace(MONA_LITE, seed=args.seed),
        args.work,
        start=Start(imagenet=args.imagenet),
        hold_out=hold_out,
        fold_count=args.folds,
    )
    print("| row | average precision | difference | best F1 |\n| --- | --- | --- | --- |")
    train_base(with_stages(split, SHORT[:2], "pre-training"))
    first = None
    for name in (*ROWS, FITTED):
        log.info("%s, seed %d", name, args.seed)
        held_out = fit_on_pretraining(split) if name == FITTED else train_row(split, name)
        first = first or held_out
        print(format_row(name, held_out, first), flush=True)
    return 0


def train_row(split: Split, name: str) -> HeldOut:
    """Train one row's folds and score what each did not see."""
    without = ROWS[name]
    stages = tuple(stage for stage in SHORT if stage.stage not in without)
    if "characters" in without:  # then only the stages' questions are learnt
        blocks = SHORT[0].frozen_blocks
        stages = tuple(
            dataclasses.replace(stage, characters=0.0, frozen_blocks=blocks) for stage in stages
        )
    own = with_stages(split, stages, name.replace(" ", "-"))
    if "characters" not in without and not (own.work / BASE).exists():
        copy_pretraining(split, own.work / BASE)
    for fold in range(own.fold_count):
        train_fold(own, fold)
    return score_held_out(own, score_whole)


def copy_pretraining(split: Split, folder: Path) -> None:
    """Begin a row's base where the characters' stage ended."""
    draft = folder.with_name("base.part")  # an interrupted copy must not pass for a whole one
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(split.work / "pre-training" / BASE, draft)
    state = read_state(draft)
    state.pop("fingerprint", None)  # the row has other stages after this one
    write_state(draft, state)
    draft.rename(folder)


def fit_on_pretraining(split: Split) -> HeldOut:
    """Fit a head across folds to whole held-out pictures: no stage but the pre-training."""
    own = with_stages(split, SHORT[:1], "pre-training")
    config = dataclasses.replace(own.config, serving=own.config.network, window=0)
    own = dataclasses.replace(own, config=config)
    folder = own.work / "backbone"
    save_backbone(own, load_trained(own, BASE), folder, rows=own.select_base_rows())
    pictures = [p for p in own.pictures if p.artwork in own.fold_of]
    labels = np.array([p.is_target for p in pictures])
    folds = np.array([own.fold_of[p.artwork] for p in pictures])
    scores = cross_fit(embed(folder, own.dataset, pictures), labels, folds)
    return HeldOut(scores, labels, np.array([p.artwork for p in pictures]), folds)


def with_stages(split: Split, stages: tuple[StageConfig, ...], name: str) -> Split:
    """Return the split with other stages and a folder of its own; it shares decoded pictures."""
    config = dataclasses.replace(split.config, stages=stages)
    own = dataclasses.replace(split, config=config, work=split.work / name)
    vars(own)["images"] = split.images
    return own


def format_row(name: str, held_out: HeldOut, first: HeldOut) -> str:
    """Return one row of the table, with 95 % intervals over artworks."""
    labels, artworks = held_out.labels, held_out.artworks
    scores, reference = (h.scores.astype(np.float64) for h in (held_out, first))
    low, high = bootstrap(compute_average_precision, labels, scores, artworks)
    alone = f"{compute_average_precision(labels, scores):.3f} ({low:.3f} to {high:.3f})"
    more, low, high = compare(compute_average_precision, labels, scores, reference, artworks)
    best = compute_best_f1(labels, scores)
    return f"| {name} | {alone} | {more:+.3f} ({low:+.3f} to {high:+.3f}) | {best:.3f} |"


if __name__ == "__main__":
    sys.exit(main())
