"""Labelled pictures: read them, say what is wrong with them, split them by artwork.

A dataset is a folder of labelled folders, or a zip of such. A `manifest.csv` at its root adds what
the curriculum wants to know (gender, likeness to the target) and which files show the same artwork.
Without one the folder's name is the label and near-duplicates count as one artwork.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ml.errors import DatasetError, MonaError
from ml.vision.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"))
REST = "other"  # a folder of this name holds no single character
NEAR = 6  # bits of 64 in which the hashes of near-duplicates may differ
_MAX_PIXELS = 100_000_000  # of a picture to learn from
_NAMED = 10  # files in one sentence, at most
FEW = 20  # pictures of the target below which a warning is due


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture. Empty strings stand for what is not known."""

    path: str  # inside the dataset
    character: str  # REST where it shows no single character
    target: bool  # it shows the target, alone or not
    art: str  # pictures of one artwork never stand on both sides of a split
    gender: str = ""  # "male", "female"
    similar: str = ""  # to the target in clothes, build and hair: "yes", "no"
    source: str = ""  # where the file came from
    kind: str = ""  # card, icon, sticker …
    scene: bool = False  # shows nobody, or nobody in particular: fit to be a background


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Pictures, and where their bytes lie."""

    root: Path  # a folder, or a zip
    pictures: tuple[Picture, ...]

    def read(self, picture: Picture) -> bytes:
        """The bytes of one picture's file."""
        if self.root.is_dir():
            return (self.root / picture.path).read_bytes()
        with zipfile.ZipFile(self.root) as archive:
            return archive.read(picture.path)


def read_datasets(
    roots: Sequence[Path],
    target: str,
    *,
    negatives: Sequence[Path] = (),
    groups: Path | None = None,
) -> Dataset:
    """Read one folder or zip, or several manifests as one dataset.

    Args:
        roots: one folder or zip of labelled folders, or any number of manifests (`.csv`), whose
            paths are relative to the manifest's own folder.
        negatives: manifests of which no name is an identity: every picture shows nobody.
        groups: a list (`base_art`, `art_group`) of artworks that count as one.

    Raises DatasetError with a sentence.
    """
    if len(roots) == 1 and not negatives and roots[0].suffix.lower() != ".csv":
        dataset = read_dataset(roots[0], target)
    else:
        dataset = _read_manifests(roots, negatives, target)
    return _join_artworks(dataset, groups) if groups else dataset


def _read_manifests(roots: Sequence[Path], negatives: Sequence[Path], target: str) -> Dataset:
    """Several manifests as one dataset below the folder that they have in common."""
    files = [root / "manifest.csv" if root.is_dir() else root for root in (*roots, *negatives)]
    if missing := [str(file) for file in files if not file.is_file()]:
        raise DatasetError(
            f"There is no manifest {missing[0]}; name .csv files or folders with one."
        )
    root = Path(os.path.commonpath([file.absolute().parent for file in files]))
    pictures: list[Picture] = []
    for number, file in enumerate(files):
        below = file.absolute().parent.relative_to(root)
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                picture = _from_row(row, target)
                if number >= len(roots):
                    opaque = row.get("has_alpha", "0") == "0"
                    picture = dataclasses.replace(picture, character=REST, scene=opaque)
                path = (below / picture.path).as_posix()
                pictures.append(dataclasses.replace(picture, path=path))
    return Dataset(root, tuple(pictures))


def _join_artworks(dataset: Dataset, groups: Path) -> Dataset:
    """Give artworks of one group one name."""
    with groups.open(encoding="utf-8", newline="") as rows:
        group_of = {row["base_art"]: f"group-{row['art_group']}" for row in csv.DictReader(rows)}
    joined = [dataclasses.replace(p, art=group_of.get(p.art, p.art)) for p in dataset.pictures]
    return dataclasses.replace(dataset, pictures=tuple(joined))


def divide_sources(pictures: Iterable[Picture], parts: Sequence[str]) -> dict[str, str]:
    """source -> part: whole sources, the largest first, each to the part with the fewest pictures.

    The target's pictures are balanced first.
    """
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for picture in pictures:
        sizes[picture.source][0] += picture.target
        sizes[picture.source][1] += 1
    load = {part: [0, 0] for part in parts}
    placed = {}
    for source, (positives, total) in sorted(
        sizes.items(), key=lambda item: (-item[1][0], -item[1][1], item[0])
    ):
        part = min(parts, key=lambda p: tuple(load[p]) if positives else load[p][1])
        placed[source] = part
        load[part][0] += positives
        load[part][1] += total
    return placed


