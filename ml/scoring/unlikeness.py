"""How unlike an archive is to the pictures that heads were calibrated on.

A picture's distance is 1 minus its largest cosine to an embedding of the backbone's bank: negatives
that no training saw, on which calibrations are fitted. Pictures far from all of them get evidence
above zero wrongly more often (docs/estimates.md says how much). The *unlikeness* of an archive is
its mean distance divided by the card's `unlike_from`, which few held-out sources exceed: above 1,
expect more mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.head import read_arrays

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.vision.card import BackboneCard

LEAST_PICTURES = 20
"""The mean of fewer says little."""


def measure_unlikeness(
    backbone: Path, card: BackboneCard, embeddings: Iterable[NDArray[np.float16]]
) -> float | None:
    """Return the unlikeness of an archive; None if there is no measure or too few pictures.

    Args:
        backbone: its folder.
        embeddings: blocks of pictures, float16 (n, regions, dim).

    Raises ArtifactError for a damaged bank.
    """
    if card.unlike_from is None:
        return None
    bank = read_arrays(backbone, "bank.npz", lambda arrays: arrays["embeddings"])
    blocks = [measure_distances(block[:, 0], bank) for block in embeddings]
    distances = np.concatenate([np.zeros(0, np.float32), *blocks])
    if len(distances) < LEAST_PICTURES:
        return None
    return float(distances.mean()) / card.unlike_from


def is_unlike(unlikeness: float | None) -> bool:
    """Tell whether to expect more mistakes. None: not measured."""
    return unlikeness is not None and unlikeness > 1


def describe_unlikeness(unlikeness: float | None, title: str) -> str | None:
    """Return a sentence if an archive is unlike the calibration's pictures, else None.

    Args:
        title: of the target.
    """
    if not is_unlike(unlikeness):
        return None
    return (
        f"This archive is unlike the pictures that {title} was measured on: expect more mistakes."
    )


def measure_distances(
    embeddings: NDArray[np.float16], bank: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return each picture's distance to the bank, float32 (n,), 0 (in the bank) to 2.

    Args:
        embeddings: float16 (n, dim), of whole pictures.
        bank: float32 (m, dim).
    """
    cosines = _normalize(embeddings.astype(np.float32)) @ _normalize(bank).T
    distances: NDArray[np.float32] = 1 - cosines.max(axis=1)
    return distances


def _normalize(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-6))
    return unit
