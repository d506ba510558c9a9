"""Find and load targets. Unusable entries of their folders are listed with a reason."""

import dataclasses
import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ml.errors import ArtifactError
from ml.scoring.head import Head, load_head
from ml.targets.card import TargetCard
from ml.vision.backbone import load_backbone
from ml.vision.card import BackboneCard, read_card

PRETRAINED = Path(__file__).parents[1] / "pretrained"

Stamp = tuple[int, int] | None
"""Size and time of a file; None if it cannot be read."""


@dataclasses.dataclass(frozen=True)
class Target:
    """A target that is ready to score with: its own folder and that of its backbone."""

    folder: Path
    card: TargetCard
    head: Head
    backbone_folder: Path
    backbone: BackboneCard


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something among the targets that cannot be used."""

    name: str
    reason: str  # a sentence


def list_targets(roots: Iterable[Path]) -> tuple[list[Target], list[Fault]]:
    """Return all targets by name, and a fault for every other entry except backbones.

    If several roots hold a target of one name, the first root's counts.
    """
    roots = tuple(roots)
    targets: list[Target] = []
    faults: list[Fault] = []
    stamp = functools.cache(_stamp)  # many targets share a backbone
    for name, folder in sorted(_find_folders(roots, faults).items()):
        try:
            targets.append(_load(folder, roots, stamp))
        except ArtifactError as error:
            faults.append(Fault(name, str(error)))
    return targets, faults


def list_other_shipped(target: Target) -> list[Target]:
    """Return the other shipped targets of a shipped target's backbone; none for any other target.

    What a user adds is no part of this. It may show the same character as a shipped target, and it
    must not change that one's results.
    """
    if target.folder.parent != PRETRAINED:
        return []
    sha256 = target.backbone.model_sha256
    return [
        other
        for other in list_targets([PRETRAINED])[0]
        if other.backbone.model_sha256 == sha256 and other.folder != target.folder
    ]


def list_names(roots: Iterable[Path]) -> list[str]:
    """Return the names of all folders that should hold a target, damaged ones too, sorted."""
    return sorted(_find_folders(tuple(roots), []))


def find_target(name: str, roots: Iterable[Path] = (PRETRAINED,)) -> Target:
    """Load the target of that name from the first root that has it. Raises ArtifactError."""
    roots = tuple(roots)
    return load_target(_find_folder(name, roots), roots)


def read_version(name: str, roots: Iterable[Path] = (PRETRAINED,)) -> tuple[int, str]:
    """Return version and backbone's SHA-256 of an installed target, from its card alone.

    Raises ArtifactError.
    """
    card = read_card(_find_folder(name, tuple(roots)), TargetCard, "target")
    return card.version, card.backbone_sha256


def load_target(folder: Path, roots: Iterable[Path] = ()) -> Target:
    """Read a target and find its backbone, beside it or in one of `roots`.

    The folder's name becomes the target's name. A folder is read again only after a file changed.
    Raises ArtifactError if either is missing or damaged, or they do not belong together.
    """
    return _load(folder, roots, _stamp)


def _load(folder: Path, roots: Iterable[Path], stamp: Callable[[Path, str], Stamp]) -> Target:
    card_stamp = stamp(folder, "card.json")
    card = _read_card(folder, card_stamp)
    for root in (folder.parent, *roots):
        backbone = root / card.backbone
        if backbone_stamp := stamp(backbone, "card.json"):
            others = (stamp(backbone, name) for name in ("model.tflite", "classes.npz"))
            stamps = (card_stamp, stamp(folder, "head.npz"), backbone_stamp, *others)
            return _load_target(folder, backbone, stamps)
    raise ArtifactError(f"{folder.name}: its backbone {card.backbone!r} is not installed.")


@functools.lru_cache(maxsize=256)
def _load_target(folder: Path, backbone_folder: Path, _stamps: tuple[Stamp, ...]) -> Target:
    card = _read_card(folder, _stamps[0])
    try:
        head = load_head(folder, backbone_folder)
    except ArtifactError as exc:  # it may be about the backbone's classes
        raise ArtifactError(_name_target(folder, exc)) from exc
    try:
        backbone = _load_backbone(backbone_folder, _stamps[2:])
    except ArtifactError as exc:
        raise ArtifactError(f"{folder.name}: its backbone is damaged ({exc})") from exc
    if backbone.model_sha256 != card.backbone_sha256:
        raise ArtifactError(f"{folder.name}: made for another {card.backbone} than is installed.")
    if head.dim != backbone.dim:
        raise ArtifactError(
            f"{folder.name}: its head has {head.dim} weights, the backbone gives {backbone.dim}."
        )
    return Target(folder, card, head, backbone_folder, backbone)


@functools.lru_cache(maxsize=256)
def _read_card(folder: Path, _card_stamp: Stamp) -> TargetCard:
    return dataclasses.replace(read_card(folder, TargetCard, "target"), name=folder.name)


def _name_target(folder: Path, error: ArtifactError) -> str:
    """Return the error's sentence, with the target's name before it."""
    sentence = str(error)
    return sentence if sentence.startswith(f"{folder.name}: ") else f"{folder.name}: {sentence}"


@functools.lru_cache(maxsize=8)
def _load_backbone(folder: Path, _stamps: tuple[Stamp, ...]) -> BackboneCard:
    return load_backbone(folder)  # it reads the whole model, which many targets share


def _stamp(folder: Path, name: str) -> Stamp:
    try:
        status = os.stat(f"{folder}/{name}")  # noqa: PTH116 - a Path each takes twice the time
    except OSError:
        return None  # reading the file raises the error
    return status.st_size, status.st_mtime_ns


def _find_folder(name: str, roots: tuple[Path, ...]) -> Path:
    folders = _find_folders(roots, [])
    if name not in folders:  # names come from the roots, so no path can lead outside
        known = ", ".join(sorted(folders)) or "none"
        raise ArtifactError(f"There is no target {name!r}; installed are: {known}.")
    return folders[name]


def _find_folders(roots: tuple[Path, ...], faults: list[Fault]) -> dict[str, Path]:
    """Return folders that should hold a target, by name; add a fault for every other entry."""
    folders: dict[str, Path] = {}
    for root in roots:
        try:
            entries = sorted(os.scandir(root), key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as exc:
            faults.append(Fault(root.name, f"{root.name}: cannot be read ({exc.strerror})."))
            continue
        for entry in entries:
            if entry.name.startswith(".") or _is_backbone(entry.path):
                continue  # hidden ones are drafts
            if entry.is_dir():
                folders.setdefault(entry.name, root / entry.name)
            else:
                faults.append(
                    Fault(entry.name, f"{entry.name}: a file where a target's folder belongs.")
                )
    return folders


def _is_backbone(folder: str) -> bool:
    files = (f"{folder}/{name}" for name in ("model.tflite", "weights.npz"))
    return any(map(os.path.isfile, files))
