"""Write a target's folder: a head, and a card calibrated and measured on held-out scores."""

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.metrics import (
    bootstrap,
    compute_average_precision,
    compute_curve,
    compute_reliability,
    compute_threshold_curve,
    estimate_rate,
)
from ml.scoring.calibration import Calibration, calibrate, cross_calibrate
from ml.scoring.head import Head, save_head
from ml.targets.card import TargetCard
from ml.vision.backbone import load_backbone
from ml.vision.card import write_card

_PRECISION = 0.95  # of one of the recommended thresholds


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Pictures with the scores of heads and backbones that never saw their artwork."""

    scores: NDArray[np.float32]  # (n,), before calibration
    labels: NDArray[np.bool_]  # (n,): the target is in the picture
    artworks: NDArray[np.str_]  # (n,)
    folds: NDArray[np.int64]  # (n,): which head and backbone scored it

    def compute_probabilities(self) -> NDArray[np.float64]:
        """Return float64 (n,), each calibrated without its fold, at these pictures' prevalence."""
        prevalence = self.labels.mean()
        evidence = cross_calibrate(self.scores, self.labels, self.folds)
        odds = np.exp(evidence) * prevalence / (1 - prevalence)
        probabilities: NDArray[np.float64] = odds / (1 + odds)
        return probabilities


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What held-out scores say about a head, for its card."""

    calibration: Calibration
    prevalence: float  # of the held-out pictures
    thresholds: Mapping[str, float]
    figures: Mapping[str, Any]


def measure(held_out: HeldOut) -> Measurement:
    """Calibrate on held-out scores and measure on them.

    The calibration comes from all of them. The figures come from probabilities by the other folds'
    calibration. The thresholds are chosen on these pictures.
    """
    thresholds = recommend_thresholds(held_out.labels, held_out.compute_probabilities())
    return Measurement(
        calibration=calibrate(held_out.scores, held_out.labels),
        prevalence=float(held_out.labels.mean()),
        thresholds=thresholds,
        figures=compute_figures(held_out, thresholds),
    )


def save_target(
    folder: Path,
    head: Head | int,
    measurement: Measurement,
    backbone: Path,
    *,
    title: str,
    version: int,
    split: str,
    seed: int,
    data: Mapping[str, Any],
) -> TargetCard:
    """Write `card.json` and `head.npz`."""
    card = TargetCard(
        name=folder.name,
        title=title,
        version=version,
        backbone=backbone.name,
        backbone_sha256=load_backbone(backbone).model_sha256,
        calibration=measurement.calibration,
        prevalence=measurement.prevalence,
        thresholds=measurement.thresholds,
        figures=measurement.figures,
        data=dict(data),
        split=split,
        seed=seed,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )
    write_card(folder, card)
    save_head(folder, head)
    return card


def recommend_thresholds(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64]
) -> dict[str, float]:
    """Return confidences to choose from, at the prevalence of the held-out pictures.

    `precision_95` is left out if the threshold of the best F1 is as precise. A threshold lies
    half-way, in log-odds, between the last picture kept and the next one.
    """
    curve = compute_curve(labels, probabilities)
    thresholds = {"best_f1": curve.find_best_f1()[1]}
    precise = curve.find_threshold(_PRECISION)
    if precise is not None and precise > thresholds["best_f1"]:
        thresholds["precision_95"] = precise
    return {name: _lower_to_middle(probabilities, value) for name, value in thresholds.items()}


def _lower_to_middle(probabilities: NDArray[np.float64], kept: float) -> float:
    lower = probabilities[probabilities < kept]
    if not len(lower):
        return kept
    ends = np.clip([kept, lower.max()], 1e-12, 1 - 1e-12)
    middle = float(1 / (1 + np.exp(-np.log(ends / (1 - ends)).mean())))
    rounded = round(middle, 4)
    return rounded if ends[1] < rounded <= ends[0] else middle


def compute_figures(held_out: HeldOut, thresholds: Mapping[str, float]) -> dict[str, Any]:
    """Return the card's figures on the held-out pictures, with 95 % intervals over artworks.

    Args:
        thresholds: those of the card.
    """
    labels, artworks = held_out.labels, held_out.artworks
    probabilities = held_out.compute_probabilities()
    scores = held_out.scores.astype(np.float64)
    low, high = bootstrap(compute_average_precision, labels, scores, artworks)
    figures: dict[str, Any] = {
        "pictures": len(labels),
        "positives": int(labels.sum()),
        "positive_artworks": len(np.unique(artworks[labels])),
        "average_precision": {
            "value": compute_average_precision(labels, scores),
            "low": low,
            "high": high,
        },
    }
    for name, confidence in {**thresholds, "at_0.95": 0.95}.items():
        kept = probabilities >= confidence
        figures[name] = {
            "confidence": confidence,
            "kept": int(kept.sum()),
            "wrongly_kept": int((kept & ~labels).sum()),
            "precision": estimate_rate("precision", labels, kept, artworks),
            "recall": estimate_rate("recall", labels, kept, artworks),
            "f1": estimate_rate("f1", labels, kept, artworks),
        }
    figures["threshold_curve"] = list(compute_threshold_curve(labels, probabilities))
    figures["reliability"] = [
        dataclasses.asdict(part) for part in compute_reliability(labels, probabilities)
    ]
    return figures
