"""Write what a finished training ships: the backbone, its target, targets of other characters."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

from ml.scoring.head import save_classes
from ml.training.characters import find_game, list_characters, save_characters, score_character
from ml.training.checkpoint import read_state, write_history
from ml.training.cross_validation import (
    BASE,
    name_fold_folder,
    read_classes,
    read_head,
    score_classes,
    score_fold,
    score_held_out,
)
from ml.training.write_backbone import list_unseen, save_bank, save_checked, summarize_data
from ml.training.write_target import measure, save_target
from ml.vision.backbone import load_backbone

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from ml.targets.card import TargetCard
    from ml.training.split import Split


def export_target(
    split: Split, model: keras.Model, folder: Path, backbone: Path, *, title: str, version: int
) -> TargetCard:
    """Write the folders of the final network and of its target."""
    kind = save_checked(split, model, backbone)
    save_bank(split, list_unseen(split), backbone)
    card = save_target(
        folder,
        read_head(split, model),
        measure(score_held_out(split, functools.partial(score_fold, kind=kind))),
        backbone,
        title=title,
        version=version,
        split=_describe_split(split),
        seed=split.config.seed,
        data=summarize_data(split, split.select_final_rows()),
    )
    parts = {"held_out": sorted(split.held_out), "folds": split.fold_of}
    (folder / "split.json").write_text(json.dumps(parts, indent=0) + "\n", encoding="utf-8")
    histories = [read_state(split.work / part)["history"] for part in (BASE, name_fold_folder(0))]
    write_history(folder / "history.csv", [row for history in histories for row in history])
    return card


def export_characters(
    split: Split, model: keras.Model, backbone: Path, *, version: int
) -> list[str]:
    """Write targets of the game's other characters beside the backbone. Returns their names."""
    save_classes(backbone, *read_classes(model))
    kind = load_backbone(backbone).data["kind"]
    parts = [score_classes(split, fold, kind) for fold in range(split.fold_count)]
    game = find_game(split.pictures)
    names = list_characters(split.pictures, game)
    rows = {name: split.class_names.index(name) for name in names}
    rows.pop(split.class_names[split.target_class], None)
    return save_characters(
        backbone.parent,
        {n: score_character(parts, n, row, game=game, seen=set()) for n, row in rows.items()},
        rows,
        backbone,
        version=version,
        split=_describe_split(split),
        seed=split.config.seed,
        data=summarize_data(split, split.select_final_rows()),
    )


def _describe_split(split: Split) -> str:
    return (
        f"{split.fold_count} folds over the target's artworks; "
        f"{len(split.held_out)} artworks of negatives that no training saw"
    )
