"""The one trainer: any network, stage after stage, on whatever Keras finds to run on.

Killed and started again in the same folder it goes on where the last finished epoch left it, and
on a CPU the history is the same to the digit: batches come from (seed, epoch, place), each stage
has its own optimizer whose state is saved with the weights, and dropout is seeded anew for every
epoch.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import logging
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.checkpoint import Row, read_state, restore, save, write_history, write_state
from ml.curriculum import STAGES, UNKNOWN, stage_labels
from ml.dataset import problems, read_dataset
from ml.devices import choose_devices, free_memory, largest_batch
from ml.errors import DatasetError, MonaError
from ml.metrics import average_precision, best_f1, bootstrap
from ml.presets import PRESETS
from ml.validation import Validation, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import keras

    from ml.dataset import Dataset
    from ml.presets import Plan, TrainConfig
    from ml.sprites import Material
    from ml.targets import HeldOut

log = logging.getLogger(__name__)


class TrainingFailed(MonaError):
    """The loss is no number any more, or somebody asked to stop."""


def train(
    model: keras.Model,
    material: Material,
    validation: Validation | None,
    config: TrainConfig,
    folder: Path,
    report: Callable[[Row], bool] = lambda _: True,
) -> list[Row]:
    """Run every plan of the config; the model ends with the last stage's weights.

    Args:
        folder: holds the checkpoint and history.csv; a training found there is gone on with.
        report: is told each epoch; answers False to stop after it.

    Returns the history. Raises TrainingFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = read_state(folder)
    made_from = _fingerprint(config, material)
    if state.setdefault("made_from", made_from) != made_from:
        raise TrainingFailed(f"{folder} holds another training. Name another folder, or remove it.")
    state["batch"] = config.batch
    for number in range(state["plan"], len(config.plans)):
        _compile(model, config, config.plans[number])
        if state["saved"]:
            restore(model, folder / state["saved"], optimizer=state["epoch"] > 0)
        _run_plan(model, material, validation, config, folder, report, state)
        state |= {"plan": number + 1, "epoch": 0, "best": None}
        write_state(folder, state)
    if state["saved"]:
        restore(model, folder / state["saved"], optimizer=False)
    return list(state["history"])


def _fingerprint(config: TrainConfig, material: Material) -> str:
    """Hex digest of all that decides a training: another one must not go on in its folder."""
    shown = [(material.pictures[n].path, material.pictures[n].target) for n in material.rows]
    decides = dataclasses.replace(config, serve=config.network)
    return hashlib.sha256(repr((decides, [*material.names], shown)).encode()).hexdigest()


def _run_plan(
    model: keras.Model,
    material: Material,
    validation: Validation | None,
    config: TrainConfig,
    folder: Path,
    report: Callable[[Row], bool],
    state: dict[str, Any],
) -> None:
    """One stage, epoch after epoch; ends on its best weights where a validation can say so."""
    from ml.batches import Batches

    number = state["plan"]
    plan, stage = config.plans[number], STAGES[config.plans[number].stage]
    batches = Batches(material, stage, plan, config)
    for epoch in range(state["epoch"], plan.epochs):
        if _waited(state, epoch, config.patience):
            break
        batches.epoch = number * 1000 + epoch
        _seed_dropout(model, config.seed, batches.epoch)
        start = time.monotonic()
        numbers = model.fit(batches, epochs=1, verbose=0, shuffle=False).history
        row = _row(plan, epoch, numbers)
        if not math.isfinite(row["loss"]):
            raise TrainingFailed(f"{stage.name}, epoch {epoch + 1}: the loss is {row['loss']}.")
        row |= validate(model, validation, stage, material.names)
        row["seconds"] = round(time.monotonic() - start, 1)
        saved = f"plan-{number}-epoch-{epoch}.npz"
        save(model, folder / saved)
        better = (
            not config.choose_best
            or state["best"] is None
            or row["val_ap"] is None
            or row["val_ap"] > state["best"][0]
        )
        best = [row["val_ap"], saved] if better else state["best"]
        state["history"].append(row)
        state |= {"epoch": epoch + 1, "saved": saved, "best": best}
        write_state(folder, state)
        log.info("%s", row)
        if not report(row):
            raise TrainingFailed(f"Stopped on request after {stage.name}, epoch {epoch + 1}.")
    state["saved"] = state["best"][1]
    restore(model, folder / state["saved"], optimizer=False)


def _waited(state: dict[str, Any], epoch: int, patience: int | None) -> bool:
    """Are the epochs before this one too many without a better one?"""
    if patience is None or state["best"] is None:
        return False
    best = int(state["best"][1].split("-")[-1].removesuffix(".npz"))
    return epoch - 1 - best >= patience


