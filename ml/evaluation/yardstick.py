"""The yardstick: figures of a target on sources that no training saw, at 2 % positives.

A source is a repository. All pictures of a held-out source are new to the network, and so are its
kinds of wallpapers, cards and screenshots: this is as in a user's archive. Pictures are weighted so
that positives have 2 % of the weight, because precision depends on the prevalence. Intervals are
bootstraps over the positives' artworks and the negatives' sources.
"""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.metrics import EDGES, Labels, Scores, bootstrap, estimate_rate
from ml.evaluation.metrics import THRESHOLDS as CURVE_THRESHOLDS

PREVALENCE = 0.02
THRESHOLDS = (0.5, 0.95)

Statistic = Callable[[Labels, Scores, Scores], float]  # of labels, scores, weights


@dataclasses.dataclass(frozen=True)
class HeldOutPictures:
    """Pictures of held-out sources, row by row, and one target's scores of them."""

    labels: Labels  # (n,)
    evidence: Scores  # (n,), natural log
    probabilities: Scores  # (n,), 0..1, at the yardstick's prevalence
    artworks: NDArray[np.str_]  # (n,)
    sources: NDArray[np.str_]  # (n,)


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """One figure of the yardstick with its 95 % interval."""

    name: str
    value: float
    low: float
    high: float


def measure(pictures: HeldOutPictures) -> list[Reading]:
    """Return all figures: first with pictures, then with artworks as the unit of positives."""
    readings = []
    for unit in ("picture", "artwork"):
        weights = _weigh(pictures, by_artwork=unit == "artwork")
        evidence, probabilities = pictures.evidence, pictures.probabilities
        rows: list[tuple[str, Scores, Statistic]] = [
            ("average precision", evidence, compute_average_precision),
            ("best F1", evidence, compute_best_f1),
        ]
        for threshold in THRESHOLDS:
            rows += [
                (
                    f"precision at {threshold}",
                    probabilities,
                    _rate_at(threshold, compute_precision),
                ),
                (f"recall at {threshold}", probabilities, _rate_at(threshold, compute_recall)),
            ]
        for name, scores, statistic in rows:
            readings.append(
                _make_reading(f"{name} by {unit}", pictures, scores, weights, statistic)
            )
    return readings


def make_figures(pictures: HeldOutPictures, readings: list[Reading]) -> dict[str, Any]:
    """Return the figures by picture as a target's card holds them, with the counts behind them.

    Args:
        readings: from `measure` of these pictures.
    """
    labels, by_name = pictures.labels, {reading.name: reading for reading in readings}
    figures: dict[str, Any] = {
        "pictures": len(labels),
        "positives": int(labels.sum()),
        "positive_artworks": len(np.unique(pictures.artworks[labels])),
        "prevalence": PREVALENCE,
        "average_precision": _make_figure(by_name["average precision by picture"]),
        "best_f1": _make_figure(by_name["best F1 by picture"]),
    }
    names: tuple[Literal["precision", "recall"], ...] = ("precision", "recall")
    for threshold in THRESHOLDS:
        kept = pictures.probabilities >= threshold
        rates = {name: _make_figure(by_name[f"{name} at {threshold} by picture"]) for name in names}
        for name in names:
            if rates[name]["value"] in (0.0, 1.0):  # a bootstrap has no spread there
                rates[name] = estimate_rate(name, labels, kept, pictures.artworks)
        figures[f"at_{threshold}"] = {
            "confidence": threshold,
            "kept": int(kept.sum()),
            "wrongly_kept": int((kept & ~labels).sum()),
            **rates,
        }
    weights = _scale_to_prevalence(labels, np.ones(len(labels)))
    figures["threshold_curve"] = _make_threshold_curve(pictures, weights)
    figures["reliability"] = _make_reliability(pictures, weights)
    return figures


def _make_threshold_curve(pictures: HeldOutPictures, weights: Scores) -> list[dict[str, float]]:
    """Return the rates at each of `CURVE_THRESHOLDS`; `kept` counts pictures without weights."""
    curve = []
    for threshold in CURVE_THRESHOLDS:
        kept = pictures.probabilities >= threshold
        precision = compute_precision(pictures.labels, kept, weights)
        recall = compute_recall(pictures.labels, kept, weights)
        both = precision + recall
        curve.append(
            {
                "threshold": threshold,
                "kept": int(kept.sum()),
                "precision": precision,
                "recall": recall,
                "f1": 2 * precision * recall / both if both else 0.0,
            }
        )
    return curve


