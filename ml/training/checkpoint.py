"""Checkpoints of a training: weights, the optimizer's state, the history, the next epoch.

Files are written atomically, so a training that is killed at any moment can be resumed.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.disk import read_json, write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras

EpochRow = dict[str, Any]  # one epoch's numbers, keyed by FIELDS
FIELDS = (
    *("stage", "epoch", "rate", "loss", "accuracy"),
    *("val_loss", "val_accuracy", "val_ap", "seconds"),
)


def save_weights(model: keras.Model, file: Path) -> None:
    """Write the weights of a compiled model and the state of its optimizer."""
    arrays = {f"model-{n}": np.asarray(v) for n, v in enumerate(model.weights)}
    arrays |= {f"optimizer-{n}": np.asarray(v) for n, v in enumerate(model.optimizer.variables)}
    draft = file.with_suffix(".part.npz")  # streamed, because it may be as large as the memory
    np.savez(draft, allow_pickle=False, **arrays)
    draft.replace(file)


def restore_weights(model: keras.Model, file: Path, *, optimizer: bool) -> None:
    """Read what `save_weights` wrote. Without `optimizer`, a new stage begins on these weights."""
    with np.load(file, allow_pickle=False) as arrays:
        for n, variable in enumerate(model.weights):
            variable.assign(arrays[f"model-{n}"])
        if optimizer:
            model.optimizer.build(model.trainable_variables)
            for n, variable in enumerate(model.optimizer.variables):
                variable.assign(arrays[f"optimizer-{n}"])


def read_state(folder: Path) -> dict[str, Any]:
    """Return how far the training in this folder is.

    `stage` and `epoch` are the next ones to train. `saved` is the file of the last weights. `best`
    is the validation AP and the file of this stage's best weights. `history` has a row for each
    finished epoch.
    """
    file = folder / "state.json"
    if file.is_file():
        state: dict[str, Any] = read_json(file)
        return state
    return {"stage": 0, "epoch": 0, "saved": None, "best": None, "history": []}


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state and its history; checkpoints that the state does not name are removed."""
    write_atomically(folder / "state.json", [json.dumps(state).encode()])
    write_history(folder / "history.csv", state["history"])
    named = {state["saved"], (state["best"] or [None, None])[1]}
    for file in folder.glob("stage-*.npz"):
        if file.name not in named:
            file.unlink()


def write_history(file: Path, rows: Sequence[EpochRow]) -> None:
    """Write a line for each epoch; fields without a validation are empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(file, [out.getvalue().encode()])
