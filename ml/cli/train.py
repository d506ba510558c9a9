"""`train`: make a backbone and a target from labelled pictures, or compare trainings."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import logging
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ml.cli.arguments import parse_positive_integer
from ml.datasets.checks import find_problems
from ml.datasets.reader import read_dataset, read_manifests
from ml.datasets.splits import (
    TEST,
    choose_held_out,
    drop_characters,
    drop_sources,
    read_sources,
)
from ml.errors import DatasetError, TrainingFailed
from ml.evaluation.metrics import bootstrap, compute_average_precision, compute_best_f1
from ml.targets.catalog import list_names
from ml.training.checkpoint import read_state
from ml.training.curriculum import STAGES, UNKNOWN, label_pictures
from ml.training.devices import choose_batch, choose_devices, measure_free_memory
from ml.training.presets import PRESETS
from ml.training.publish import publish
from ml.training.split import Split, make_split
from ml.training.weights import Start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml.datasets.reader import Dataset, LabelledPicture
    from ml.training.presets import TrainConfig
    from ml.training.write_target import HeldOut

log = logging.getLogger(__name__)

_FEW_NEGATIVES = 100  # with fewer held out, a warning is logged


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_dataset_arguments(parser)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="mona_lite")
    parser.add_argument("--imagenet", metavar="NPZ", type=Path, help="weights to start from")
    parser.add_argument(
        "--backbone", metavar="FOLDER", type=Path, help="a trained backbone to start from"
    )
    parser.add_argument(
        "--folds", type=parse_positive_integer, default=3, help="of the target's artworks"
    )
    parser.add_argument("--without", default="", help="stages to leave out, with commas")
    parser.add_argument(
        "--epochs", type=parse_positive_integer, help="of every stage, instead of the preset's"
    )
    parser.add_argument(
        "--samples", type=parse_positive_integer, help="pictures an epoch, instead of the preset's"
    )
    parser.add_argument(
        "--compare", action="store_true", help="score the folds by whole pictures, write nothing"
    )
    parser.add_argument(
        "--every-character",
        action="store_true",
        help="write a target for each character of the target's game, on the same backbone",
    )
    parser.add_argument("--work", type=Path, default=Path("training"), help="for checkpoints")
    parser.add_argument("--name", help="of the new target; that of --target if it is left out")
    parser.add_argument("--backbone-name", help="of the new backbone; the preset's if left out")
    parser.add_argument(
        "--version", type=parse_positive_integer, default=1, help="of the target (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("targets"), help="(%(default)s)")


def add_dataset_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name the pictures and the held-out ones among them."""
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        type=Path,
        nargs="+",
        help="a folder or zip of labelled folders, or manifests (.csv)",
    )
    parser.add_argument("--target", default="mona", help="folder or character (%(default)s)")
    parser.add_argument(
        "--negatives",
        metavar="CSV",
        type=Path,
        action="append",
        default=[],
        help="a manifest whose pictures show no character, with any names",
    )
    parser.add_argument(
        "--groups", metavar="CSV", type=Path, help="artworks that count as one (art_group)"
    )
    parser.add_argument(
        "--sources", metavar="CSV", type=Path, help="parts of sources: train, validation or test"
    )
    parser.add_argument(
        "--hold-out", metavar="FILE", type=Path, help="artworks never trained on, one a line"
    )
    parser.add_argument(
        "--leave-out", metavar="FILE", type=Path, help="characters without pictures, one a line"
    )


