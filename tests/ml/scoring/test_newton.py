"""The shared solver: it finds minima, also where a whole step overshoots."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.scoring.newton import apply_across_folds, logistic, minimize


def test_the_minimum_of_a_parabola_is_found_in_one_step() -> None:
    centre = np.array([2.0, -3.0])
    weights, loss = minimize(
        lambda w: float(((w - centre) ** 2).sum()),
        lambda w: (2 * (w - centre), 2 * np.eye(2)),
        np.zeros(2),
        steps=1,
    )
    np.testing.assert_allclose(weights, centre)
    assert loss == pytest.approx(0.0)


def test_steps_that_overshoot_are_halved_until_the_loss_falls() -> None:
    def loss(w: NDArray[np.float64]) -> float:
        return float(np.log(np.cosh(w)).sum())  # whole Newton steps diverge from 3

    weights, _ = minimize(
        loss, lambda w: (np.tanh(w), np.diag(1 / np.cosh(w) ** 2)), np.array([3.0])
    )
    assert abs(weights[0]) < 1e-6


def test_no_weight_moves_further_than_the_largest_step() -> None:
    weights, _ = minimize(
        lambda w: float(((w - 100) ** 2).sum()),
        lambda w: (2 * (w - 100), 2 * np.eye(1)),
        np.zeros(1),
        largest_step=2.0,
        steps=3,
    )
    assert weights[0] == pytest.approx(6.0)


def test_each_fold_gets_the_values_of_a_fit_without_it() -> None:
    folds = np.array([0, 1, 0, 2, 1])
    numbers = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    sums = apply_across_folds(folds, lambda fitted, out: np.full(out.sum(), numbers[fitted].sum()))
    assert sums.tolist() == [11.0, 8.0, 11.0, 11.0, 8.0]


def test_the_logistic_function_never_overflows() -> None:
    with np.errstate(all="raise"):
        values = logistic(np.array([-1e9, 0.0, 1e9]))
    assert values[1] == 0.5
    assert 0 < values[0] < 1e-12 < 1 - 1e-12 < values[2]
