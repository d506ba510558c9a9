"""`python -m ml train`: from labelled pictures to a backbone and a target, or to a comparison."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import logging
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import problems, read_datasets, read_sources, split, without_sources
from ml.errors import DatasetError
from ml.evaluation.metrics import average_precision, best_f1, bootstrap
from ml.targets.card import list_names
from ml.training.checkpoint import read_state, write_history
from ml.training.curriculum import STAGES, UNKNOWN, label_pictures
from ml.training.devices import choose_devices, free_memory, largest_batch
from ml.training.presets import PRESETS
from ml.training.split import plan as make_split
from ml.training.write_target import save_target

if TYPE_CHECKING:
    from ml.datasets.reader import Dataset
    from ml.training.presets import TrainConfig
    from ml.training.write_target import HeldOut

log = logging.getLogger(__name__)

_MANY = 100  # held-out pictures of others below which a warning is due


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        type=Path,
        nargs="+",
        help="a folder or a zip of labelled folders, or manifests (.csv)",
    )
    parser.add_argument(
        "--negatives",
        metavar="CSV",
        type=Path,
        action="append",
        default=[],
        help="a manifest whose pictures show nobody, whatever they are called",
    )
    parser.add_argument(
        "--groups", metavar="CSV", type=Path, help="artworks (base_art) that are one (art_group)"
    )
    parser.add_argument(
        "--sources", metavar="CSV", type=Path, help="source,part: train, validation or test"
    )
    parser.add_argument("--preset", choices=sorted(PRESETS), default="mona_lite")
    parser.add_argument("--target", default="mona", help="folder or character (%(default)s)")
    parser.add_argument("--imagenet", metavar="NPZ", type=Path, help="weights to start from")
    parser.add_argument(
        "--hold-out", metavar="FILE", type=Path, help="artworks never trained on, one a line"
    )
    parser.add_argument("--folds", type=_count, default=3, help="of the target's artworks")
    parser.add_argument("--without", default="", help="stages to leave out, with commas")
    parser.add_argument("--epochs", type=_count, help="of every stage, instead of the preset's")
    parser.add_argument("--samples", type=_count, help="pictures an epoch, instead of the preset's")
    parser.add_argument(
        "--compare", action="store_true", help="score the folds by whole pictures, ship nothing"
    )
    parser.add_argument("--work", type=Path, default=Path("training"), help="for checkpoints")
    parser.add_argument("--name", help="of what is written; the target's if it is left out")
    parser.add_argument("--backbone", help="its name; the preset's if it is left out")
    parser.add_argument("--version", type=_count, default=1, help="of the target (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("targets"), help="(%(default)s)")


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Train, score what was held out, write backbone and target below `--out`."""
    from ml.training import cross_validation as crossfit
    from ml.training import write_backbone as backbone

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    name, backbone_name = _names(args)
    dataset = read_datasets(args.dataset, args.target, negatives=args.negatives, groups=args.groups)
    hold_out = args.hold_out and args.hold_out.read_text(encoding="utf-8").splitlines()
    if args.sources:
        parts = read_sources(args.sources)
        dataset = without_sources(dataset, {s for s, part in parts.items() if part == "test"})
        checked = {s for s, part in parts.items() if part == "validation"}
        seen = [p for p in dataset.pictures if p.source in checked and not p.is_target]
        if hold_out is None:
            others = [p for p in dataset.pictures if p.source not in parts and not p.is_target]
            hold_out = {p.artwork for p in split(others, seed=0, held_out=0.1)[1]}
        hold_out = {*hold_out, *(p.artwork for p in seen)}
    fatal, warnings = find_problems(dataset, args.target)
    if fatal:
        raise DatasetError(" ".join(fatal))
    for warning in warnings:
        log.warning(warning)
    config = _chosen(args, dataset)
    split = make_split(
        dataset,
        config,
        args.work,
        imagenet=args.imagenet,
        hold_out=hold_out,
        count=args.folds,
    )
    others = sum(p.artwork in split.held_out and not p.is_target for p in dataset.pictures)
    if others < _MANY:
        log.warning("Only %d pictures of others are held out: figures will say little.", others)
    for fold in range(split.fold_count):
        crossfit.train_last_stage(split, fold)
    if args.compare:
        return _compare(crossfit.score_held_out(split, crossfit.score_whole))
    model = crossfit.train_last_stage(split, -1)
    written = args.work / "written"  # what stands in --out stays whole until all is done
    shutil.rmtree(written, ignore_errors=True)
    folder = written / backbone_name
    kind = backbone.save_checked(split, model, folder)
    backbone.save_bank(split, folder)
    scores = crossfit.score_held_out(split, functools.partial(crossfit.score_fold, kind=kind))
    card = save_target(
        written / name,
        crossfit.read_head(split, model),
        scores,
        folder,
        title=args.target.replace("_", " ").title(),
        version=args.version,
        split=f"{args.folds} folds over the target's artworks; of others "
        f"{len(split.held_out)} artworks that no training saw",
        seed=config.seed,
        data=backbone.summarize_data(split, without_fold=-1),
    )
    parted = {"held_out": sorted(split.held_out), "folds": split.fold_of}
    (written / name / "split.json").write_text(json.dumps(parted, indent=0) + "\n")
    histories = [read_state(args.work / part)["history"] for part in ("base", "fold-0")]
    write_history(written / name / "history.csv", [row for h in histories for row in h])
    shutil.copytree(written, args.out, dirs_exist_ok=True)
    found = card.figures["average_precision"]
    said = (found["value"], found["low"], found["high"])
    log.info("%s: average precision %.3f (%.3f to %.3f)", name, *said)
    return 0