def _make_reliability(pictures: HeldOutPictures, weights: Scores) -> list[dict[str, float]]:
    """Return said and true rates of each stretch of `EDGES`; `count` has no weights."""
    bins = []
    for low, high in itertools.pairwise(EDGES):
        is_last = high == EDGES[-1]
        p = pictures.probabilities
        inside = (p >= low) & ((p < high) | is_last)
        if inside.any():
            part = weights[inside]
            bins.append(
                {
                    "low": low,
                    "high": high,
                    "count": int(inside.sum()),
                    "mean_probability": float(np.average(p[inside], weights=part)),
                    "observed": float(np.average(pictures.labels[inside], weights=part)),
                }
            )
    return bins


def _make_figure(reading: Reading) -> dict[str, float]:
    return {"value": reading.value, "low": reading.low, "high": reading.high}


def _make_reading(
    name: str, pictures: HeldOutPictures, scores: Scores, weights: Scores, statistic: Statistic
) -> Reading:
    def from_columns(labels: Labels, columns: Scores) -> float:
        return statistic(labels, columns[:, 0], _scale_to_prevalence(labels, columns[:, 1]))

    groups = np.where(pictures.labels, pictures.artworks, pictures.sources)
    columns = np.stack([scores, weights], axis=1)
    low, high = bootstrap(from_columns, pictures.labels, columns, groups)
    return Reading(name, from_columns(pictures.labels, columns), low, high)


def _weigh(pictures: HeldOutPictures, *, by_artwork: bool) -> Scores:
    weights = np.ones(len(pictures.labels))
    if by_artwork:
        for artwork in np.unique(pictures.artworks[pictures.labels]):
            rows = pictures.labels & (pictures.artworks == artwork)
            weights[rows] = 1 / rows.sum()
    return weights


def _scale_to_prevalence(labels: Labels, weights: Scores) -> Scores:
    """Scale the negatives' weights so that positives have 2 % of the whole weight."""
    ratio = (1 - PREVALENCE) / PREVALENCE * weights[labels].sum() / weights[~labels].sum()
    scaled: Scores = np.where(labels, weights, weights * ratio)
    return scaled


def repeat_positives(labels: Labels) -> NDArray[np.int64]:
    """Return rows (m,) of an archive with 2 % positives: each positive occurs several times."""
    wanted = PREVALENCE / (1 - PREVALENCE) * (~labels).sum() / max(1, labels.sum())
    times = np.where(labels, max(1, round(float(wanted))), 1)
    rows: NDArray[np.int64] = np.repeat(np.arange(len(labels)), times)
    return rows


def compute_average_precision(labels: Labels, scores: Scores, weights: Scores) -> float:
    """Return the area under precision over recall, as a sum of steps."""
    precisions, recalls = _compute_curve(labels, scores, weights)
    return float((np.diff(recalls, prepend=0.0) * precisions).sum())


def compute_best_f1(labels: Labels, scores: Scores, weights: Scores) -> float:
    """Return F1 at the best threshold, which is chosen on these pictures: a little too high."""
    precisions, recalls = _compute_curve(labels, scores, weights)
    both = precisions + recalls
    products = 2 * precisions * recalls
    return float(np.divide(products, both, out=np.zeros_like(both), where=both > 0).max())


def compute_precision(labels: Labels, kept: Labels, weights: Scores) -> float:
    """Return the weight of kept positives in all that is kept; 1 if nothing is kept."""
    total = weights[kept].sum()
    return float(weights[kept & labels].sum() / total) if total else 1.0


def compute_recall(labels: Labels, kept: Labels, weights: Scores) -> float:
    """Return the weight of kept positives in all positives."""
    return float(weights[kept & labels].sum() / weights[labels].sum())


def _rate_at(threshold: float, rate: Callable[[Labels, Labels, Scores], float]) -> Statistic:
    def statistic(labels: Labels, probabilities: Scores, weights: Scores) -> float:
        return rate(labels, probabilities >= threshold, weights)

    return statistic


def _compute_curve(labels: Labels, scores: Scores, weights: Scores) -> tuple[Scores, Scores]:
    """Return precision and recall at every threshold, falling; ties are kept together."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    positives = np.cumsum(np.where(labels, weights, 0.0)[order])[ends]
    kept = np.cumsum(weights[order])[ends]
    return positives / kept, positives / weights[labels].sum()
