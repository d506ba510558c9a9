"""Which pictures are of a kind in which no target was measured: photographs, pages.

A file of a backbone's folder per kind has a head on what the backbone's inner layers hold of a
picture. `bench/photographs.py` and `bench/pages.py` write them, and docs/estimates.md says how good
they are. A head fits one model only, so its file also holds that model's SHA-256. A folder may be
without any.
"""

import dataclasses
import enum
import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.errors import ArtifactError
from ml.scoring.head import read_arrays
from ml.scoring.kind_counts import KindCounts
from ml.vision.backbone import load_backbone
from ml.vision.card import BackboneCard
from ml.vision.inner_layers import InnerLayers


class Kind(enum.StrEnum):
    """A kind of pictures; the value names its file."""

    PHOTOGRAPH = "photographs"
    PAGE = "pages"  # of comics or of text

    @property
    def file(self) -> str:
        return f"{self.value}.npz"


@dataclasses.dataclass(frozen=True)
class KindHead:
    """A line between the pictures of a kind and all others."""

    blocks: tuple[int, ...]  # of the network
    weight: NDArray[np.float32]
    bias: float  # so that few others score above 0

    def score(self, measured: NDArray[np.float16]) -> NDArray[np.float32]:
        """Return scores, float32 (n,), of what `InnerLayers.measure` said of n pictures."""
        scores: NDArray[np.float32] = measured.astype(np.float32) @ self.weight + np.float32(
            self.bias
        )
        return scores


class KindDetector:
    """Tells the kinds of pictures that are decoded already."""

    def __init__(self, folder: Path, heads: Mapping[Kind, KindHead]) -> None:
        """Load a backbone's inner layers. Raises ArtifactError."""
        self._heads = heads
        self._layers = {
            blocks: InnerLayers(folder, blocks)
            for blocks in {head.blocks for head in heads.values()}
        }

    def find_kinds(self, image: Image.Image) -> list[Kind]:
        """Return the kinds that an RGB picture looks like, often none."""
        measured = {
            blocks: layers.measure(image)[np.newaxis] for blocks, layers in self._layers.items()
        }
        return [
            kind for kind, head in self._heads.items() if head.score(measured[head.blocks])[0] > 0
        ]


def load_detector(folder: Path, card: BackboneCard) -> KindDetector:
    """Load a backbone's heads, without those for another model, and make a detector of them.

    Raises ArtifactError for a damaged one.
    """
    heads: dict[Kind, KindHead] = {}
    for kind in Kind:
        if (folder / kind.file).exists():
            head, model = read_arrays(folder, kind.file, _read_head)
            if model == card.model_sha256:
                heads[kind] = head
    detector = KindDetector(folder, heads)
    try:
        detector.find_kinds(Image.new("RGB", (card.side, card.side)))
    except ValueError as exc:
        files = " or ".join(kind.file for kind in heads)
        what = f"its {files} does not fit its network ({exc})"
        raise ArtifactError(f"{folder.name}: {what}.") from exc
    return detector


def find_detector(folder: Path) -> KindDetector | None:
    """Return a backbone's detector, which stays in this process; None if a head is damaged."""
    files = [folder / kind.file for kind in Kind]
    return _find_detector(folder, tuple(f.stat().st_mtime_ns for f in files if f.exists()))


@functools.lru_cache(maxsize=2)
def _find_detector(folder: Path, _times: tuple[int, ...]) -> KindDetector | None:
    """Load a detector again only if its heads were written anew since."""
    try:
        return load_detector(folder, load_backbone(folder))
    except ArtifactError:
        return None


def count_kinds(found: Iterable[Sequence[Kind] | None]) -> KindCounts:
    """Count the kinds of pictures. None: nobody looked at the picture."""
    looked_at = [kinds for kinds in found if kinds is not None]
    counts = Counter(kind for kinds in looked_at for kind in kinds)
    return KindCounts(
        pictures=len(looked_at), photographs=counts[Kind.PHOTOGRAPH], pages=counts[Kind.PAGE]
    )


def save_head(folder: Path, card: BackboneCard, kind: Kind, head: KindHead) -> None:
    """Write a head beside the backbone that it was fitted for."""
    np.savez_compressed(
        folder / kind.file,
        blocks=np.array(head.blocks, np.int16),
        weight=head.weight.astype(np.float32),
        bias=np.float32(head.bias),
        model=np.frombuffer(bytes.fromhex(card.model_sha256), np.uint8),
    )


def _read_head(arrays: dict[str, NDArray[np.float32]]) -> tuple[KindHead, str]:
    """Return the head and its model's SHA-256. Raises ValueError."""
    weight, bias = arrays["weight"], float(arrays["bias"])
    if weight.ndim != 1 or not np.isfinite(weight).all() or not np.isfinite(bias):
        raise ValueError("its weights are no finite numbers in a row")
    blocks = tuple(int(block) for block in arrays["blocks"])
    model = arrays["model"].astype(np.uint8).tobytes().hex()
    return KindHead(blocks, weight, bias), model
