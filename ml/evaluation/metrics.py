"""Metrics of scores: the paper's table, precision and recall, curves, intervals. Pure NumPy.

Labels are booleans (True: the target is in the picture). Groups name the artwork of each picture.
Pictures of one artwork are no independent draws, so every interval is a bootstrap over artworks.
"""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Scores = NDArray[np.float64]
Statistic = Callable[[Labels, Scores], float]

THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Of `compute_threshold_curve`."""
EDGES = (0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0)
"""Of `compute_reliability`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True)
class PaperTable:
    """The rows of the paper's tables 1 and 2, from the four counts that they state."""

    total: int
    actual: int  # pictures that show the target
    classified: int  # pictures that the network kept
    unidentified: int  # of the target, not kept
    misidentified: int  # kept, not of the target

    @classmethod
    def of(cls, labels: Labels, kept: Labels) -> "PaperTable":
        unidentified, misidentified = int((labels & ~kept).sum()), int((~labels & kept).sum())
        return cls(len(labels), int(labels.sum()), int(kept.sum()), unidentified, misidentified)

    @property
    def misclassified(self) -> int:
        """Pictures on the wrong side."""
        return self.unidentified + self.misidentified

    @property
    def single_class_accuracy(self) -> float:
        """The paper's name for recall: the fraction of the positives that were kept."""
        return _divide(self.actual - self.unidentified, self.actual)

    @property
    def absolute_accuracy(self) -> float:
        """Fraction of all pictures on the right side. Rejecting all gives 1 - actual / total."""
        return _divide(self.total - self.misclassified, self.total)

    @property
    def precision(self) -> float:
        """Fraction of the kept pictures that show the target."""
        return _divide(self.classified - self.misidentified, self.classified)

    @property
    def recall(self) -> float:
        """The same as `single_class_accuracy`, by its usual name."""
        return self.single_class_accuracy

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _divide(2 * self.precision * self.recall, self.precision + self.recall)


