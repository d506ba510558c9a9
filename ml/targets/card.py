"""`TargetCard`: a target's name, its calibration, and its figures on held-out pictures."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml.scoring.calibration import Calibration
from ml.vision.card import FORMAT


@dataclasses.dataclass(frozen=True)
class TargetCard:
    """The card of a target. Raises ValueError for a value out of range."""

    name: str
    title: str
    version: int
    backbone: str  # name of its folder
    backbone_sha256: str  # the backbone's model_sha256
    calibration: Calibration
    prevalence: float  # of the target where it was calibrated, 0..1
    thresholds: Mapping[str, float]  # recommended ones, 0..1
    figures: Mapping[str, Any]
    data: Mapping[str, Any]
    split: str
    seed: int
    created: str
    format: int = FORMAT
    kind: str = "target"

    def __post_init__(self) -> None:
        if Path(self.backbone).parts != (self.backbone,) or self.backbone == "..":
            raise ValueError(f"backbone is {self.backbone!r}, not the name of a folder")
        if not 0.0 < self.prevalence < 1.0:
            raise ValueError(f"prevalence is {self.prevalence}, not between 0 and 1")
        if not all(0.0 <= value <= 1.0 for value in self.thresholds.values()):
            raise ValueError(f"thresholds are {dict(self.thresholds)}, not from 0 to 1")
