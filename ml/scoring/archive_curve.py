"""The curve of one archive: how probable the target is in a picture, by its evidence.

The calibrated probabilities are right on average over many archives. One archive can differ: its
prevalence is known only roughly, and its likelihood ratios are others than the evidence says,
because its pictures are of other kinds than those that fitted the calibration. So they are

    log-likelihood ratio = shift + the sum of slopes from evidence 0 to the picture's evidence

with a slope of its own in every segment of evidence. The ratio rises everywhere, but it may be flat
far below the border, where some pictures of the target look like others, or steep, because a
calibration of few positives is flatter than the truth. One slope for all segments would let the
verdicts near the border claim to know the pictures far from it.

Shift and slopes are drawn from distributions of how far archives usually differ, and for each of
them the prevalence from the likelihood of all evidence. A curve that is high everywhere fits every
archive: it says that all pictures show the target. Few archives are like that, so each curve weighs
as much as its prevalence leaves for others: prevalences near 1 are as frequent as any. This is not
done in an archive known to be unlike the calibration, because those that are full of the target
often are. The user's verdicts weigh each curve by how well it predicts them. That holds however the
user chose the pictures, as long as the choice depends on evidence alone. Pictures of an archive
resemble each other, so verdicts count less than their number: the design effect of a sample in
clusters (Kish, 1965). Nor does an archive follow a smooth curve exactly: among pictures of nearly
the same evidence, a neighbourhood, the target is more or less frequent than the curve says. So a
verdict is partly foreseen by the others of its neighbourhood, and says less about the curve than
the first one there: Polya's urn, which is a beta distribution around the curve.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# How far archives differ from the calibration, as standard deviations; bench/mistakes.py has
# the coverage that they give.
_SHIFT_SPREAD = 2.5  # of the log-likelihood ratios
_SLOPE_SPREAD = 0.5  # of the logarithm that all slopes share
_SEGMENT_SPREAD = 1.0  # of the logarithm of each slope
_UNLIKE = 2.0  # times as far in what the segments share, if the archive is known to be unlike
_NEIGHBOURHOOD = 0.5  # width in evidence
_FORESEEN = 12.0  # verdicts in a neighbourhood that say as much about it as the curve does

ALIKE = 6.0
"""Pictures of an archive that say as much as one that is unlike the others."""

_WIDTH = 1.5  # of a segment
END = 18.0
"""Evidence from which on, and below its negative, curves are flat."""
SEGMENTS = np.arange(-END, END, _WIDTH)
"""Evidence at the segments' beginnings, float64 (segments,)."""
_PREVALENCES = np.linspace(-13.8, 4.6, 47)  # log-odds: one in a million to 99 %
_PRIOR_PICTURES = 10.0  # as in ml.scoring.prevalence
_DRAWS = 1_000  # of curves before the verdicts weigh them
_KEPT_DRAWS = 400  # of these after it
_BINS = 400  # of evidence; pictures of one bin have the same probability
_ROUGH_BINS = 60  # to find the prevalence


@dataclasses.dataclass(frozen=True, slots=True)
class Curves:
    """Curves that an archive may have, each as often as it is likely."""

    prevalence: Floats  # log-odds, float64 (draws, 1)
    slopes: Floats  # float64 (draws, segments), positive
    shift: Floats  # float64 (draws, 1)

    def predict(self, evidence: Floats) -> Floats:
        """Return probabilities, float64 (draws, n), for evidence (n,)."""
        odds = self.compute_ratios(evidence) + self.prevalence
        return 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700)))

    def compute_ratios(self, evidence: Floats) -> Floats:
        """Return log-likelihood ratios, float64 (draws, n), for evidence (n,)."""
        starts = SEGMENTS[:, None]
        crossed = np.clip(evidence - starts, 0, _WIDTH) - np.clip(-starts, 0, _WIDTH)
        ratios: Floats = self.shift + self.slopes @ crossed
        return ratios


