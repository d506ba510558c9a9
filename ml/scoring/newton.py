"""Fit by damped Newton steps, and across folds: shared by heads and calibrations."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
_SMALLEST_STEP = 1e-7  # a step is halved until the loss falls, or until it is this small


def logistic(log_odds: Vector) -> Vector:
    """Return probabilities, clipped to where a float still differs from 0 and 1."""
    probabilities: Vector = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return probabilities


def minimize(
    loss: Callable[[Vector], float],
    derive: Callable[[Vector], tuple[Vector, NDArray[np.float64]]],
    start: Vector,
    *,
    largest_step: float = np.inf,
    tolerance: float = 1e-6,
    steps: int = 100,
) -> tuple[Vector, float]:
    """Return the weights with the smallest loss, and that loss.

    Args:
        derive: weights (k,) -> gradient (k,) and curvature (k, k), positive definite.
        largest_step: of any weight at once; far from the minimum a whole step may overshoot.
        tolerance: a smaller step ends the search.
    """
    weights, value = start, loss(start)
    for _ in range(steps):
        gradient, curvature = derive(weights)
        step = np.clip(np.linalg.solve(curvature, gradient), -largest_step, largest_step)
        while loss(weights - step) > value and np.abs(step).max() > _SMALLEST_STEP:
            step = step / 2
        weights = weights - step
        value = loss(weights)
        if np.abs(step).max() < tolerance:
            break
    return weights, value


def apply_across_folds(
    folds: NDArray[np.int64],
    fit_and_apply: Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.floating]],
) -> Vector:
    """Return each picture's value by a fit without its fold, float64 (n,).

    Args:
        folds: int64 (n,); pictures of one artwork share a fold.
        fit_and_apply: (rows to fit to, rows to apply to), bool (n,) both -> values of the latter.
    """
    values = np.empty(len(folds), np.float64)
    for fold in np.unique(folds):
        held_out = folds == fold
        values[held_out] = fit_and_apply(~held_out, held_out)
    return values
