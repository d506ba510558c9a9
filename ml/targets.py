"""Make a target: from held-out scores to a calibrated card with honest figures."""

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.artifact import Head, TargetCard, load_backbone, save_card, save_head
from ml.heads import calibrate
from ml.metrics import PaperTable, average_precision, bootstrap, curve

_PRECISION = 0.95  # wanted of one of the recommended thresholds
Statistic = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Pictures with the scores of heads and backbones that never saw their artwork."""

    scores: NDArray[np.float32]  # (n,), before calibration
    labels: NDArray[np.bool_]  # (n,): the target is there
    artworks: NDArray[np.str_]  # (n,)


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

    The calibration has two parameters and is fitted on the scores it is measured on; everything
    else that the figures speak of comes from pictures that no part of the target saw.
    """
    labels = held_out.labels
    slope, intercept = calibrate(held_out.scores, labels)
    share = float(labels.mean())
    evidence = held_out.scores.astype(np.float64) * slope + intercept
    probabilities = 1 / (1 + np.exp(-(evidence + np.log(share / (1 - share)))))
    thresholds = recommended(labels, probabilities)
    card = TargetCard(
        name=folder.name,
        title=title,
        version=version,
        backbone=backbone.name,
        backbone_sha256=load_backbone(backbone).model_sha256,
        slope=slope,
        intercept=intercept,
        share=share,
        thresholds=thresholds,
        figures=figures(held_out, probabilities, thresholds),
        data=dict(data),
        split=split,
        seed=seed,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )
    save_card(folder, card)
    save_head(folder, head)
    return card


def recommended(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """Confidences to choose from, at the share of the held-out pictures, 0..1.

    A threshold lies half-way, in log-odds, between the last picture kept and the next one.
    """
    swept = curve(labels, probabilities)
    wanted = {"best_f1": swept.best_f1()[1]}
    if (precise := swept.threshold_at_precision(_PRECISION)) is not None:
        wanted["precision_95"] = precise
    return {name: _between(probabilities, value) for name, value in wanted.items()}


def _between(probabilities: NDArray[np.float64], kept: float) -> float:
    lower = probabilities[probabilities < kept]
    if not len(lower):
        return kept
    ends = np.array([kept, lower.max()])
    middle = float(np.log(ends / (1 - ends)).mean())
    return round(float(1 / (1 + np.exp(-middle))), 4)


def figures(
    held_out: HeldOut, probabilities: NDArray[np.float64], thresholds: Mapping[str, float]
) -> dict[str, Any]:
    """What the card says of the held-out pictures, with 95 % intervals over artworks."""
    labels, artworks = held_out.labels, held_out.artworks

    def figure(statistic: Statistic) -> dict[str, float]:
        low, high = bootstrap(statistic, labels, probabilities, artworks)
        return {"value": statistic(labels, probabilities), "low": low, "high": high}

    counts = {
        "pictures": len(labels),
        "of_the_target": int(labels.sum()),
        "its_artworks": len(np.unique(artworks[labels])),
    }
    found: dict[str, Any] = {**counts, "average_precision": figure(average_precision)}
    for name, threshold in {**thresholds, "at_0.95": 0.95}.items():
        kept = probabilities >= threshold
        found[name] = {
            "confidence": threshold,
            "kept": int(kept.sum()),
            "wrongly_kept": int((kept & ~labels).sum()),
            "precision": figure(_at(threshold, "precision")),
            "recall": figure(_at(threshold, "recall")),
            "f1": figure(_at(threshold, "f1")),
        }
    return found


def _at(threshold: float, name: str) -> Statistic:
    def statistic(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> float:
        return float(getattr(PaperTable.of(labels, probabilities >= threshold), name))

    return statistic