def read_sources(file: Path) -> dict[str, str]:
    """source -> part, from a list with these two columns."""
    with file.open(encoding="utf-8", newline="") as rows:
        return {row["source"]: row["part"] for row in csv.DictReader(rows)}


def without_sources(dataset: Dataset, sources: set[str]) -> Dataset:
    """The dataset without whole sources."""
    left = tuple(p for p in dataset.pictures if p.source not in sources)
    return dataclasses.replace(dataset, pictures=left)


def read_dataset(root: Path, target: str) -> Dataset:
    """Read a folder or a zip of labelled folders.

    Args:
        target: the name of the target's folder, or of its character in the manifest; upper and
            lower case are the same.

    Raises DatasetError with a sentence.
    """
    names = _names(root)
    if "manifest.csv" in names:
        text = _bytes(root, "manifest.csv").decode("utf-8")
        pictures = [_from_row(row, target) for row in csv.DictReader(io.StringIO(text))]
        return Dataset(root, tuple(pictures))
    pictures = [
        Picture(name, label, target=label == target.lower(), art=name, scene=label == REST)
        for name in names
        if "/" in name and (label := name.split("/")[-2].lower())
    ]
    if not pictures:
        raise DatasetError(f"{root.name} holds no pictures in labelled folders.")
    return group_duplicates(Dataset(root, tuple(pictures)))


def _names(root: Path) -> list[str]:
    """Paths of the pictures, and of the manifest where there is one."""
    if root.is_dir():
        every = [file.relative_to(root).as_posix() for file in sorted(root.rglob("*"))]
    elif zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as archive:
            every = archive.namelist()
    else:
        raise DatasetError(f"{root} is neither a folder nor a zip of labelled folders.")
    return [n for n in every if Path(n).suffix.lower() in SUFFIXES or n == "manifest.csv"]


def _bytes(root: Path, name: str) -> bytes:
    return Dataset(root, ()).read(Picture(name, REST, target=False, art=name))


_NOBODY = ("landscape", "ui", "object", "namecard")
_NO_SINGLE = (*_NOBODY, "enemy_or_creature", "group", "hsr lightcone", "hsr avatar", "unknown")


def _from_row(row: dict[str, str], target: str) -> Picture:
    try:
        character, mona = row["character"], target.lower() == "mona"
        return Picture(
            path=row["path"],
            character=REST if character in _NO_SINGLE or row["game"] == "none" else character,
            target=row["contains_mona"] == "yes" if mona else character.lower() == target.lower(),
            art=row["base_art"],
            gender=row["gender"],
            similar=row["similar_to_mona"] if mona and row["similar_to_mona"] != "target" else "",
            source=row["source"],
            kind=row["kind"],
            scene=character in ("landscape", "ui", "namecard"),
        )
    except KeyError as exc:
        raise DatasetError(f"manifest.csv has no column {exc}.") from exc


def group_duplicates(dataset: Dataset) -> Dataset:
    """Give near-duplicates one artwork: the same name in `art`, found by a perceptual hash.

    Duplicates of duplicates count too, so no two near ones are ever apart.
    """
    hashes: list[int] = []
    arts: list[str] = []
    for picture in dataset.pictures:
        image = _decoded(dataset, picture)
        value = difference_hash(image) if image else -1  # `problems` names what cannot be read
        near = {a for h, a in zip(hashes, arts, strict=True) if image and _near(h, value)}
        art = min(near, default=picture.path)
        arts = [art if a in near else a for a in arts]
        hashes.append(value)
        arts.append(art)
    grouped = [
        dataclasses.replace(p, art=art) for p, art in zip(dataset.pictures, arts, strict=True)
    ]
    return dataclasses.replace(dataset, pictures=tuple(grouped))


def _near(one: int, other: int) -> bool:
    return one >= 0 and (one ^ other).bit_count() <= NEAR


def _decoded(dataset: Dataset, picture: Picture) -> Image.Image | None:
    """Small, for a look at it; None where the file is missing or damaged."""
    try:
        return decode(dataset.read(picture), reach=64, max_pixels=_MAX_PIXELS).image
    except (OSError, KeyError, MonaError):
        return None


