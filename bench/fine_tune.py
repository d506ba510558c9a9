"""Train a shipped target further, on pictures as a crawl has them, and calibrate it on new sources.

    python bench/fine_tune.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --start ml/pretrained/mona --work WORK --out OUT --version 6

The target's backbone learns to tell all characters apart, also those of other games in `--more`,
then the last stage. It sees the whole `--manifest` and `--more`, and those pictures of the divided
lists whose source is in the part `train`. The parts `validation` and `test` are left out, positives
too.

The part `validation` calibrates the new target: its negatives, and its positives whose artworks
have no picture elsewhere. Neither this training nor the one before it saw them. If the list of
sources has folds (`bench/source_folds.py`), a network without each fold is trained too, and these
calibrate instead. All artworks cannot be cross-fitted, because the backbone that is started from
has seen those of the manifest.
"""

import argparse
import dataclasses
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments, read_pictures
from bench.fold_networks import save_fold, save_known_classes, score_folds
from bench.source_folds import read_source_folds
from ml.datasets.reader import NO_CHARACTER, LabelledPicture, read_manifests
from ml.datasets.splits import TRAIN, VALIDATION, list_classes, read_sources
from ml.errors import DatasetError
from ml.scoring.head import Head, score_best_region
from ml.targets.catalog import Target, load_target
from ml.training.characters import (
    Scored,
    find_game,
    list_characters,
    save_characters,
    score_character,
)
from ml.training.checkpoint import read_state, write_history
from ml.training.cross_validation import FINAL, name_fold_folder, read_binary_head, read_class_head
from ml.training.embed import embed
from ml.training.model import build_trainable
from ml.training.presets import FINE_TUNE
from ml.training.publish import publish
from ml.training.split import Split
from ml.training.trainer import train
from ml.training.weights import Start
from ml.training.write_backbone import save_bank, save_checked, summarize_data
from ml.training.write_target import HeldOut, measure, save_target

_FOLDS = 3  # of the calibration's figures


def main() -> int:
    """Train, convert, calibrate, write backbone and target below `--out`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--start", metavar="FOLDER", type=Path, required=True, help="a target")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", type=int, required=True)
    parser.add_argument(
        "--seed", type=int, default=FINE_TUNE.seed, help="of the drawn pictures (%(default)s)"
    )
    parser.add_argument("--head", choices=("classes", "binary"), default="classes")
    parser.add_argument(
        "--own-names", action="store_true", help="characters of other games count as nobody"
    )
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    start = load_target(args.start.absolute())
    split = read_split(args, Start(backbone=start.backbone_folder))
    split = dataclasses.replace(split, config=dataclasses.replace(split.config, seed=args.seed))
    known = list_classes(read_manifests([args.manifest], "mona").pictures)
    if args.own_names:
        split = dataclasses.replace(split, class_names=tuple(known))
    folds = read_source_folds(args.sources, read_pictures(args)[1])
    for fold in folds.numbers:
        rows = folds.select_rows(split, fold)
        model = train_mean(split, rows, name_fold_folder(fold), start, known)
        save_fold(split, model, choose_head(split, model, args.head), known, rows, fold)
    rows = split.select_final_rows()
    model = train_mean(split, rows, FINAL, start, known)
    head = choose_head(split, model, args.head)
    draft = args.work / "export"
    folder, backbone = draft / start.folder.name, draft / start.card.backbone
    save_checked(split, model, backbone)
    save_bank(split, folds.list_bank(split), backbone)
    save_known_classes(split, model, known, backbone)
    if folds.numbers:
        held_out, scored = score_folds(split, folds)
        what = "whole sources held out in turn, with artworks of the target that no training saw"
    else:
        held_out = score_held_out(split, head, backbone)
        scored = [score_validation(split, backbone)]
        what = (
            "whole sources held out, with artworks of the target that no training saw; "
            "the same pictures fit the calibration"
        )
    save_target(
        folder,
        head,
        measure(held_out),
        backbone,
        title=start.card.title,
        version=args.version,
        split=what,
        seed=split.config.seed,
        data=summarize_data(split, rows),
    )
    others = save_others(split, known, scored, backbone, version=args.version)
    parts = {"held_out": sorted(split.held_out), "sources": read_sources(args.sources)}
    (folder / "split.json").write_text(json.dumps(parts, indent=0) + "\n", encoding="utf-8")
    write_history(folder / "history.csv", read_state(args.work / FINAL)["history"])
    publish(draft, args.out, [backbone.name, folder.name, *others])
    return 0


def train_mean(
    split: Split, rows: NDArray[np.int64], name: str, start: Target, known: Sequence[str]
) -> keras.Model:
    """Train on these rows, in a folder of this name. Returns the mean of before and after."""
    model = build_model(split, start.backbone_folder, known)
    training_set = split.make_training_set(rows)
    train(model, training_set, None, split.config, split.work / name, start=start.folder.name)
    average_weights(model, build_model(split, start.backbone_folder, known, start.head))
    return model


def choose_head(split: Split, model: keras.Model, kind: str) -> Head:
    """Return the target's head: the class logit, or the stage's yes or no (`binary`)."""
    if kind == "binary":
        return read_binary_head(model)
    return read_class_head(model, split.target_class)


def read_split(args: argparse.Namespace, start: Start) -> Split:
    """Return a split without folds: training pictures and the artworks of the validation."""
    dataset, divided = read_pictures(args)
    part_of = read_sources(args.sources)
    given = dataset.pictures[: -len(divided)]
    trained = [*given, *(p for p in divided if part_of[p.source] == TRAIN)]
    seen = {p.artwork for p in trained}
    unseen = [p for p in divided if part_of[p.source] == VALIDATION and p.artwork not in seen]
    return Split(
        dataset=dataclasses.replace(dataset, pictures=(*trained, *unseen)),
        config=FINE_TUNE,
        class_names=tuple(list_classes(trained)),
        held_out=frozenset(p.artwork for p in unseen),
        fold_of={},
        fold_count=0,
        start=start,
        work=args.work,
    )


def build_model(
    split: Split, backbone: Path, known: Sequence[str], head: Head | None = None
) -> keras.Model:
    """Return the start: a backbone with its logits of `known` characters; other logits are random.

    Args:
        backbone: folder with `classes.npz`.
        head: for the stage's output; None: random.

    Raises DatasetError if `known` are not the characters of the backbone's logits.
    """
    keras.utils.set_random_seed(split.config.seed)
    model = build_trainable(split.config, len(split.class_names), split.start)
    with np.load(backbone / "classes.npz") as file:
        rows, row_bias = (file[name].astype(np.float32) for name in ("kernel", "bias"))
    if len(rows) != len(known):
        raise DatasetError(
            f"The manifest has {len(known)} characters, the backbone has logits of {len(rows)}: "
            "name the manifest that the target was trained on."
        )
    logits = model.get_layer("characters")
    kernel, bias = (np.array(w) for w in logits.get_weights())
    columns = [split.class_names.index(name) for name in known]
    kernel[:, columns], bias[columns] = rows.T, row_bias
    logits.set_weights([kernel, bias])
    if head is not None:
        model.get_layer("stage").set_weights([head.weight[:, None], np.array([head.bias])])
    return model


def average_weights(model: keras.Model, start: keras.Model) -> None:
    """Set each weight to the mean of before and after the training.

    Such a mean recognises pictures of new sources better than either network does (Wortsman et al.,
    "Robust fine-tuning of zero-shot models", 2022).
    """
    pairs = zip(model.get_weights(), start.get_weights(), strict=True)
    model.set_weights([(after + before) / 2 for after, before in pairs])


def score_held_out(split: Split, head: Head, backbone: Path) -> HeldOut:
    """Score the validation's pictures; sources make the folds of its figures."""
    pictures = [p for p in split.pictures if p.artwork in split.held_out]
    labels = np.array([p.is_target for p in pictures])
    scores = score_best_region(head, embed(backbone, split.dataset, pictures))
    artworks = np.array([p.artwork for p in pictures])
    return HeldOut(scores, labels, artworks, assign_source_folds(pictures, labels))


