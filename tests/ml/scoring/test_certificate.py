"""A certificate holds as often as it says, and gives the textbook's numbers."""

import numpy as np
import pytest

from ml.scoring.certificate import Stratum, allocate_sample, bound_positives

PILE = (1_820, 16_384)


def bound(drawn: int, found: int) -> int:
    near, far = allocate_sample(PILE, drawn)
    return bound_positives(Stratum(PILE[0], near), Stratum(PILE[1], far), found)


@pytest.mark.parametrize(("drawn", "percent"), [(60, 4.9), (180, 1.6), (300, 1.0)])
def test_nothing_found_bounds_the_pile_as_the_rule_of_three_says(
    drawn: int, percent: float
) -> None:
    assert round(100 * bound(drawn, found=0) / sum(PILE), 1) == percent


def test_one_stratum_gives_the_hypergeometric_bound() -> None:
    # 10 pictures, 5 drawn, none found: with 4 positives 6! 5! / (10! 1!) = 6 in 252 stay unseen,
    # which is 2.4 %; with 3 positives 21 in 252, which is 8.3 %.
    assert bound_positives(Stratum(0, 0), Stratum(10, 5), found=0) == 3


def test_a_pile_that_was_looked_through_is_known() -> None:
    assert bound_positives(Stratum(4, 4), Stratum(6, 6), found=3) == 3


def test_what_was_found_is_counted() -> None:
    assert bound(60, found=1) > bound(60, found=0) > 0


def test_the_sample_is_divided_in_proportion() -> None:
    assert allocate_sample(PILE, 60) == [6, 54]
    assert allocate_sample((1, 2), 60) == [1, 2]
    assert allocate_sample((0, 0), 60) == [0, 0]


def test_more_found_than_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="7 positives were found among 6"):
        bound_positives(Stratum(9, 3), Stratum(9, 3), found=7)
    with pytest.raises(ValueError, match="cannot be a sample"):
        Stratum(size=3, sampled=4)


@pytest.mark.parametrize("in_near", [0, 6, 40])
@pytest.mark.parametrize("in_far", [0, 12, 30])
def test_the_bound_covers_the_truth_at_least_95_times_in_100(in_near: int, in_far: int) -> None:
    near, far = Stratum(60, 9), Stratum(540, 81)
    random = np.random.default_rng(1)
    covered = []
    bounds = [bound_positives(near, far, found) for found in range(near.sampled + far.sampled + 1)]
    for _ in range(1_000):
        found = random.hypergeometric(in_near, near.size - in_near, near.sampled)
        found += random.hypergeometric(in_far, far.size - in_far, far.sampled)
        covered.append(bounds[found] >= in_near + in_far)
    noise = 2 * (0.05 * 0.95 / len(covered)) ** 0.5
    assert np.mean(covered) >= 0.95 - noise