def fit_curves(
    evidence: NDArray[np.float32],
    *,
    prior: float,
    verdict_evidence: NDArray[np.float32],
    answers: NDArray[np.bool_],
    is_unlike: bool = False,
) -> Curves:
    """Draw the curves that an archive may have. The same archive has the same curves.

    Args:
        evidence: float32 (n,), natural log, finite, of the pictures without a verdict.
        prior: the card's prevalence, between 0 and 1.
        verdict_evidence: float32 (m,), evidence of the pictures with a verdict.
        answers: bool (m,), True where the user said that it is the target.
        is_unlike: the archive's pictures are unlike those of the calibration. Slopes and shift are
            less certain then, which draws probabilities towards the middle.

    Raises ValueError for evidence that is not finite.
    """
    everything = np.concatenate([evidence, verdict_evidence])
    if not np.isfinite(everything).all():
        raise ValueError("evidence to fit curves to is not finite")
    random = np.random.default_rng(0)
    size, wider = (_DRAWS, 1), _UNLIKE if is_unlike else 1.0
    shared = wider * _SLOPE_SPREAD * random.standard_normal(size)
    own = _SEGMENT_SPREAD * random.standard_normal((_DRAWS, len(SEGMENTS)))
    shift = wider * _SHIFT_SPREAD * random.standard_normal(size)
    curves = Curves(np.zeros(size), np.exp(shared + own), shift)
    weights = _weigh_prevalences(curves, everything, prior)
    places = (random.random(size) > np.cumsum(weights, axis=1)).sum(axis=1, keepdims=True)
    prevalence = _PREVALENCES[np.minimum(places, len(_PREVALENCES) - 1)]
    curves = dataclasses.replace(curves, prevalence=prevalence)
    fit = _compute_fit(curves, verdict_evidence, answers) / ALIKE
    if not is_unlike:
        fit -= np.logaddexp(0, prevalence[:, 0])  # log(1 - prevalence)
    chances = np.exp(fit - fit.max())
    rows = random.choice(_DRAWS, _KEPT_DRAWS, p=chances / chances.sum())
    return Curves(prevalence[rows], curves.slopes[rows], shift[rows])


def _compute_fit(
    curves: Curves, evidence: NDArray[np.float32], answers: NDArray[np.bool_]
) -> Floats:
    """Return the log-likelihood of all answers by each curve, (draws,)."""
    order = np.argsort(evidence)
    rising, answers = evidence[order].astype(np.float64), answers[order]
    neighbourhoods = np.floor(rising / _NEIGHBOURHOOD)
    first = np.searchsorted(neighbourhoods, neighbourhoods)  # verdict in the same one
    before = np.arange(len(order)) - first
    found: NDArray[np.int64] = np.pad(np.cumsum(answers), (1, 0))
    found_before: NDArray[np.int64] = found[:-1] - found[first]
    foreseen = (_FORESEEN * curves.predict(rising) + found_before) / (_FORESEEN + before)
    foreseen = np.clip(foreseen, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(np.where(answers, foreseen, 1 - foreseen)).sum(axis=1))


def _weigh_prevalences(curves: Curves, evidence: NDArray[np.float32], prior: float) -> Floats:
    """Return the probability of each of `_PREVALENCES` by all evidence, (draws, prevalences)."""
    bins = EvidenceBins.of(evidence, count=_ROUGH_BINS)
    prevalence = 1 / (1 + np.exp(-_PREVALENCES))
    excess = np.expm1(np.clip(curves.compute_ratios(bins.levels), -50, 50))
    likelihood = np.stack([np.log1p(part * excess) @ bins.sizes for part in prevalence], axis=1)
    likelihood += _PRIOR_PICTURES * prior * np.log(prevalence)
    likelihood += _PRIOR_PICTURES * (1 - prior) * np.log1p(-prevalence)
    weights = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)


@dataclasses.dataclass(frozen=True, slots=True)
class EvidenceBins:
    """Pictures in bins of nearly the same evidence, rising; bin i lies below edge i."""

    edges: Floats
    levels: Floats  # mean evidence
    sizes: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        evidence: NDArray[np.float32],
        thresholds: Floats | None = None,
        *,
        count: int = _BINS,
    ) -> EvidenceBins:
        """Divide at every threshold, so that a bin is kept whole or not at all."""
        exact = evidence.astype(np.float64)
        low, high = (exact.min(), exact.max()) if len(exact) else (0.0, 0.0)
        even = np.linspace(low, high, count)
        edges = np.unique(even if thresholds is None else np.concatenate([thresholds, even]))
        places = np.searchsorted(edges, exact, side="right")
        sizes = np.bincount(places, minlength=len(edges) + 1)
        sums = np.bincount(places, weights=exact, minlength=len(edges) + 1)
        return cls(edges, sums / np.maximum(sizes, 1), sizes)
