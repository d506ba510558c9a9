"""A target's head: from the embeddings of a picture's looks to calibrated evidence.

A head is fitted in milliseconds and never on what its figures come from: `cross_fit` scores every
picture with a head that saw no picture of its artwork, and only such scores are calibrated
(`ml/scoring/calibration.py`). What the evidence of a whole archive says of the target's share in it:
`ml/scoring/prevalence.py`. How good scores are: `ml/evaluation/metrics.py`.
"""

import numpy as np
from numpy.typing import NDArray

from ml.scoring.calibration import Calibration
from ml.targets.card import Head, TargetCard

_ROUNDS = 3  # of choosing each picture's best look and fitting again
_NEWTON_STEPS = 25


def evidence(head: Head, card: TargetCard, embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """Log-likelihood ratio (natural log) of the best look: there against not there.

    Args:
        embeddings: float16 (n, looks, dim).

    Returns: float32 (n,).
    """
    calibration = Calibration(card.slope, card.intercept, card.lapse)
    return calibration.evidence(best_look(head, embeddings)).astype(np.float32)


def best_look(head: Head, embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """What the head says of the look that it likes best, before calibration: float32 (n,).

    A look's score is what speaks for the target less the smooth maximum, log(sum(exp)), of what
    speaks for each rival: it must look like her and like nobody else.

    Args:
        embeddings: float16 (n, looks, dim).
    """
    vectors = embeddings.astype(np.float32)
    scores: NDArray[np.float32] = vectors @ head.weight + head.bias
    if len(head.rivals):
        others = vectors @ head.rivals.T + head.rival_bias
        most = others.max(axis=2, keepdims=True)
        scores = scores - most[..., 0] - np.log(np.exp(others - most).sum(axis=2))
    best: NDArray[np.float32] = scores.max(axis=1)
    return best


def fit(
    embeddings: NDArray[np.float16], labels: NDArray[np.bool_], *, penalty: float = 0.02
) -> Head:
    """Fit a head to pictures by penalised logistic regression, both classes weighing the same.

    Which look shows the target is not known. So the first fit takes whole pictures; then each
    picture of the target stands for its best look, and every other picture also for the looks that
    were taken for the target (multiple-instance learning, as in Andrews et al., 2002).

    Args:
        embeddings: float16 (n, looks, dim); of pictures that the backbone was not trained on.
        labels: bool (n,), True where the target is; both must occur.
        penalty: of the squared weights, on embeddings scaled to unit variance.
    """
    vectors = embeddings.astype(np.float32)
    mean = vectors[~labels, 0].mean(axis=0)
    scale = vectors[~labels].std(axis=(0, 1)) + 1e-6
    vectors = (vectors - mean) / scale
    rows, truth = vectors[:, 0], labels
    weight = np.zeros(vectors.shape[2] + 1)
    for _ in range(_ROUNDS):
        weight = _logistic(rows, truth, penalty, weight)
        best = (vectors @ weight[:-1].astype(np.float32)).argmax(axis=1)
        looks = np.take_along_axis(vectors, best[:, None, None], axis=1)[:, 0]
        rows = np.concatenate([rows[~truth], looks[~labels], looks[labels]])
        truth = np.arange(len(rows)) >= len(rows) - labels.sum()
    weight = _logistic(rows, truth, penalty, weight)
    unscaled = (weight[:-1] / scale).astype(np.float32)
    return Head(unscaled, float(weight[-1] - unscaled @ mean))


def _logistic(
    rows: NDArray[np.float32], truth: NDArray[np.bool_], penalty: float, start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights and, last, the bias (dim + 1,): Newton's method on the balanced mean loss."""
    design = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1).astype(np.float64)
    shares = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    ridge = np.full(design.shape[1], penalty)
    ridge[-1] = 1e-6  # the bias is free, but for a balance that nothing can settle
    signs = np.where(truth, -1.0, 1.0)

    def loss(weight: NDArray[np.float64]) -> float:
        fit = shares @ np.logaddexp(0, signs * (design @ weight))
        return float(fit + 0.5 * ridge @ weight**2)

    weight, value = start, loss(start)
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ weight, -30, 30)))
        slope = design.T @ (shares * (p - truth)) + ridge * weight
        curvature = (design * (shares * p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curvature, slope)
        while loss(weight - step) > value and np.abs(step).max() > 1e-7:
            step /= 2  # far from the minimum a whole step may overshoot
        weight = weight - step
        value = loss(weight)
        if np.abs(step).max() < 1e-5:
            break
    return weight


def cross_fit(
    embeddings: NDArray[np.float16],
    labels: NDArray[np.bool_],
    folds: NDArray[np.int64],
    *,
    penalty: float = 0.02,
) -> NDArray[np.float32]:
    """Score every picture with a head fitted without its fold: float32 (n,), not calibrated.

    Args:
        folds: int64 (n,); pictures of one artwork must share a fold.
    """
    scores = np.empty(len(labels), np.float32)
    for fold in np.unique(folds):
        out = folds == fold
        head = fit(embeddings[~out], labels[~out], penalty=penalty)
        scores[out] = best_look(head, embeddings[out])
    return scores
