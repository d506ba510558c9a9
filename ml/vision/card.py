"""`card.json` describes a backbone or a target folder. Its fields are checked when it is read.

A backbone's folder also holds `model.tflite` (the network for scoring), `weights.npz` (float16, for
further training with `monasieve train --backbone`) and `bank.npz` (embeddings of some thousand
negatives: an archive that is far from all of them is unlike what was measured). It may hold
`photographs.npz` and `pages.npz`, which tell such pictures from others (`ml.sieve.kinds`).
"""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from ml.disk import read_json, write_atomically
from ml.errors import ArtifactError

FORMAT = 2
Resize = Literal["letterbox", "stretch"]
Card = TypeVar("Card")

_RENAMED_IN_2 = {"places": "map_shape", "share": "prevalence"}
_FIGURES_RENAMED_IN_2 = {"of_the_target": "positives", "its_artworks": "positive_artworks"}


@dataclasses.dataclass(frozen=True)
class Scale:
    """A size at which the network sees a picture, and the regions there. Raises ValueError."""

    side: int  # pixels of the square input
    map_shape: tuple[int, int]  # rows, columns of the last feature map
    window: int  # cells a region is wide; 0: the whole picture is the only region
    stride: int  # cells between two regions

    def __post_init__(self) -> None:
        if min(self.side, *self.map_shape) < 1:
            raise ValueError("side and map_shape are at least 1")
        if not 0 <= self.window <= min(self.map_shape) or self.stride < bool(self.window):
            raise ValueError(
                f"window {self.window}, stride {self.stride} do not fit map_shape {self.map_shape}"
            )


@dataclasses.dataclass(frozen=True)
class BackboneCard:
    """Describes a backbone and how a picture is fitted to its input. Raises ValueError.

    `side`, `map_shape`, `window` and `stride` are those of the first scale.
    """

    name: str
    network: Literal["mona_lite", "mona_cnn"]
    config: Mapping[str, Any]
    side: int
    resize: Resize
    map_shape: tuple[int, int]
    dim: int  # width of an embedding
    window: int
    stride: int
    model_sha256: str
    weights_sha256: str
    created: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    close: Scale | None = None  # a finer scale for small figures; None: there is one scale
    unlike_from: float | None = None  # mean distance to the bank, see `ml.scoring.unlikeness`
    format: int = FORMAT
    kind: str = "backbone"

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise ValueError("dim is at least 1")
        if self.unlike_from is not None and not 0 < self.unlike_from <= 2:
            raise ValueError("unlike_from lies above 0 and not above 2")
        if self.close and self.close.side <= self.scale.side:
            raise ValueError(f"the close scale of {self.close.side} pixels is not the finer one")

    @property
    def scale(self) -> Scale:
        """The first scale, at which every picture is seen."""
        return Scale(self.side, self.map_shape, self.window, self.stride)

    @property
    def finest_side(self) -> int:
        """Pixels of the largest square that a picture is laid into."""
        return self.close.side if self.close else self.side


def read_card(folder: Path, card: type[Card], kind: str) -> Card:
    """Read and check `card.json`, also one of format 1. Raises ArtifactError with the reason."""
    try:
        raw = read_json(folder / "card.json")
    except FileNotFoundError as exc:
        raise ArtifactError(f"{folder.name}: there is no card.json in this folder.") from exc
    except (ValueError, OSError) as exc:
        raise ArtifactError(f"{folder.name}: its card.json cannot be read ({exc}).") from exc
    if not isinstance(raw, dict) or raw.get("format") not in (1, FORMAT):
        received = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise ArtifactError(f"{folder.name}: format {received!r}, this program reads {FORMAT}.")
    if raw.get("kind") != kind:
        raise ArtifactError(f"{folder.name}: a {raw.get('kind')!r} where a {kind} was expected.")
    try:
        return build_record(card, upgrade_card(raw))
    except (ValueError, TypeError) as exc:
        raise ArtifactError(f"{folder.name}: its card.json is not a {kind}'s ({exc}).") from exc


def write_card(folder: Path, card: Any) -> None:
    """Write `card.json` into the folder, and make the folder if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(card), indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "card.json", [text.encode() + b"\n"])


def upgrade_card(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card with the field names of format 2; a card of format 2 stays as it is."""
    card = dict(raw)
    if card["format"] == FORMAT:
        return card
    card = {_RENAMED_IN_2.get(name, name): value for name, value in card.items()}
    card["format"] = FORMAT
    if card["kind"] == "target":
        card["calibration"] = {
            "slope": card.pop("slope", None),
            "intercept": card.pop("intercept", None),
            "lapse_rate": card.pop("lapse", 0.0),
        }
    for part in ("figures", "data"):
        if isinstance(card.get(part), dict):
            card[part] = {_FIGURES_RENAMED_IN_2.get(k, k): v for k, v in card[part].items()}
    return card


def build_record(record: type[Card], raw: Mapping[str, Any]) -> Card:
    """Build a dataclass from JSON values, each checked against its field's type.

    Raises TypeError or ValueError naming the field, what it held and what it may hold.
    """
    kinds = typing.get_type_hints(record)
    checked = {
        name: _check(name, value, kinds[name]) if name in kinds else value
        for name, value in raw.items()
    }
    return record(**checked)


def _check(name: str, value: Any, kind: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return build_record(typing.cast("type[Any]", kind), value)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        if value is None:
            return None
        return _check(name, value, next(k for k in arguments if k is not types.NoneType))
    if origin is Literal and value in arguments:
        return value
    if origin is tuple and isinstance(value, list) and len(value) == len(arguments):
        return tuple(_check(name, v, k) for v, k in zip(value, arguments, strict=True))
    if origin is Mapping and isinstance(value, dict):
        return {key: _check(f"{name}.{key}", v, arguments[1]) for key, v in value.items()}
    if kind is Any or (kind is str and isinstance(value, str)):
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and number and math.isfinite(value):
        return float(value)
    if kind is int and number and isinstance(value, int):
        return value
    wanted = kind.__name__ if isinstance(kind, type | types.GenericAlias) else kind
    raise TypeError(f"{name} is {value!r}, not {wanted}")