def _names(args: argparse.Namespace) -> tuple[str, str]:
    """The target's name and its backbone's. Raises DatasetError where they do harm."""
    name: str = args.name or args.target.lower()
    backbone: str = args.backbone or args.preset
    for option, given in (("--name", name), ("--backbone", backbone)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", given):
            raise DatasetError(
                f"{given!r} cannot be a folder's name: give another with {option}, of small "
                "letters, digits, - and _."
            )
    if name == backbone:
        raise DatasetError(f"Target and backbone are both called {name!r}; rename one.")
    others = [other for other in list_names([args.out]) if other != name]
    if others and (args.out / backbone).is_dir() and not args.compare:
        raise DatasetError(
            f"{args.out} holds a backbone {backbone} that {others[0]} may see with, and it would "
            "be replaced. Name the new one otherwise with --backbone."
        )
    return name, backbone


def _chosen(args: argparse.Namespace, dataset: Dataset) -> TrainConfig:
    """The preset as the arguments change it, without stages that the dataset cannot answer."""
    config = PRESETS[args.preset]
    if args.imagenet is None and any(plan.frozen_blocks for plan in config.stages):
        raise DatasetError(
            f"{args.preset} keeps the first blocks of ImageNet weights: name them with --imagenet."
        )
    without = {name.strip() for name in args.without.split(",")} - {""}
    if strange := without - {plan.stage for plan in config.stages}:
        raise DatasetError(f"{args.preset} has no stage {', '.join(sorted(strange))}.")
    if config.stages[-1].stage in without:
        raise DatasetError("The last stage is what finds the target: it cannot be left out.")
    changed = {k: v for k in ("epochs", "samples") if (v := getattr(args, k)) is not None}
    stages = []
    for plan in config.stages:
        asked = STAGES[plan.stage]
        given = {int(n) for n in label_pictures(asked, dataset.pictures)} - {UNKNOWN}
        if plan.stage in without:
            continue
        if plan.stage != "characters" and given != {0, 1}:
            log.warning("No picture or all answer %r: left out.", asked.question)
            continue
        stages.append(dataclasses.replace(plan, **changed))
    config = dataclasses.replace(config, stages=tuple(stages))
    log.info("training on %s", choose_devices())
    begun = read_state(args.work / "base").get("batch")  # what was begun goes on as it was
    batch = begun or largest_batch(config, free_memory())
    log.info("%d pictures a batch", batch)
    return dataclasses.replace(config, batch=batch)


def _compare(scores: HeldOut) -> int:
    """Say average precision and best F1 with their intervals; for telling trainings apart."""
    given = (scores.labels, scores.scores.astype(np.float64))
    for name, statistic in (("average precision", average_precision), ("best F1", best_f1)):
        low, high = bootstrap(statistic, *given, scores.artworks)
        log.info("%s %.3f (%.3f to %.3f), whole pictures", name, statistic(*given), low, high)
    return 0