def difference_hash(image: Image.Image) -> int:
    """64 bits: is a cell brighter than its right neighbour, over 8 rows of 9 cells."""
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return int("".join("01"[int(bit)] for bit in (grey[:, 1:] > grey[:, :-1]).ravel()), 2)


def problems(dataset: Dataset, target: str) -> tuple[list[str], list[str]]:
    """What forbids a training and what merely warns, each a sentence.

    Every picture is decoded, which takes some seconds for a thousand.
    """
    fatal: list[str] = []
    warnings: list[str] = []
    ours = [p for p in dataset.pictures if p.target]
    others = len(dataset.pictures) - len(ours)
    if not ours:
        fatal.append(f"No picture shows {target}: its folder is empty or missing.")
    if not others:
        fatal.append(f"Every picture shows {target}: there is nobody to tell her from.")
    arts = len({p.art for p in ours})
    if ours and arts < 2:
        fatal.append(f"All pictures of {target} show one artwork: none is left to check with.")
    elif len(ours) < FEW:
        warnings.append(f"Only {len(ours)} pictures of {arts} artworks show {target}.")
    if ours and others > 100 * len(ours):
        warnings.append(f"{others:,} pictures stand against {len(ours)} of {target}.")
    both = shared_art(ours, [p for p in dataset.pictures if not p.target])
    if both:
        warnings.append(
            f"{len(both)} artworks stand on both sides, with and without {target}; "
            f"the first is {min(both)}."
        )
    unreadable = [p.path for p in dataset.pictures if _decoded(dataset, p) is None]
    if unreadable:
        named = ", ".join(unreadable[:_NAMED]) + (" …" if len(unreadable) > _NAMED else "")
        every = len(dataset.pictures)
        fatal.append(f"{len(unreadable)} of {every:,} pictures cannot be read: {named}.")
    return fatal, warnings


def shared_art(left: Iterable[Picture], right: Iterable[Picture]) -> set[str]:
    """Artworks on both sides."""
    return {p.art for p in left} & {p.art for p in right}


def split(
    pictures: Sequence[Picture], *, seed: int, held_out: float = 0.2
) -> tuple[list[Picture], list[Picture]]:
    """Training and validation pictures, 8:2 as the paper has it, but by artwork.

    Whole artworks go over until every character has its share, so small ones may keep all.
    """
    test: set[str] = set()
    for group in _arts_of(pictures, lambda p: f"{p.target} {p.character}", seed):
        wanted = held_out * sum(n for _, n in group)
        taken = 0
        for art, n in group:
            if taken + n / 2 <= wanted or (taken == 0 and len(group) >= 2 and wanted >= 1):
                test.add(art)
                taken += n
    return [p for p in pictures if p.art not in test], [p for p in pictures if p.art in test]


def folds(pictures: Sequence[Picture], count: int, *, seed: int) -> dict[str, int]:
    """artwork -> fold, 0 … count - 1, the target's artworks spread evenly over the folds.

    Each artwork goes, the largest first, to the fold that has the fewest pictures of its kind.
    """
    place: dict[str, int] = {}
    for group in _arts_of(pictures, lambda p: str(p.target), seed):
        load = [0] * count
        for art, n in sorted(group, key=lambda pair: -pair[1]):
            if art not in place:
                place[art] = int(np.argmin(load))
            load[place[art]] += n
    return place


def _arts_of(
    pictures: Sequence[Picture], key: Callable[[Picture], str], seed: int
) -> list[list[tuple[str, int]]]:
    """For each key its artworks with their number of pictures, in an order drawn from the seed."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for picture in pictures:
        groups[key(picture)][picture.art] += 1
    rng = np.random.default_rng(seed)
    drawn = []
    for _, arts in sorted(groups.items()):
        names = sorted(arts)
        drawn.append([(names[i], arts[names[i]]) for i in rng.permutation(len(names))])
    return drawn


def characters(pictures: Iterable[Picture], *, at_least: int = 3) -> list[str]:
    """Class names: REST first, then every character that has enough pictures, by name."""
    counts = Counter(p.character for p in pictures if p.character != REST)
    return [REST, *sorted(name for name, n in counts.items() if n >= at_least)]


def labels(pictures: Iterable[Picture], names: Sequence[str]) -> NDArray[np.int64]:
    """Row of each picture's character in `names`; rare characters count as REST. int64 (n,)."""
    rows = {name: row for row, name in enumerate(names)}
    return np.array([rows.get(p.character, 0) for p in pictures], dtype=np.int64)
