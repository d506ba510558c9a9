"""Who is trained on and who is held out: one dataset on its way to a target."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import characters, folds, labels, split
from ml.errors import DatasetError
from ml.training.image_cache import Material, Sprites, load_sprites

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import Dataset, Picture
    from ml.training.presets import TrainConfig


@dataclasses.dataclass(frozen=True)
class Course:
    """One dataset on its way to a target."""

    dataset: Dataset
    config: TrainConfig
    names: tuple[str, ...]  # classes of characters
    held_out: frozenset[str]  # artworks of others that no training sees
    fold: dict[str, int]  # artwork of the target or held out -> fold
    count: int  # of folds
    imagenet: Path | None
    work: Path

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All of them; rows everywhere are places in this order."""
        return self.dataset.pictures

    @property
    def target_class(self) -> int:
        """The target's place among the classes of characters; 0 where she has none."""
        hers = labels([p for p in self.pictures if p.target], self.names)
        return int(np.bincount(hers[hers > 0], minlength=1).argmax())

    @functools.cached_property
    def sprites(self) -> Sprites:
        """Every picture decoded, the first time that a training asks."""
        return load_sprites(self.dataset, self.pictures, self.config.reach, self.work)

    def rows(self, *, without_fold: int | None) -> NDArray[np.int64]:
        """Pictures to train from: others that are not held out, and the target's of other folds.

        `without_fold` None leaves out the target altogether; -1 leaves out none of her.
        """
        return np.array([n for n, p in enumerate(self.pictures) if self._shown(p, without_fold)])

    def _shown(self, picture: Picture, without_fold: int | None) -> bool:
        """An artwork of the target is hers in every label: others that show it go with it."""
        if picture.art in self.held_out:
            return False
        fold = self.fold.get(picture.art)
        return fold is None or (without_fold is not None and fold != without_fold)

    def material(self, *, without_fold: int | None) -> Material:
        """The same rows with their pixels."""
        rows = self.rows(without_fold=without_fold)
        return Material(self.sprites, self.pictures, rows, self.names)

    def tested(self, fold: int) -> list[int]:
        """Rows that only this fold's network scores."""
        return [n for n, p in enumerate(self.pictures) if self.fold.get(p.art) == fold]


def plan(
    dataset: Dataset,
    config: TrainConfig,
    work: Path,
    *,
    imagenet: Path | None,
    hold_out: Iterable[str] | None = None,
    count: int = 3,
) -> Course:
    """Decide who is held out and in which fold.

    Args:
        work: folder for checkpoints and the cache.
        hold_out: artworks that no training sees (the target's are held out in turn, whatever
            stands here); None draws a fifth of them.
        count: of folds.

    Raises DatasetError when an artwork to hold out is not there, or too few are, or folds.
    """
    if count < 2:
        raise DatasetError("What a network never saw is scored in at least 2 folds.")
    work.mkdir(parents=True, exist_ok=True)
    pictures = dataset.pictures
    others = [p for p in pictures if not p.target]
    if hold_out is None:
        hold_out = (p.art for p in split(others, seed=config.seed)[1])
    wanted = frozenset(hold_out)
    if strangers := wanted - {p.art for p in pictures}:
        raise DatasetError(
            f"{len(strangers)} artworks to hold out are not in the dataset; the first is "
            f"{min(strangers)}."
        )
    out = wanted - {p.art for p in pictures if p.target}
    tested = [p for p in pictures if p.target or p.art in out]
    placed = folds(tested, count, seed=config.seed)
    if not out or set(placed.values()) != set(range(count)):
        raise DatasetError(
            f"{len(out)} artworks of others and {len(placed) - len(out)} of the target are too "
            f"few to hold out in {count} folds."
        )
    return Course(
        dataset,
        config,
        tuple(characters(pictures)),
        out,
        placed,
        count,
        imagenet,
        work,
    )