def run(args: argparse.Namespace) -> int:
    """Train, score what was held out, write backbone and target below `--out`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if importlib.util.find_spec("keras") is None:
        raise TrainingFailed(
            "Training needs TensorFlow and Keras, which are not installed. In a checkout, run "
            "`make train`; elsewhere, `pip install 'monasieve[train]'`."
        )
    name, backbone_name = _choose_names(args)
    dataset, hold_out = read_pictures(args)
    fatal, warnings = find_problems(dataset, args.target)
    if fatal:
        raise DatasetError(" ".join(fatal))
    for warning in warnings:
        log.warning(warning)
    split = make_split(
        dataset,
        _choose_config(args),
        args.work,
        start=Start(args.imagenet, args.backbone),
        hold_out=hold_out,
        fold_count=args.folds,
        every_character=args.every_character,
    )
    split = _drop_unanswered_stages(split)
    negatives = sum(not split.pictures[row].is_target for row in split.select_held_out_rows())
    if negatives < _FEW_NEGATIVES:
        log.warning("Only %d negatives are held out: figures will say little.", negatives)
    return _train(args, split, name, backbone_name)


def read_pictures(args: argparse.Namespace) -> tuple[Dataset, Iterable[str] | None]:
    """Return the dataset without the test's sources, and the artworks to hold out.

    Raises DatasetError.
    """
    several = len(args.dataset) > 1 or args.negatives or args.dataset[0].suffix == ".csv"
    if several or args.groups:
        dataset = read_manifests(
            args.dataset, args.target, negatives=args.negatives, groups=args.groups
        )
    else:
        dataset = read_dataset(args.dataset[0], args.target)
    if args.leave_out:
        dataset = drop_characters(dataset, args.leave_out)
    hold_out: set[str] | None = None
    if args.sources:
        part_of = read_sources(args.sources)
        dataset = drop_sources(dataset, {s for s, part in part_of.items() if part == TEST})
        hold_out = choose_held_out(dataset.pictures, part_of)
    if args.hold_out:
        named = args.hold_out.read_text(encoding="utf-8").splitlines()
        hold_out = {*named, *(hold_out or ())}
    return dataset, hold_out


def _train(args: argparse.Namespace, split: Split, name: str, backbone_name: str) -> int:
    from ml.training import cross_validation, export  # they import Keras

    for fold in range(split.fold_count):
        cross_validation.train_fold(split, fold)
    if args.compare:
        return _compare(cross_validation.score_held_out(split, cross_validation.score_whole))
    model = cross_validation.train_final(split)
    draft = args.work / "export"
    shutil.rmtree(draft, ignore_errors=True)
    title = args.target.replace("_", " ").title()
    backbone, version = draft / backbone_name, args.version
    card = export.export_target(split, model, draft / name, backbone, title=title, version=version)
    others = []
    if args.every_character:
        others = export.export_characters(split, model, backbone, version=version)
    publish(draft, args.out, [backbone_name, name, *others])
    precision = card.figures["average_precision"]
    log.info(
        "%s: average precision %.3f (%.3f to %.3f)",
        *(name, precision["value"], precision["low"], precision["high"]),
    )
    return 0


def _choose_names(args: argparse.Namespace) -> tuple[str, str]:
    """Return the names of target and backbone. Raises DatasetError if one must not be used."""
    name: str = args.name or args.target.lower()
    backbone: str = args.backbone_name or args.preset
    for option, given in (("--name", name), ("--backbone-name", backbone)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", given):
            raise DatasetError(
                f"{given!r} cannot be a folder's name: give another with {option}, of small "
                "letters, digits, - and _."
            )
    if name == backbone:
        raise DatasetError(f"Target and backbone are both called {name!r}; rename one.")
    other_targets = [target for target in list_names([args.out]) if target != name]
    if other_targets and (args.out / backbone).is_dir() and not args.compare:
        raise DatasetError(
            f"{args.out} holds a backbone {backbone} that {other_targets[0]} may need. The new one "
            "would replace it: give it another name with --backbone-name."
        )
    return name, backbone


def _choose_config(args: argparse.Namespace) -> TrainConfig:
    """Return the preset with the arguments' changes."""
    config = PRESETS[args.preset]
    starts_random = args.imagenet is None and args.backbone is None
    if starts_random and any(stage.frozen_blocks for stage in config.stages):
        raise DatasetError(
            f"{args.preset} keeps the first blocks of the weights that it starts from: name them "
            "with --imagenet or --backbone."
        )
    without = {name.strip() for name in args.without.split(",")} - {""}
    if unknown := without - {stage.stage for stage in config.stages}:
        raise DatasetError(f"{args.preset} has no stage {', '.join(sorted(unknown))}.")
    if config.stages[-1].stage in without:
        raise DatasetError("The last stage finds the target: it cannot be left out.")
    changes = {k: v for k in ("epochs", "samples") if (v := getattr(args, k)) is not None}
    stages = tuple(
        dataclasses.replace(stage_config, **changes)
        for stage_config in config.stages
        if stage_config.stage not in without
    )
    config = dataclasses.replace(config, stages=stages)
    log.info("training on %s", choose_devices())
    begun = read_state(args.work / "base").get("batch")  # a resumed training keeps its batch
    batch = begun or choose_batch(config, measure_free_memory())
    log.info("%d pictures a batch", batch)
    return dataclasses.replace(config, batch=batch)


def _drop_unanswered_stages(split: Split) -> Split:
    """Return the split without those stages of the base that its pictures cannot answer."""
    base = split.config.base_stages
    pictures = [split.pictures[row] for row in split.select_base_rows()]
    answered = [stage for stage in base if _is_answered(stage.stage, pictures)]
    config = dataclasses.replace(split.config, stages=(*answered, *split.config.fold_stages))
    return dataclasses.replace(split, config=config)


def _is_answered(name: str, pictures: Sequence[LabelledPicture]) -> bool:
    """Tell whether some pictures answer the stage's question with yes and some with no."""
    stage = STAGES[name]
    answers = {int(n) for n in label_pictures(stage, pictures)} - {UNKNOWN}
    if name == "characters" or answers == {0, 1}:
        return True
    log.warning("No picture or all answer %r: left out.", stage.question)
    return False


def _compare(held_out: HeldOut) -> int:
    """Log average precision and best F1 with their intervals, to tell trainings apart."""
    labels, scores = held_out.labels, held_out.scores.astype(np.float64)
    for name, statistic in (
        ("average precision", compute_average_precision),
        ("best F1", compute_best_f1),
    ):
        low, high = bootstrap(statistic, labels, scores, held_out.artworks)
        value = statistic(labels, scores)
        log.info("%s %.3f (%.3f to %.3f), whole pictures", name, value, low, high)
    return 0
