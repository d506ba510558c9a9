"""Where a training stands, on disk: weights with the optimizer's state, history, what comes next.

Files appear whole or not at all, so a training that is killed at any moment can go on.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras

Row = dict[str, Any]  # one epoch's numbers, under FIELDS
FIELDS = (
    *("stage", "epoch", "rate", "loss", "accuracy"),
    *("val_loss", "val_accuracy", "val_ap", "seconds"),
)


def save(model: keras.Model, file: Path) -> None:
    """Write the weights of a compiled model and its optimizer's state."""
    arrays = {f"model-{n}": np.asarray(v) for n, v in enumerate(model.weights)}
    arrays |= {f"optimizer-{n}": np.asarray(v) for n, v in enumerate(model.optimizer.variables)}
    part = file.with_suffix(".part.npz")
    np.savez(part, allow_pickle=False, **arrays)
    part.replace(file)


def restore(model: keras.Model, file: Path, *, optimizer: bool) -> None:
    """Read back what `save` wrote; without `optimizer` a new stage begins on these weights."""
    with np.load(file, allow_pickle=False) as arrays:
        for n, variable in enumerate(model.weights):
            variable.assign(arrays[f"model-{n}"])
        if optimizer:
            model.optimizer.build(model.trainable_variables)
            for n, variable in enumerate(model.optimizer.variables):
                variable.assign(arrays[f"optimizer-{n}"])


def read_state(folder: Path) -> dict[str, Any]:
    """Where the training in this folder stands: plan, finished epochs, files of its weights."""
    file = folder / "state.json"
    if file.is_file():
        state: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return state
    return {"plan": 0, "epoch": 0, "saved": None, "best": None, "history": []}


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state and, for people, its history; checkpoints it does not name are removed."""
    part = folder / "state.part"
    part.write_text(json.dumps(state), encoding="utf-8")
    part.replace(folder / "state.json")
    write_history(folder / "history.csv", state["history"])
    named = {state["saved"], (state["best"] or [None, None])[1]}
    for file in folder.glob("plan-*.npz"):
        if file.name not in named:
            file.unlink()


def write_history(file: Path, rows: Sequence[Row]) -> None:
    """One line an epoch; empty where nothing was validated."""
    part = file.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(file)
