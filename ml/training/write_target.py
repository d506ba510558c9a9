"""Make a target: from held-out scores to a calibrated card with honest figures."""

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.metrics import average_precision, bootstrap, curve, interval
from ml.scoring.calibration import calibrate, cross_calibrate
from ml.scoring.head import Head, save_head
from ml.targets.card import TargetCard
from ml.vision.backbone import load_backbone
from ml.vision.card import write_card

_PRECISION = 0.95  # wanted of one of the recommended thresholds


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Pictures with the scores of heads and backbones that never saw their artwork."""

    scores: NDArray[np.float32]  # (n,), before calibration
    labels: NDArray[np.bool_]  # (n,): the target is there
    artworks: NDArray[np.str_]  # (n,)
    folds: NDArray[np.int64]  # (n,): which head and backbone scored it

    def probabilities(self) -> NDArray[np.float64]:
        """At the share of these pictures, each calibrated without its fold: float64 (n,)."""
        share = self.labels.mean()
        evidence = cross_calibrate(self.scores, self.labels, self.folds)
        found: NDArray[np.float64] = 1 / (1 + np.exp(-evidence) * (1 - share) / share)
        return found


def save_target(
    folder: Path,
    head: Head,
    held_out: HeldOut,
    backbone: Path,
    *,
    title: str,
    version: int,
    split: str,
    seed: int,
    data: Mapping[str, Any],
) -> TargetCard:
    """Calibrate on the held-out scores, measure on them, write `card.json` and `head.npz`.

    What ships is calibrated on all of them. Thresholds and figures are not: they are those of
    probabilities that the other folds' calibration gives. The thresholds fit these pictures best.
    """
    calibration = calibrate(held_out.scores, held_out.labels)
    thresholds = recommended(held_out.labels, held_out.probabilities())
    card = TargetCard(
        name=folder.name,
        title=title,
        version=version,
        backbone=backbone.name,
        backbone_sha256=load_backbone(backbone).model_sha256,
        calibration=calibration,
        prevalence=float(held_out.labels.mean()),
        thresholds=thresholds,
        figures=figures(held_out, thresholds),
        data=dict(data),
        split=split,
        seed=seed,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )
    write_card(folder, card)
    save_head(folder, head)
    return card


def recommended(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """Confidences to choose from, at the share of the held-out pictures, 0..1.

    The precise one is left out where the best F1 is as precise already. A threshold lies half-way,
    in log-odds, between the last picture kept and the next one.
    """
    swept = curve(labels, probabilities)
    wanted = {"best_f1": swept.best_f1()[1]}
    precise = swept.threshold_at_precision(_PRECISION)
    if precise is not None and precise > wanted["best_f1"]:
        wanted["precision_95"] = precise
    return {name: _between(probabilities, value) for name, value in wanted.items()}


def _between(probabilities: NDArray[np.float64], kept: float) -> float:
    lower = probabilities[probabilities < kept]
    if not len(lower):
        return kept
    ends = np.clip([kept, lower.max()], 1e-12, 1 - 1e-12)
    middle = float(1 / (1 + np.exp(-np.log(ends / (1 - ends)).mean())))
    rounded = round(middle, 4)
    return rounded if ends[1] < rounded <= ends[0] else middle


def figures(held_out: HeldOut, thresholds: Mapping[str, float]) -> dict[str, Any]:
    """What the card says of the held-out pictures, with 95 % intervals over artworks.

    Args:
        thresholds: those of the card.
    """
    labels, artworks = held_out.labels, held_out.artworks
    probabilities = held_out.probabilities()
    scores = held_out.scores.astype(np.float64)
    low, high = bootstrap(average_precision, labels, scores, artworks)
    found: dict[str, Any] = {
        "pictures": len(labels),
        "positives": int(labels.sum()),
        "positive_artworks": len(np.unique(artworks[labels])),
        "average_precision": {
            "value": average_precision(labels, scores),
            "low": low,
            "high": high,
        },
    }
    for name, confidence in {**thresholds, "at_0.95": 0.95}.items():
        chosen = probabilities >= confidence
        found[name] = {
            "confidence": confidence,
            "kept": int(chosen.sum()),
            "wrongly_kept": int((chosen & ~labels).sum()),
            "precision": interval("precision", labels, chosen, artworks),
            "recall": interval("recall", labels, chosen, artworks),
            "f1": interval("f1", labels, chosen, artworks),
        }
    return found
