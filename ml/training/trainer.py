"""Train any network, stage after stage, on any device that Keras offers.

A training that is killed and started again in the same folder continues after its last finished
epoch. On a CPU its history is the same to the digit: batches come from (seed, epoch, index), each
stage has its own optimizer whose state is saved with the weights, and each epoch seeds dropout.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.errors import TrainingFailed
from ml.training.checkpoint import (
    EpochRow,
    read_state,
    restore_weights,
    save_weights,
    write_state,
)
from ml.training.curriculum import STAGES
from ml.training.validation import Validation, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import keras

    from ml.training.image_cache import TrainingSet
    from ml.training.presets import StageConfig, TrainConfig

log = logging.getLogger(__name__)


def train(
    model: keras.Model,
    training_set: TrainingSet,
    validation: Validation | None,
    config: TrainConfig,
    folder: Path,
    report: Callable[[EpochRow], bool] = lambda _: True,
    *,
    start: str = "",
) -> list[EpochRow]:
    """Run every stage of the config. The model ends with the last stage's weights.

    Args:
        folder: for checkpoints and history.csv. A training in this folder is resumed.
        report: receives each epoch's numbers; False stops the training.
        start: digest of the weights that the model starts from.

    Returns the history. Raises TrainingFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = read_state(folder)
    fingerprint = _compute_fingerprint(config, training_set, start)
    if state.setdefault("fingerprint", fingerprint) != fingerprint:
        raise TrainingFailed(f"{folder} holds another training. Name another folder, or remove it.")
    state["batch"] = config.batch
    write_state(folder, state)
    for number in range(state["stage"], len(config.stages)):
        _compile(model, config, config.stages[number])
        if state["saved"]:
            restore_weights(model, folder / state["saved"], optimizer=state["epoch"] > 0)
        _Stage(model, training_set, validation, config, folder, report, state).run()
        state |= {"stage": number + 1, "epoch": 0, "best": None}
        write_state(folder, state)
    if state["saved"]:
        restore_weights(model, folder / state["saved"], optimizer=False)
    return list(state["history"])


def _compute_fingerprint(config: TrainConfig, training_set: TrainingSet, start: str) -> str:
    """Return a digest of all that decides a training, so that its folder resumes no other one."""
    pictures = [training_set.pictures[row] for row in training_set.rows]
    shown = [(picture.path, picture.is_target) for picture in pictures]
    decisive = dataclasses.replace(config, serving=config.network)
    text = repr((decisive, [*training_set.class_names], shown, start))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass
class _Stage:
    """One stage, epoch after epoch. It ends on its best weights if there is a validation."""

    model: keras.Model
    training_set: TrainingSet
    validation: Validation | None
    config: TrainConfig
    folder: Path
    report: Callable[[EpochRow], bool]
    state: dict[str, Any]  # as `checkpoint.read_state` returns it

    def run(self) -> None:
        """Train the epochs that are left."""
        from ml.training.batches import Batches

        number = self.state["stage"]
        stage_config = self.config.stages[number]
        batches = Batches(self.training_set, stage_config, self.config)
        for epoch in range(self.state["epoch"], stage_config.epochs):
            if _is_patience_over(self.state, epoch, self.config.patience):
                break
            batches.epoch = number * 1000 + epoch
            row = self._train_epoch(batches, stage_config, epoch)
            self._save(row, epoch)
            log.info("%s", row)
            if not self.report(row):
                raise TrainingFailed(
                    f"Stopped on request after {stage_config.stage}, epoch {epoch + 1}."
                )
        self.state["saved"] = self.state["best"][1]
        restore_weights(self.model, self.folder / self.state["saved"], optimizer=False)

    def _train_epoch(
        self, batches: keras.utils.PyDataset, stage_config: StageConfig, epoch: int
    ) -> EpochRow:
        _seed_dropout(self.model, self.config.seed, batches.epoch)
        start = time.monotonic()
        numbers = self.model.fit(batches, epochs=1, verbose=0, shuffle=False).history
        row = _make_row(stage_config, epoch, numbers)
        stage = STAGES[stage_config.stage]
        if not math.isfinite(row["loss"]):
            raise TrainingFailed(f"{stage.name}, epoch {epoch + 1}: the loss is {row['loss']}.")
        row |= validate(self.model, self.validation, stage, self.training_set.class_names)
        row["seconds"] = round(time.monotonic() - start, 1)
        return row

    def _save(self, row: EpochRow, epoch: int) -> None:
        file = f"stage-{self.state['stage']}-epoch-{epoch}.npz"
        save_weights(self.model, self.folder / file)
        is_better = (
            not self.config.choose_best
            or self.state["best"] is None
            or row["val_ap"] is None
            or row["val_ap"] > self.state["best"][0]
        )
        best = [row["val_ap"], file] if is_better else self.state["best"]
        self.state["history"].append(row)
        self.state |= {"epoch": epoch + 1, "saved": file, "best": best}
        write_state(self.folder, self.state)


def _is_patience_over(state: dict[str, Any], epoch: int, patience: int | None) -> bool:
    """True after `patience` epochs without a better validation AP."""
    if patience is None or state["best"] is None:
        return False
    best = int(state["best"][1].split("-")[-1].removesuffix(".npz"))
    return epoch - 1 - best >= patience


def _compile(model: keras.Model, config: TrainConfig, stage_config: StageConfig) -> None:
    """Give a stage a fresh AdamW: a tenth of the steps to warm up, then a cosine."""
    from keras import losses, metrics, optimizers

    from ml.training.model import freeze_blocks, get_backbone

    steps = stage_config.epochs * -(-stage_config.samples // config.batch)
    warm = max(1, steps // 10)
    rate = optimizers.schedules.CosineDecay(
        stage_config.rate / 20,
        max(1, steps - warm),
        warmup_target=stage_config.rate,
        warmup_steps=warm,
    )
    optimizer = optimizers.AdamW(rate, weight_decay=config.decay, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    asks_stage = 0.0 if stage_config.stage == "characters" else 1.0
    freeze_blocks(get_backbone(model, config), stage_config.frozen_blocks)
    model.compile(
        optimizer,
        loss={
            "characters": losses.CategoricalCrossentropy(from_logits=True),
            "stage": losses.BinaryCrossentropy(from_logits=True),
        },
        loss_weights={"characters": stage_config.characters, "stage": asks_stage},
        metrics={
            "characters": [metrics.CategoricalAccuracy(name="accuracy")],
            "stage": [metrics.BinaryAccuracy(name="accuracy", threshold=0.0)],
        },
    )


def _make_row(
    stage_config: StageConfig, epoch: int, numbers: Mapping[str, list[float]]
) -> EpochRow:
    output = "characters" if stage_config.stage == "characters" else "stage"
    return {
        "stage": stage_config.stage,
        "epoch": epoch + 1,
        "rate": stage_config.rate,
        "loss": float(numbers["loss"][-1]),
        "accuracy": float(numbers[f"{output}_accuracy"][-1]),
    }


def _seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Make dropout depend on seed and epoch alone, so that resuming repeats it."""
    from keras import random

    for index, layer in enumerate(model._flatten_layers()):  # Keras has no public method
        generator = getattr(layer, "seed_generator", None)
        if isinstance(generator, random.SeedGenerator):
            generator.state.assign(np.array([seed * 1000 + index, epoch], np.uint32))
