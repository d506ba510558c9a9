"""Weights that a training starts from: random, ImageNet's, or those of a trained backbone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.disk import compute_sha256
from ml.errors import ArtifactError
from ml.vision.card import BackboneCard, read_card
from ml.vision.networks import load_imagenet, set_weights

if TYPE_CHECKING:
    from pathlib import Path

    import keras


@dataclasses.dataclass(frozen=True)
class Start:
    """Files with the first weights of a base. Without any they are random."""

    imagenet: Path | None = None  # EfficientNet-Lite0's, under their original names
    backbone: Path | None = None  # folder of a trained backbone; used instead of `imagenet`

    @property
    def is_random(self) -> bool:
        """No file is named."""
        return self.imagenet is None and self.backbone is None

    def compute_digest(self) -> str:
        """Hex SHA-256 of the file that is used; empty for random weights."""
        if self.backbone is not None:
            return compute_sha256(self.backbone / "weights.npz")
        return compute_sha256(self.imagenet) if self.imagenet else ""


def load_start(backbone: keras.Model, start: Start) -> None:
    """Fill a backbone with the first weights; random ones stay. Raises ArtifactError."""
    if start.backbone is not None:
        load_backbone_weights(backbone, start.backbone)
    elif start.imagenet is not None:
        load_imagenet(backbone, start.imagenet)


def load_backbone_weights(backbone: keras.Model, folder: Path) -> None:
    """Fill a backbone from a folder's `weights.npz`, whose checksum its card states.

    Raises ArtifactError if the file is missing, is not the card's, or does not fit the network.
    """
    card = read_card(folder, BackboneCard, "backbone")
    file = folder / "weights.npz"
    if not file.is_file():
        raise ArtifactError(f"{folder.name}: there is no weights.npz in this folder.")
    if compute_sha256(file) != card.weights_sha256:
        raise ArtifactError(f"{folder.name}: weights.npz is not the one its card was written for.")
    with np.load(file, allow_pickle=False) as arrays:
        try:
            set_weights(backbone, dict(arrays))
        except ValueError as exc:
            raise ArtifactError(f"{folder.name}: {exc}") from exc
