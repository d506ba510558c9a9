"""Backbones and targets on disk: weights never travel without their card.

A backbone is a folder of `card.json`, `weights.npz`, `model.tflite` and `bank.npz`; a target is a
folder of `card.json`, `head.npz` and `history.csv` that names its backbone. JSON and plain arrays
only: no serialised code is ever loaded. Anything else is refused with a sentence.
"""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ml.errors import ArtifactError

FORMAT = 1
PRETRAINED = Path(__file__).parents[1] / "pretrained"

Resize = Literal["letterbox", "stretch"]


@dataclasses.dataclass(frozen=True)
class BackboneCard:
    """What a backbone is and how a picture must be laid before it."""

    name: str
    network: Literal["mona_lite", "mona_cnn"]
    config: Mapping[str, Any]
    side: int  # pixels of the square input
    resize: Resize
    places: tuple[int, int]  # rows, columns of the last feature map
    dim: int  # of the embedding at a place
    window: int  # places a look is wide; 0: the whole picture is the only look
    stride: int  # places between two looks
    model_sha256: str
    weights_sha256: str
    created: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    format: int = FORMAT
    kind: str = "backbone"


@dataclasses.dataclass(frozen=True)
class TargetCard:
    """Who is looked for, how the evidence is calibrated, and how good it was on held-out art."""

    name: str
    title: str
    version: int
    backbone: str
    backbone_sha256: str  # the backbone's model_sha256
    slope: float  # slope, intercept and lapse: ml.scoring.calibration.Calibration
    intercept: float
    share: float  # of the target where it was calibrated, 0..1
    thresholds: Mapping[str, float]
    figures: Mapping[str, Any]
    data: Mapping[str, Any]
    split: str
    seed: int
    created: str
    lapse: float = 0.0
    format: int = FORMAT
    kind: str = "target"


def _nobody() -> NDArray[np.float32]:
    return np.zeros((0, 1), np.float32)


@dataclasses.dataclass(frozen=True)
class Head:
    """What speaks for the target in the unnormalised embedding of a look, and what for others.

    Both are linear; a head without rivals is one weight vector and a bias.
    """

    weight: NDArray[np.float32]  # (dim,)
    bias: float
    rivals: NDArray[np.float32] = dataclasses.field(default_factory=_nobody)  # (k, dim)
    rival_bias: NDArray[np.float32] = dataclasses.field(default_factory=lambda: _nobody()[:, 0])


@dataclasses.dataclass(frozen=True)
class Target:
    """A target that is ready to be looked for: its own folder and that of its backbone."""

    folder: Path
    card: TargetCard
    head: Head
    backbone_folder: Path
    backbone: BackboneCard


Card = TypeVar("Card", BackboneCard, TargetCard)


def sha256_of(file: Path) -> str:
    """Hex SHA-256 of a file; read again only when its size or time changed."""
    found = file.stat()
    return _sha256_of(file, found.st_size, found.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _sha256_of(file: Path, _size: int, _changed: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_card(folder: Path, of: type[Card], kind: str) -> Card:
    try:
        raw = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise ArtifactError(f"{folder.name}: there is no card.json in this folder.") from exc
    except (ValueError, OSError) as exc:
        raise ArtifactError(f"{folder.name}: its card.json cannot be read ({exc}).") from exc
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        received = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise ArtifactError(f"{folder.name}: format {received}, this program reads {FORMAT}.")
    if raw.get("kind") != kind:
        raise ArtifactError(f"{folder.name}: a {raw.get('kind')} where a {kind} was expected.")
    if "places" in raw:
        raw["places"] = tuple(raw["places"])
    try:
        return of(**raw)
    except TypeError as exc:
        raise ArtifactError(f"{folder.name}: its card.json is not a {kind}'s ({exc}).") from exc


def load_backbone(folder: Path) -> BackboneCard:
    """Read a backbone's card and check that `model.tflite` is the one it was written for.

    Raises ArtifactError.
    """
    card = _read_card(folder, BackboneCard, "backbone")
    model = folder / "model.tflite"
    if not model.is_file():
        raise ArtifactError(f"{folder.name}: there is no model.tflite in this folder.")
    if sha256_of(model) != card.model_sha256:
        raise ArtifactError(f"{folder.name}: model.tflite is not the one its card was written for.")
    return card


def load_head(folder: Path) -> Head:
    """Read `head.npz`: `weight` (dim,), `bias`, `rivals` (k, dim), `rival_bias` (k,), float32.

    The rivals may be missing. Raises ArtifactError.
    """
    try:
        with np.load(folder / "head.npz", allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in file.files}
            return Head(**{**arrays, "bias": float(arrays["bias"])})
    except (OSError, KeyError, TypeError, ValueError) as exc:
        raise ArtifactError(f"{folder.name}: its head.npz cannot be read ({exc}).") from exc


def load_target(folder: Path, roots: Iterable[Path] = ()) -> Target:
    """Read a target and find its backbone, beside it or in one of `roots`.

    Raises ArtifactError if either is missing or they do not belong together.
    """
    card = _read_card(folder, TargetCard, "target")
    head = load_head(folder)
    for root in (folder.parent, *roots):
        if (root / card.backbone / "card.json").is_file():
            backbone = load_backbone(root / card.backbone)
            break
    else:
        raise ArtifactError(f"{folder.name}: its backbone {card.backbone!r} is not installed.")
    if backbone.model_sha256 != card.backbone_sha256:
        raise ArtifactError(f"{folder.name}: made for another {card.backbone} than is installed.")
    rivals = (len(head.rival_bias), backbone.dim if len(head.rivals) else 1)
    if head.weight.shape != (backbone.dim,) or head.rivals.shape != rivals:
        raise ArtifactError(
            f"{folder.name}: head of shape {head.weight.shape}, rivals {head.rivals.shape}; "
            f"the backbone gives {backbone.dim}."
        )
    return Target(folder, card, head, root / card.backbone, backbone)


def target_names(roots: Iterable[Path]) -> list[str]:
    """Names of the targets in the roots, each once, the first root's before the next's."""
    names: dict[str, None] = {}
    for root in roots:
        names |= {head.parent.name: None for head in sorted(root.glob("*/head.npz"))}
    return list(names)


def find_target(name: str, roots: Iterable[Path] = (PRETRAINED,)) -> Target:
    """The target of that name in the first root that has it. Raises ArtifactError."""
    roots = tuple(roots)
    if name not in target_names(roots):  # a name, never a path: nothing outside the roots
        known = ", ".join(target_names(roots)) or "none"
        raise ArtifactError(f"There is no target {name!r}; installed are: {known}.")
    folder = next(root / name for root in roots if (root / name / "head.npz").is_file())
    return load_target(folder, roots)


def save_card(folder: Path, card: BackboneCard | TargetCard) -> None:
    """Write `card.json`; the folder is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(card), indent=2, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def save_head(folder: Path, head: Head) -> None:
    """Write `head.npz`; the folder is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.float32(value) for name, value in vars(head).items()}
    np.savez(folder / "head.npz", allow_pickle=False, **arrays)
