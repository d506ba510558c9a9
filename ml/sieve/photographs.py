"""Which pictures look like photographs.

`photographs.npz` of a backbone's folder has a head on what the backbone's inner layers hold of
a picture. `bench/photographs.py` writes it, and docs/estimates.md says how good it is. It fits one
model only, so it also holds that model's SHA-256. A folder may be without it.
"""

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.errors import ArtifactError
from ml.scoring.head import read_arrays
from ml.vision.card import BackboneCard
from ml.vision.inner_layers import InnerLayers

FILE = "photographs.npz"


@dataclasses.dataclass(frozen=True)
class PhotographHead:
    """A line between photographs and drawn pictures."""

    blocks: tuple[int, ...]  # of the network
    weight: NDArray[np.float32]
    bias: float  # so that few drawn pictures score above 0

    def score(self, measured: NDArray[np.float16]) -> NDArray[np.float32]:
        """Return scores, float32 (n,), of what `InnerLayers.measure` said of n pictures."""
        scores: NDArray[np.float32] = measured.astype(np.float32) @ self.weight + np.float32(
            self.bias
        )
        return scores


class PhotographDetector:
    """Tells photographs, for pictures that are decoded already."""

    def __init__(self, folder: Path, head: PhotographHead) -> None:
        """Load a backbone's inner layers. Raises ArtifactError."""
        self._layers = InnerLayers(folder, head.blocks)
        self._head = head

    def is_photograph(self, image: Image.Image) -> bool:
        """Tell whether an RGB picture looks like a photograph."""
        return bool(self._head.score(self._layers.measure(image)[np.newaxis])[0] > 0)


def load_detector(folder: Path, card: BackboneCard) -> PhotographDetector | None:
    """Load a backbone's detector; None if it has none, or one for another model.

    Raises ArtifactError for a damaged one.
    """
    if not (folder / FILE).exists():
        return None
    head, model = read_arrays(folder, FILE, _read_head)
    if model != card.model_sha256:
        return None
    detector = PhotographDetector(folder, head)
    blank = Image.new("RGB", (card.side, card.side))
    try:
        detector.is_photograph(blank)
    except ValueError as exc:
        raise ArtifactError(f"{folder.name}: its {FILE} does not fit its network ({exc}).") from exc
    return detector


def save_head(folder: Path, card: BackboneCard, head: PhotographHead) -> None:
    """Write a head beside the backbone that it was fitted for."""
    np.savez_compressed(
        folder / FILE,
        blocks=np.array(head.blocks, np.int16),
        weight=head.weight.astype(np.float32),
        bias=np.float32(head.bias),
        model=np.frombuffer(bytes.fromhex(card.model_sha256), np.uint8),
    )


def _read_head(arrays: dict[str, NDArray[np.float32]]) -> tuple[PhotographHead, str]:
    """Return the head and its model's SHA-256. Raises ValueError."""
    weight, bias = arrays["weight"], float(arrays["bias"])
    if weight.ndim != 1 or not np.isfinite(weight).all() or not np.isfinite(bias):
        raise ValueError("its weights are no finite numbers in a row")
    blocks = tuple(int(block) for block in arrays["blocks"])
    model = arrays["model"].astype(np.uint8).tobytes().hex()
    return PhotographHead(blocks, weight, bias), model
