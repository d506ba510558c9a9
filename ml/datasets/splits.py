"""Parts of a dataset that share no artwork: validation, folds, whole sources; and class names."""

from __future__ import annotations

import csv
import dataclasses
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import NO_CHARACTER
from ml.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import Dataset, LabelledPicture

TRAIN, VALIDATION, TEST = PARTS = ("train", "validation", "test")


def split_by_artwork(
    pictures: Sequence[LabelledPicture], *, seed: int, held_out: float = 0.2
) -> tuple[list[LabelledPicture], list[LabelledPicture]]:
    """Split into training and validation pictures, 8:2 as in the paper, but by artwork.

    Whole artworks are held out until `held_out` of each character's pictures are. A character with
    few pictures may keep all of them in training.
    """
    chosen: set[str] = set()
    for artworks in _draw_artworks(pictures, _name_kind, seed):
        wanted = held_out * sum(n for _, n in artworks)
        taken = 0
        for artwork, n in artworks:
            if taken + n / 2 <= wanted or (taken == 0 and len(artworks) >= 2 and wanted >= 1):
                chosen.add(artwork)
                taken += n
    training = [p for p in pictures if p.artwork not in chosen]
    return training, [p for p in pictures if p.artwork in chosen]


def assign_folds(pictures: Sequence[LabelledPicture], count: int, *, seed: int) -> dict[str, int]:
    """Return artwork -> fold (0 … count - 1). Each character's artworks are spread over all folds.

    Each artwork goes, the largest first, to the fold with the fewest pictures of its character,
    and among equal ones to the fold with the fewest pictures.
    """
    fold_of: dict[str, int] = {}
    totals = [0] * count
    for artworks in _draw_artworks(pictures, _name_kind, seed):
        sizes = [0] * count
        for artwork, n in sorted(artworks, key=lambda pair: -pair[1]):
            if artwork not in fold_of:
                fold_of[artwork] = min(range(count), key=lambda f: (sizes[f], totals[f]))
            sizes[fold_of[artwork]] += n
            totals[fold_of[artwork]] += n
    return fold_of


def _name_kind(picture: LabelledPicture) -> str:
    return f"{picture.is_target} {picture.character}"


def _draw_artworks(
    pictures: Sequence[LabelledPicture], key: Callable[[LabelledPicture], str], seed: int
) -> list[list[tuple[str, int]]]:
    """Return for each key its artworks and their number of pictures, in random order."""
    counts_of: dict[str, Counter[str]] = defaultdict(Counter)
    for picture in pictures:
        counts_of[key(picture)][picture.artwork] += 1
    rng = np.random.default_rng(seed)
    drawn = []
    for _, counts in sorted(counts_of.items()):
        names = sorted(counts)
        drawn.append([(names[i], counts[names[i]]) for i in rng.permutation(len(names))])
    return drawn


def divide_sources(pictures: Iterable[LabelledPicture]) -> dict[str, str]:
    """Return source -> part (train, validation, test), a third of the pictures each.

    Each source goes, the largest first, to the part with the fewest pictures. Sources with
    pictures of the target come first, and these pictures are balanced before the others.
    """
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0])  # positives, pictures
    for picture in pictures:
        sizes[picture.source][0] += picture.is_target
        sizes[picture.source][1] += 1
    load = {part: [0, 0] for part in PARTS}
    part_of: dict[str, str] = {}
    for source, (positives, total) in sorted(
        sizes.items(), key=lambda item: (-item[1][0], -item[1][1], item[0])
    ):
        part = min(PARTS, key=lambda p: tuple(load[p]) if positives else load[p][1:])
        part_of[source] = part
        load[part][0] += positives
        load[part][1] += total
    return part_of


def read_sources(file: Path) -> dict[str, str]:
    """Read a list of sources and their parts (`source`, `part`). Raises DatasetError."""
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            part_of = {row["source"]: row["part"] for row in csv.DictReader(rows)}
    except KeyError as exc:
        raise DatasetError(f"{file} has no column {exc}; it needs source and part.") from exc
    if unknown := set(part_of.values()) - set(PARTS):
        raise DatasetError(f"{file}: {min(unknown)!r} is no part; parts are {', '.join(PARTS)}.")
    return part_of


def drop_sources(dataset: Dataset, sources: Collection[str]) -> Dataset:
    """Return the dataset without the pictures of these sources."""
    pictures = tuple(p for p in dataset.pictures if p.source not in sources)
    return dataclasses.replace(dataset, pictures=pictures)


def drop_characters(dataset: Dataset, file: Path) -> Dataset:
    """Return the dataset without the pictures of some characters.

    Args:
        file: their names, one a line.

    Raises DatasetError for a name that no picture has.
    """
    names = {line.strip() for line in file.read_text(encoding="utf-8").splitlines()} - {""}
    if unknown := names - {p.character for p in dataset.pictures}:
        raise DatasetError(f"{file}: no picture shows {min(unknown)!r}, so it cannot be left out.")
    pictures = tuple(p for p in dataset.pictures if p.character not in names)
    return dataclasses.replace(dataset, pictures=pictures)


def choose_held_out(
    pictures: Sequence[LabelledPicture], part_of: Mapping[str, str], *, share: float = 0.1
) -> set[str]:
    """Return the negatives' artworks that no training may see.

    These are all artworks of the validation's sources, and a share of the artworks whose sources
    are in no part.
    """
    negatives = [p for p in pictures if not p.is_target]
    checked = {p.artwork for p in negatives if part_of.get(p.source) == VALIDATION}
    free = [p for p in negatives if p.source not in part_of]
    return checked | {p.artwork for p in split_by_artwork(free, seed=0, held_out=share)[1]}


def list_classes(pictures: Iterable[LabelledPicture], *, at_least: int = 3) -> list[str]:
    """Return class names: NO_CHARACTER, then all characters with enough pictures, sorted."""
    counts = Counter(p.character for p in pictures if p.character != NO_CHARACTER)
    return [NO_CHARACTER, *sorted(name for name, n in counts.items() if n >= at_least)]


def encode_classes(pictures: Iterable[LabelledPicture], names: Sequence[str]) -> NDArray[np.int64]:
    """Return each picture's index in `names`, int64 (n,). Rare characters count as NO_CHARACTER."""
    index_of = {name: index for index, name in enumerate(names)}
    return np.array([index_of.get(p.character, 0) for p in pictures], dtype=np.int64)
