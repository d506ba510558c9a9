"""The one trainer: any network, stage after stage, on whatever Keras finds to run on.

Killed and started again in the same folder it goes on where the last finished epoch left it, and
on a CPU the history is the same to the digit: batches come from (seed, epoch, place), each stage
has its own optimizer whose state is saved with the weights, and dropout is seeded anew for every
epoch.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.errors import MonaError
from ml.training.checkpoint import Row, read_state, restore, save, write_state
from ml.training.curriculum import STAGES
from ml.training.validation import Validation, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import keras

    from ml.training.image_cache import Material
    from ml.training.presets import Plan, TrainConfig

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
    *,
    start: str = "",
) -> list[Row]:
    """Run every plan of the config; the model ends with the last stage's weights.

    Args:
        folder: holds the checkpoint and history.csv; a training found there is gone on with.
        report: is told each epoch; answers False to stop after it.
        start: what the model's weights come from, as a digest.

    Returns the history. Raises TrainingFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = read_state(folder)
    made_from = _fingerprint(config, material, start)
    if state.setdefault("made_from", made_from) != made_from:
        raise TrainingFailed(f"{folder} holds another training. Name another folder, or remove it.")
    state["batch"] = config.batch
    write_state(folder, state)
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


def _fingerprint(config: TrainConfig, material: Material, start: str) -> str:
    """Hex digest of all that decides a training: another one must not go on in its folder."""
    shown = [(material.pictures[n].path, material.pictures[n].target) for n in material.rows]
    decides = dataclasses.replace(config, serve=config.network)
    return hashlib.sha256(repr((decides, [*material.names], shown, start)).encode()).hexdigest()


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
    from ml.training.batches import Batches

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

    from ml.training.model import backbone_of, freeze

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