def _compile(model: keras.Model, config: TrainConfig, plan: Plan) -> None:
    """A fresh optimizer for a stage: AdamW, a tenth of the steps to warm up, then a cosine."""
    from keras import losses, metrics, optimizers

    from ml.trainable import backbone_of, freeze

    steps = plan.epochs * -(-plan.samples // config.batch)
    warm = max(1, steps // 10)
    rate = optimizers.schedules.CosineDecay(
        plan.rate / 20, max(1, steps - warm), warmup_target=plan.rate, warmup_steps=warm
    )
    optimizer = optimizers.AdamW(rate, weight_decay=config.decay, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    stage = 0.0 if plan.stage == "characters" else 1.0
    freeze(backbone_of(model, config), plan.frozen_blocks)
    model.compile(
        optimizer,
        loss={
            "characters": losses.CategoricalCrossentropy(from_logits=True),
            "stage": losses.BinaryCrossentropy(from_logits=True),
        },
        loss_weights={"characters": plan.characters, "stage": stage},
        metrics={
            "characters": [metrics.CategoricalAccuracy(name="accuracy")],
            "stage": [metrics.BinaryAccuracy(name="accuracy", threshold=0.0)],
        },
    )


def _row(plan: Plan, epoch: int, numbers: Mapping[str, list[float]]) -> Row:
    asked = "characters" if plan.stage == "characters" else "stage"
    return {
        "stage": plan.stage,
        "epoch": epoch + 1,
        "rate": plan.rate,
        "loss": float(numbers["loss"][-1]),
        "accuracy": float(numbers[f"{asked}_accuracy"][-1]),
    }


def _seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Dropout's draws depend on seed and epoch alone, so that resuming repeats them."""
    from keras import random

    for place, layer in enumerate(model._flatten_layers()):  # Keras offers no public one
        generator = getattr(layer, "seed_generator", None)
        if isinstance(generator, random.SeedGenerator):
            generator.state.assign(np.array([seed * 1000 + place, epoch], np.uint32))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("dataset", metavar="DATASET", type=Path, help="labelled folders, or a zip")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="mona_lite")
    parser.add_argument("--target", default="mona", help="folder or character (%(default)s)")
    parser.add_argument("--imagenet", metavar="NPZ", type=Path, help="weights to start from")
    parser.add_argument(
        "--hold-out", metavar="FILE", type=Path, help="artworks never trained on, one a line"
    )
    parser.add_argument("--folds", type=int, default=3, help="of the target's artworks")
    parser.add_argument("--without", default="", help="stages to leave out, with commas")
    parser.add_argument("--epochs", type=int, help="of every stage, instead of the preset's")
    parser.add_argument("--samples", type=int, help="pictures an epoch, instead of the preset's")
    parser.add_argument(
        "--compare", action="store_true", help="score the folds by whole pictures, ship nothing"
    )
    parser.add_argument("--work", type=Path, default=Path("training"), help="for checkpoints")
    parser.add_argument("--name", help="of what is written; the target's if it is left out")
    parser.add_argument("--out", type=Path, default=Path("targets"), help="(%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Train, score what was held out, write backbone and target below `--out`."""
    from ml import crossfit
    from ml.course import plan as plan_course
    from ml.targets import save_target

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    dataset = read_dataset(args.dataset, args.target)
    fatal, warnings = problems(dataset, args.target)
    if fatal:
        raise DatasetError(" ".join(fatal))
    for warning in warnings:
        log.warning(warning)
    config = _chosen(args, dataset)
    course = plan_course(
        dataset,
        config,
        args.work,
        imagenet=args.imagenet,
        hold_out=args.hold_out and args.hold_out.read_text(encoding="utf-8").splitlines(),
        count=args.folds,
    )
    for fold in range(course.count):
        crossfit.train_last(course, fold)
    if args.compare:
        return _compare(crossfit.held_out(course, crossfit.score_whole))
    model = crossfit.train_last(course, -1)
    scores = crossfit.held_out(course)
    backbone = args.out / args.preset
    crossfit.save_checked(course, model, backbone)
    crossfit.save_bank(course, backbone)
    card = save_target(
        args.out / (args.name or args.target.lower()),
        crossfit.head_of(course, model),
        scores,
        backbone,
        title=args.target.title(),
        version=1,
        split=f"{args.folds} folds over the target's artworks; of others "
        f"{len(course.held_out)} artworks that no training saw",
        seed=config.seed,
        data=crossfit.summary(course, without_fold=-1),
    )
    written = {"held_out": sorted(course.held_out), "folds": course.fold}
    (args.out / card.name / "split.json").write_text(json.dumps(written, indent=0) + "\n")
    histories = [read_state(args.work / name)["history"] for name in ("base", "fold-0")]
    write_history(args.out / card.name / "history.csv", [row for h in histories for row in h])
    log.info("%s: average precision %s", card.name, card.figures["average_precision"])
    return 0


def _chosen(args: argparse.Namespace, dataset: Dataset) -> TrainConfig:
    """The preset as the arguments change it, without stages that the dataset cannot answer."""
    config = PRESETS[args.preset]
    if args.imagenet is None and any(plan.frozen_blocks for plan in config.plans):
        raise DatasetError(
            f"{args.preset} keeps the first blocks of ImageNet weights: name them with --imagenet."
        )
    changed = {k: v for k in ("epochs", "samples") if (v := getattr(args, k)) is not None}
    plans = []
    for plan in config.plans:
        asked = STAGES[plan.stage]
        given = {int(n) for n in stage_labels(asked, dataset.pictures)} - {UNKNOWN}
        if plan.stage in args.without.split(","):
            continue
        if plan.stage != "characters" and given != {0, 1}:
            log.warning("No picture or all answer %r: left out.", asked.question)
            continue
        plans.append(dataclasses.replace(plan, **changed))
    config = dataclasses.replace(config, plans=tuple(plans))
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
