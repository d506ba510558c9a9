"""Read labelled pictures: one folder or zip of labelled folders, or several manifests.

A manifest adds what folders cannot say: gender, likeness to the target, and which files show the
same artwork. Without one, the folder's name is the label and near-duplicates count as one artwork.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from ml.archive.formats import has_picture_suffix
from ml.datasets.duplicates import join_duplicates
from ml.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NO_CHARACTER = "other"  # label of pictures that show no single character
_BACKDROPS = ("landscape", "ui", "namecard", "scene")
_NO_SINGLE_CHARACTER = (
    *_BACKDROPS,
    *("object", "enemy_or_creature", "group", "hsr lightcone", "hsr avatar", "unknown"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One picture and its labels. An empty string means that the label is not known."""

    path: str  # relative to the dataset's root
    character: str  # NO_CHARACTER if the picture shows no single character
    is_target: bool  # the target is in the picture, alone or with others
    artwork: str  # pictures of one artwork stay on one side of a split
    gender: str = ""  # "male", "female"
    similar: str = ""  # to the target in clothes, build and hair: "yes", "no"
    source: str = ""  # where the file came from
    kind: str = ""  # card, icon, sticker …
    is_backdrop: bool = False  # cut-outs may be pasted on it
    game: str = ""


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Labelled pictures and the folder or zip that holds their files."""

    root: Path
    pictures: tuple[LabelledPicture, ...]

    def read(self, picture: LabelledPicture) -> bytes:
        """Return the bytes of a picture's file."""
        return _read_member(self.root, picture.path)


def read_dataset(root: Path, target: str) -> Dataset:
    """Read a folder or a zip of labelled folders, or one with a `manifest.csv` at its root.

    Args:
        target: name of the target's folder, or of its character in the manifest. Upper and lower
            case are the same.

    Raises DatasetError.
    """
    names = _list_members(root)
    if "manifest.csv" in names:
        text = _read_member(root, "manifest.csv").decode("utf-8")
        rows = csv.DictReader(io.StringIO(text))
        return Dataset(root, tuple(_parse_row(row, target) for row in rows))
    pictures = tuple(_label_by_folder(names, target))
    if not pictures:
        raise DatasetError(f"{root.name} holds no pictures in labelled folders.")
    return join_duplicates(Dataset(root, pictures))


def read_manifests(
    manifests: Sequence[Path],
    target: str,
    *,
    negatives: Sequence[Path] = (),
    groups: Path | None = None,
) -> Dataset:
    """Read several manifests (`.csv`, or folders that hold a `manifest.csv`) as one dataset.

    Args:
        negatives: manifests whose pictures are labelled NO_CHARACTER, with any names.
            Those without alpha serve as backdrops.
        groups: a list (`base_art`, `art_group`) of artworks that count as one artwork.

    Raises DatasetError.
    """
    files = [_find_manifest(path) for path in (*manifests, *negatives)]
    root = Path(os.path.commonpath([file.parent for file in files]))
    group_of = _read_groups(groups) if groups else {}
    pictures = []
    for number, file in enumerate(files):
        for row in _read_rows(file):
            picture = _parse_row(row, target)
            path = (file.parent.relative_to(root) / picture.path).as_posix()
            artwork = group_of.get(picture.artwork, picture.artwork)
            picture = dataclasses.replace(picture, path=path, artwork=artwork)
            if number >= len(manifests):
                opaque = row.get("has_alpha", "0") == "0"
                picture = dataclasses.replace(picture, character=NO_CHARACTER, is_backdrop=opaque)
            pictures.append(picture)
    return Dataset(root, tuple(pictures))


def _find_manifest(path: Path) -> Path:
    file = path / "manifest.csv" if path.is_dir() else path
    if not file.is_file() or file.suffix.lower() != ".csv":
        raise DatasetError(
            f"{path} is no manifest: name a .csv file or a folder with manifest.csv."
        )
    return file.absolute()


def _read_rows(file: Path) -> Iterator[Mapping[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        yield from csv.DictReader(rows)


def _read_groups(file: Path) -> dict[str, str]:
    """Return the name that each artwork of a group shares: artwork -> group."""
    try:
        return {row["base_art"]: f"group-{row['art_group']}" for row in _read_rows(file)}
    except (OSError, KeyError) as exc:
        raise DatasetError(f"{file} is no list of base_art and art_group ({exc}).") from exc


def _list_members(root: Path) -> list[str]:
    """Return the paths of all pictures, and of the manifest if there is one."""
    if root.is_dir():
        members = [file.relative_to(root).as_posix() for file in sorted(root.rglob("*"))]
    elif zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as archive:
            members = archive.namelist()
    else:
        raise DatasetError(f"{root} is neither a folder nor a zip of labelled folders.")
    return [m for m in members if has_picture_suffix(m) or m == "manifest.csv"]


def _read_member(root: Path, name: str) -> bytes:
    if root.is_dir():
        return (root / name).read_bytes()
    with zipfile.ZipFile(root) as archive:
        return archive.read(name)


def _label_by_folder(names: Sequence[str], target: str) -> Iterator[LabelledPicture]:
    for name in names:
        if "/" in name:
            label = name.split("/")[-2].lower()
            yield LabelledPicture(
                path=name,
                character=label,
                is_target=label == target.lower(),
                artwork=name,
                is_backdrop=label == NO_CHARACTER,
            )


def _parse_row(row: Mapping[str, str], target: str) -> LabelledPicture:
    """Read one row of a manifest. Its likeness to Mona is used only if Mona is the target."""
    try:
        character, is_mona = row["character"], target.lower() == "mona"
        single = character not in _NO_SINGLE_CHARACTER and row["game"] != "none"
        shows_target = row["contains_mona"] == "yes" if is_mona else None
        return LabelledPicture(
            path=row["path"],
            character=character if single else NO_CHARACTER,
            is_target=character.lower() == target.lower() if shows_target is None else shows_target,
            artwork=row["base_art"],
            gender=row["gender"],
            similar=row["similar_to_mona"]
            if is_mona and row["similar_to_mona"] != "target"
            else "",
            source=row["source"],
            kind=row["kind"],
            is_backdrop=character in _BACKDROPS,
            game=row["game"],
        )
    except KeyError as exc:
        raise DatasetError(f"The manifest has no column {exc}.") from exc
