"""Checkpoints: a state on disk, its history, and no file that the state does not name."""

import csv
from pathlib import Path

from ml.training.checkpoint import FIELDS, read_state, write_state


def test_a_folder_without_a_state_begins_at_the_first_stage(tmp_path: Path) -> None:
    state = read_state(tmp_path)
    assert (state["stage"], state["epoch"], state["history"]) == (0, 0, [])


def test_the_state_is_read_as_it_was_written_and_its_history_lies_beside_it(tmp_path: Path) -> None:
    row = dict.fromkeys(FIELDS) | {"stage": "target", "epoch": 1, "loss": 0.25}
    state = read_state(tmp_path) | {"history": [row], "epoch": 1}
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    with (tmp_path / "history.csv").open(newline="") as rows:
        (read,) = csv.DictReader(rows)
    assert (read["stage"], read["loss"], read["val_ap"]) == ("target", "0.25", "")


def test_only_checkpoints_that_the_state_names_are_kept(tmp_path: Path) -> None:
    for epoch in range(4):
        (tmp_path / f"stage-0-epoch-{epoch}.npz").write_bytes(b"weights")
    best, saved = "stage-0-epoch-1.npz", "stage-0-epoch-3.npz"
    write_state(tmp_path, read_state(tmp_path) | {"saved": saved, "best": [0.5, best]})
    assert sorted(f.name for f in tmp_path.glob("*.npz")) == [best, saved]
    assert not list(tmp_path.glob("*.part*"))