def _divide(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@dataclasses.dataclass(frozen=True)
class Curve:
    """Precision and recall when everything from a threshold on is kept, thresholds falling."""

    thresholds: Scores  # (n,), each a score that occurs, falling
    precision: Scores  # (n,)
    recall: Scores  # (n,), rising

    @property
    def f1(self) -> Scores:
        """Harmonic mean at each threshold."""
        both = self.precision + self.recall
        product = 2 * self.precision * self.recall
        means: Scores = np.divide(product, both, out=np.zeros_like(both), where=both > 0)
        return means

    def find_best_f1(self) -> tuple[float, float]:
        """Return the highest F1 and its threshold."""
        at = int(self.f1.argmax())
        return float(self.f1[at]), float(self.thresholds[at])

    def find_threshold(self, precision: float) -> float | None:
        """Return the lowest threshold with at least this precision; None if there is none."""
        reached = np.flatnonzero(self.precision >= precision)
        return float(self.thresholds[reached[-1]]) if len(reached) else None


def compute_curve(labels: Labels, scores: Scores) -> Curve:
    """Return the curve over all thresholds. Pictures with the same score are kept together."""
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.flatnonzero(np.append(np.diff(falling) != 0, True))
    positives = np.cumsum(labels[order])[ends]
    kept = ends + 1
    return Curve(falling[ends], positives / kept, positives / max(1, int(labels.sum())))


def compute_threshold_curve(labels: Labels, probabilities: Scores) -> tuple[dict[str, float], ...]:
    """Return what is kept, and how precisely, at each of `THRESHOLDS`."""
    tables = [(value, PaperTable.of(labels, probabilities >= value)) for value in THRESHOLDS]
    return tuple(
        {
            "threshold": value,
            "kept": table.classified,
            "precision": table.precision,
            "recall": table.recall,
            "f1": table.f1,
        }
        for value, table in tables
    )


def compute_average_precision(labels: Labels, scores: Scores) -> float:
    """Return the area under precision over recall, as a sum of steps; 0 without positives."""
    if not labels.any():
        return 0.0
    curve = compute_curve(labels, scores)
    return float((np.diff(curve.recall, prepend=0.0) * curve.precision).sum())


def compute_best_f1(labels: Labels, scores: Scores) -> float:
    """Return F1 at the best threshold, which is chosen on these pictures: a little too high."""
    return compute_curve(labels, scores).find_best_f1()[0]


def bootstrap(
    statistic: Statistic,
    labels: Labels,
    scores: Scores,
    groups: NDArray[np.str_],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of a statistic; whole artworks are drawn with replacement.

    Artworks with and without the target are drawn apart, so that every draw has both.
    """
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    sides = [[r for r in rows if labels[r].any() == side] for side in (True, False)]
    values = np.empty(draws)
    for draw in range(draws):
        picked = [side[n] for side in sides for n in rng.integers(0, len(side), len(side))]
        index = np.concatenate(picked)
        values[draw] = statistic(labels[index], scores[index])
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def compare(
    statistic: Statistic,
    labels: Labels,
    scores: Scores,
    reference: Scores,
    groups: NDArray[np.str_],
) -> tuple[float, float, float]:
    """Return by how much a statistic is higher than with reference scores: value, low, high.

    Both are drawn together, so artworks that are hard for both do not widen the interval.
    """

    def subtract(labels: Labels, both: Scores) -> float:
        return statistic(labels, both[:, 0]) - statistic(labels, both[:, 1])

    both = np.stack([scores, reference], axis=1)
    return subtract(labels, both), *bootstrap(subtract, labels, both, groups)


def compute_wilson_interval(part: float, whole: int) -> tuple[float, float]:
    """Return the 95 % interval of a proportion (Wilson, 1927); 0 to 1 if `whole` is 0."""
    if not whole:
        return 0.0, 1.0
    z, ratio = 1.959964, part / whole
    centre = ratio + z * z / (2 * whole)
    spread = z * np.sqrt(ratio * (1 - ratio) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return float(low) if part else 0.0, float(high) if part < whole else 1.0


def estimate_rate(
    name: Literal["precision", "recall", "f1"],
    labels: Labels,
    kept: Labels,
    groups: NDArray[np.str_],
) -> dict[str, float]:
    """Return a rate of the paper's table with its 95 % interval over artworks: value, low, high.

    If the rate is 0 or 1, a bootstrap has no spread. Then the interval is Wilson's, and each
    artwork counts once.
    """
    value = float(getattr(PaperTable.of(labels, kept), name))
    if value in (0.0, 1.0):
        artworks = len(np.unique(groups[kept if name == "precision" else labels]))
        low, high = compute_wilson_interval(artworks if value else 0, artworks)
        return {"value": value, "low": low, "high": high}

    def statistic(labels: Labels, kept: Scores) -> float:
        return float(getattr(PaperTable.of(labels, kept > 0), name))

    low, high = bootstrap(statistic, labels, kept.astype(np.float64), groups)
    return {"value": value, "low": low, "high": high}


def compute_negative_log_likelihood(labels: Labels, probabilities: Scores) -> float:
    """Return the mean negative log-likelihood, natural log."""
    p = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return float(-np.where(labels, np.log(p), np.log1p(-p)).mean())


def compute_constant_log_likelihood(labels: Labels) -> float:
    """Return the negative log-likelihood of always predicting the prevalence."""
    return compute_negative_log_likelihood(labels, np.full(len(labels), labels.mean()))


@dataclasses.dataclass(frozen=True, slots=True)
class Bin:
    """Pictures with a probability between two values, and the fraction that shows the target."""

    low: float
    high: float
    count: int
    mean_probability: float
    observed: float


def compute_reliability(
    labels: Labels, probabilities: Scores, edges: tuple[float, ...] = EDGES
) -> list[Bin]:
    """Return the reliability table without empty bins; `edges` rise from 0 to 1."""
    which = np.clip(np.searchsorted(edges, probabilities, side="right") - 1, 0, len(edges) - 2)
    bins = []
    for n, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = which == n
        if inside.any():
            mean, seen = probabilities[inside].mean(), labels[inside].mean()
            bins.append(Bin(low, high, int(inside.sum()), float(mean), float(seen)))
    return bins
