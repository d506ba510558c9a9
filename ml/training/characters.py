"""Targets for every character of a game, from the network that tells them apart.

One character has too few held-out pictures to calibrate by. So the scores of all characters are
pooled, each against the pictures of the others, and all share what the pool says.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.reader import NO_CHARACTER
from ml.scoring.head import make_class_head, score_best_region
from ml.training.write_target import HeldOut, Measurement, measure, save_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import LabelledPicture

FEWEST_ARTWORKS = 6  # that a character is trained on, to be a target


def find_game(pictures: Iterable[LabelledPicture]) -> str:
    """Return the game of the target's pictures."""
    games = [p.game for p in pictures if p.is_target]
    return max(sorted(set(games)), key=games.count, default="")


def list_characters(pictures: Iterable[LabelledPicture], game: str) -> list[str]:
    """Return the game's characters with enough artworks among these pictures, sorted."""
    artworks = defaultdict(set)
    for picture in pictures:
        if picture.game == game and picture.character != NO_CHARACTER:
            artworks[picture.character].add(picture.artwork)
    return sorted(name for name, found in artworks.items() if len(found) >= FEWEST_ARTWORKS)


@dataclasses.dataclass(frozen=True)
class Scored:
    """Held-out pictures with their embeddings and the class outputs that score them."""

    pictures: Sequence[LabelledPicture]
    embeddings: NDArray[np.float16]  # (n, regions, dim)
    kernel: NDArray[np.float32]  # (classes, dim)
    bias: NDArray[np.float32]  # (classes,)
    folds: NDArray[np.int64]  # (n,): calibrations are fitted without a picture's fold


def score_character(
    parts: Sequence[Scored], name: str, row: int, *, game: str, seen: set[str]
) -> HeldOut:
    """Score one character's pictures and all that do not show it (see `label_scores`).

    Args:
        parts: one for each network.
        row: of the character among the classes.
    """
    held_out = []
    for part in parts:
        head = make_class_head(part.kernel, part.bias, row)
        scores = score_best_region(head, part.embeddings)
        held_out.append(label_scores(part.pictures, scores, part.folds, name, game=game, seen=seen))
    return pool(held_out)


def label_scores(
    pictures: Sequence[LabelledPicture],
    scores: NDArray[np.float32],
    folds: NDArray[np.int64],
    name: str,
    *,
    game: str,
    seen: set[str],
) -> HeldOut:
    """Return one character's scores with their labels.

    Left out are pictures of the character whose artwork is in `seen`, and pictures of its game
    without a label, because they may show it.

    Args:
        scores: (n,), how well each picture fits the character.
    """
    labels = np.array([p.character == name for p in pictures])
    unknown = np.array([p.game == game and p.character == NO_CHARACTER for p in pictures])
    artworks = np.array([p.artwork for p in pictures])
    usable = ~unknown & ~(labels & np.isin(artworks, list(seen)))
    return HeldOut(scores[usable], labels[usable], artworks[usable], folds[usable])


def pool(held_out: Iterable[HeldOut]) -> HeldOut:
    """Return the scores of several characters as those of one."""
    parts = list(held_out)
    fields = [field.name for field in dataclasses.fields(HeldOut)]
    return HeldOut(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in fields})


def save_characters(
    out: Path,
    held_out: Mapping[str, HeldOut],
    rows: Mapping[str, int],
    backbone: Path,
    *,
    version: int,
    split: str,
    seed: int,
    data: Mapping[str, Any],
) -> list[str]:
    """Write a target for each character. Returns the names of their folders.

    Args:
        held_out: character -> its scores.
        rows: character -> its row in the backbone's classes.
    """
    together = measure(pool(held_out.values()))
    names = []
    for character, scores in held_out.items():
        positives = int(scores.labels.sum())
        save_target(
            out / name_folder(character),
            rows[character],
            _count_own(together, positives),
            backbone,
            title=character,
            version=version,
            split=(
                f"few pictures: {positives} of them show {character}, so these figures are of "
                f"{len(held_out)} characters together; {split}"
            ),
            seed=seed,
            data={**data, "calibrated_with": len(held_out)},
        )
        names.append(name_folder(character))
    return names


def _count_own(together: Measurement, positives: int) -> Measurement:
    """Return the pool's measurement with the character's own number of pictures.

    The pool's number of pictures is dropped, because it counts each once for every character; its
    curves are dropped, because every card would repeat them.
    """
    dropped = ("pictures", "threshold_curve", "reliability")
    shared = {name: value for name, value in together.figures.items() if name not in dropped}
    return dataclasses.replace(together, figures={"own_pictures": positives, **shared})


def name_folder(character: str) -> str:
    """`Yae Miko` -> `yae-miko`."""
    return re.sub(r"[^a-z0-9]+", "-", character.lower()).strip("-")
