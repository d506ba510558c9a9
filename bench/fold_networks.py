"""Networks that did not see a fold of the sources: how they are stored, and how they score it."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from bench.source_folds import SourceFolds
from ml.datasets.reader import LabelledPicture
from ml.scoring.head import Head, load_head, save_classes, save_head, score_best_region
from ml.training.characters import Scored, pool
from ml.training.cross_validation import name_fold_folder, read_classes
from ml.training.embed import embed
from ml.training.split import Split
from ml.training.write_backbone import save_backbone
from ml.training.write_target import HeldOut


def save_fold(
    split: Split,
    model: keras.Model,
    head: Head,
    known: Sequence[str],
    rows: NDArray[np.int64],
    fold: int,
) -> None:
    """Write a fold's converted backbone, with the target's head in the same folder.

    Args:
        known: names of the characters whose classes are written.
        rows: what the network was trained on.
    """
    folder = split.work / name_fold_folder(fold) / "backbone"
    save_backbone(split, model, folder, rows=rows)
    save_known_classes(split, model, known, folder)
    save_head(folder, head)


def save_known_classes(
    split: Split, model: keras.Model, known: Sequence[str], folder: Path
) -> None:
    """Write a backbone's `classes.npz` with the rows of these characters."""
    kernel, bias = read_classes(model)
    rows = [split.class_names.index(name) for name in known]
    save_classes(folder, kernel[rows], bias[rows])


def score_folds(
    split: Split, folds: SourceFolds, *, all_positives: bool = False
) -> tuple[HeldOut, list[Scored]]:
    """Score what each fold's network did not see (see `SourceFolds.select_held_out`).

    Returns: the target's scores of all folds, and each fold's embeddings for other characters.
    """
    held_out, parts = [], []
    for fold in folds.numbers:
        folder = split.work / name_fold_folder(fold) / "backbone"
        pictures = folds.select_held_out(split, fold, all_positives=all_positives)
        part = embed_held_out(split, pictures, fold, folder)
        parts.append(part)
        held_out.append(score_target(part, load_head(folder, folder)))
    return pool(held_out), parts


def embed_held_out(
    split: Split, pictures: Sequence[LabelledPicture], fold: int, backbone: Path
) -> Scored:
    """Embed what a fold's network did not see, with a backbone and its `classes.npz`."""
    with np.load(backbone / "classes.npz") as file:
        kernel, bias = (file[name].astype(np.float32) for name in ("kernel", "bias"))
    return Scored(
        pictures=pictures,
        embeddings=embed(backbone, split.dataset, pictures),
        kernel=kernel,
        bias=bias,
        folds=np.full(len(pictures), fold),
    )


def score_target(part: Scored, head: Head) -> HeldOut:
    """Score a fold's pictures with the target's head."""
    return HeldOut(
        scores=score_best_region(head, part.embeddings),
        labels=np.array([p.is_target for p in part.pictures]),
        artworks=np.array([p.artwork for p in part.pictures]),
        folds=part.folds,
    )