def save_others(
    split: Split, known: Sequence[str], parts: Sequence[Scored], backbone: Path, *, version: int
) -> list[str]:
    """Write targets of the game's other characters; all share one calibration.

    Args:
        known: names of the rows in the backbone's `classes.npz`.
    """
    scores = score_others(split, known, parts)
    return save_characters(
        backbone.parent,
        scores,
        {name: known.index(name) for name in scores},
        backbone,
        version=version,
        split="whole sources held out, with artworks that no training saw",
        seed=split.config.seed,
        data=summarize_data(split, split.select_final_rows()),
    )


def score_validation(split: Split, backbone: Path) -> Scored:
    """Embed the validation's pictures, for the targets of all characters."""
    pictures = [p for p in split.pictures if p.artwork in split.held_out]
    with np.load(backbone / "classes.npz") as file:
        kernel, bias = (file[name].astype(np.float32) for name in ("kernel", "bias"))
    is_named = np.array([p.character != NO_CHARACTER for p in pictures])
    return Scored(
        pictures=pictures,
        embeddings=embed(backbone, split.dataset, pictures),
        kernel=kernel,
        bias=bias,
        folds=assign_source_folds(pictures, is_named),
    )


def score_others(split: Split, known: Sequence[str], parts: Sequence[Scored]) -> dict[str, HeldOut]:
    """Score held-out pictures for each other character of the game, by its name.

    Args:
        known: names of the rows in each part's kernel.
    """
    trained = [p for p in split.pictures if p.artwork not in split.held_out]
    game = find_game(trained)
    return {
        name: score_character(parts, name, known.index(name), game=game, seen=set())
        for name in list_characters(trained, game)
        if name != "Mona"
    }


def assign_source_folds(
    pictures: list[LabelledPicture], positive: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the fold of each picture's source; positives are dealt out by themselves."""
    sources = sorted({p.source for p in pictures})
    folds = np.array([sources.index(p.source) % _FOLDS for p in pictures])
    folds[positive] = np.arange(positive.sum()) % _FOLDS
    return folds


if __name__ == "__main__":
    sys.exit(main())
