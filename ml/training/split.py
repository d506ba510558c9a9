"""Cross-validation split: which artworks are held out, and in which fold."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import NO_CHARACTER
from ml.datasets.splits import assign_folds, encode_classes, list_classes, split_by_artwork
from ml.errors import DatasetError
from ml.training.characters import find_game
from ml.training.image_cache import ImageCache, TrainingSet, load_image_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import Dataset, LabelledPicture
    from ml.training.presets import TrainConfig
    from ml.training.weights import Start


@dataclasses.dataclass(frozen=True)
class Split:
    """A dataset with the artworks that are held out and the fold of each of them.

    Rows are indices into `pictures`.
    """

    dataset: Dataset
    config: TrainConfig
    class_names: tuple[str, ...]  # of characters
    held_out: frozenset[str]  # artworks of negatives that no training sees
    fold_of: Mapping[str, int]  # artwork that is held out in turn or for good -> fold
    fold_count: int
    start: Start
    work: Path  # folder for checkpoints and the cache

    @property
    def pictures(self) -> tuple[LabelledPicture, ...]:
        return self.dataset.pictures

    @property
    def target_class(self) -> int:
        """Index of the target among the class names; 0 if the target has no class."""
        classes = encode_classes([p for p in self.pictures if p.is_target], self.class_names)
        return int(np.bincount(classes[classes > 0], minlength=1).argmax())

    @functools.cached_property
    def images(self) -> ImageCache:
        """All pictures, decoded at first use."""
        return load_image_cache(self.dataset, self.pictures, self.config.reach, self.work)

    def select_base_rows(self) -> NDArray[np.int64]:
        """Return the rows for the base: no artwork that a fold holds out."""
        return self._select(lambda picture: picture.artwork not in self.fold_of)

    def select_rows_without(self, fold: int) -> NDArray[np.int64]:
        """Return the rows for a fold's network: without the target's artworks in this fold.

        All pictures of an artwork that shows the target are in one fold, also those without it.
        """
        return self._select(lambda picture: self.fold_of.get(picture.artwork) != fold)

    def select_final_rows(self) -> NDArray[np.int64]:
        """Return the rows for the final network: all artworks of the target, nothing held out."""
        return self._select(lambda _: True)

    def _select(self, wanted: Callable[[LabelledPicture], bool]) -> NDArray[np.int64]:
        rows = [
            row
            for row, picture in enumerate(self.pictures)
            if picture.artwork not in self.held_out and wanted(picture)
        ]
        return np.array(rows, dtype=np.int64)

    def make_training_set(self, rows: NDArray[np.int64]) -> TrainingSet:
        """Return these rows with their pixels."""
        return TrainingSet(self.images, self.pictures, rows, self.class_names)

    def select_held_out_rows(self, fold: int | None = None) -> list[int]:
        """Return the rows that a fold's network scores; None: held-out negatives of all folds."""
        if fold is None:
            return [n for n, p in enumerate(self.pictures) if p.artwork in self.held_out]
        return [n for n, p in enumerate(self.pictures) if self.fold_of.get(p.artwork) == fold]


def make_split(
    dataset: Dataset,
    config: TrainConfig,
    work: Path,
    *,
    start: Start,
    hold_out: Iterable[str] | None = None,
    fold_count: int = 3,
    every_character: bool = False,
) -> Split:
    """Decide which artworks are held out, and in which fold.

    Args:
        work: folder for checkpoints and the cache.
        hold_out: artworks that no training sees. None draws a fifth of the negatives'. Artworks
            of the target have no effect here, because the folds hold them out in turn.
        every_character: the folds hold out the artworks of all characters of the target's game.

    Raises DatasetError if an artwork to hold out is missing, or there are too few of them.
    """
    if fold_count < 2:
        raise DatasetError("Cross-validation needs at least 2 folds.")
    work.mkdir(parents=True, exist_ok=True)
    pictures = dataset.pictures
    if hold_out is None:
        negatives = [p for p in pictures if not p.is_target]
        hold_out = (p.artwork for p in split_by_artwork(negatives, seed=config.seed)[1])
    wanted = frozenset(hold_out)
    _require_artworks(wanted, pictures)
    game = find_game(pictures) if every_character else None
    in_turn = {
        p.artwork
        for p in pictures
        if p.is_target or (p.character != NO_CHARACTER and p.game == game)
    }
    held_out = wanted - in_turn
    scored = [p for p in pictures if p.artwork in in_turn or p.artwork in held_out]
    fold_of = assign_folds(scored, fold_count, seed=config.seed)
    if not held_out or set(fold_of.values()) != set(range(fold_count)):
        raise DatasetError(
            f"{len(held_out)} artworks of negatives and {len(fold_of) - len(held_out)} of the "
            f"target are too few to hold out in {fold_count} folds."
        )
    return Split(
        dataset=dataset,
        config=config,
        class_names=tuple(list_classes(pictures)),
        held_out=held_out,
        fold_of=fold_of,
        fold_count=fold_count,
        start=start,
        work=work,
    )


def _require_artworks(artworks: frozenset[str], pictures: Sequence[LabelledPicture]) -> None:
    if missing := artworks - {p.artwork for p in pictures}:
        raise DatasetError(
            f"{len(missing)} artworks to hold out are not in the dataset; the first is "
            f"{min(missing)}."
        )
