"""Scores, thresholds and verdicts make piles."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.scoring.piles import (
    Outcome,
    Pile,
    Thresholds,
    Verdict,
    parse_confidence,
    pile_of,
    probability_of,
)

BETWEEN = Thresholds(keep=0.9, unsure=0.4)


@pytest.mark.parametrize(
    ("probability", "pile"),
    [(0.9, Pile.KEPT), (0.899, Pile.UNSURE), (0.4, Pile.UNSURE), (0.399, Pile.REJECTED)],
)
def test_a_picture_is_kept_from_the_threshold_on(probability: float, pile: Pile) -> None:
    assert pile_of(Outcome.SCORED, probability, None, BETWEEN) is pile


def test_two_piles_leave_nothing_unsure() -> None:
    assert pile_of(Outcome.SCORED, 0.94, None, Thresholds.two_piles(0.95)) is Pile.REJECTED


def test_the_user_goes_over_the_network() -> None:
    assert pile_of(Outcome.SCORED, 0.01, Verdict.IS, BETWEEN) is Pile.KEPT
    assert pile_of(Outcome.SCORED, 0.99, Verdict.IS_NOT, BETWEEN) is Pile.REJECTED


def test_what_was_not_scored_has_the_pile_of_its_outcome() -> None:
    assert pile_of(Outcome.UNREADABLE, None, Verdict.IS, BETWEEN) is Pile.UNREADABLE
    assert pile_of(Outcome.SKIPPED, None, None, BETWEEN) is Pile.SKIPPED
    assert pile_of(Outcome.WAITING, None, None, BETWEEN) is None


def test_a_scored_picture_without_a_probability_is_a_bug() -> None:
    with pytest.raises(ValueError, match="has a probability"):
        pile_of(Outcome.SCORED, None, None, BETWEEN)


@pytest.mark.parametrize(("keep", "unsure"), [(0.5, 0.6), (1.1, 0.2), (0.5, -0.1), (math.nan, 0)])
def test_thresholds_out_of_order_are_refused(keep: float, unsure: float) -> None:
    with pytest.raises(ValueError, match="0 <= unsure <= keep <= 1"):
        Thresholds(keep, unsure)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.95", 0.95), ("0,95", 0.95), (" 1 ", 1.0), ("0", 0.0), (".5", 0.5), ("1e-05", 1e-05)],
)
def test_a_confidence_has_a_point_or_a_comma(text: str, value: float) -> None:
    assert parse_confidence(text) == value


@pytest.mark.parametrize("text", ["", "1.5", "-0.1", "nan", "inf", "95", "95 %", "high", "0.9.5"])
def test_another_confidence_is_refused_with_what_was_received(text: str) -> None:
    sentence = f"The confidence is a number from 0 to 1, such as 0.95; received {text!r}."
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_confidence(text)


def test_a_long_text_is_not_repeated_in_full() -> None:
    with pytest.raises(ValueError) as refused:
        parse_confidence("1" * 100_000)
    assert len(str(refused.value)) < 150


@given(evidence=st.floats(-30, 30), share=st.floats(0.001, 0.999))
def test_the_probability_is_bayes_rule(evidence: float, share: float) -> None:
    hers, others = share * math.exp(evidence), 1 - share
    assert probability_of(evidence, share) == pytest.approx(hers / (hers + others))


def test_no_evidence_leaves_the_share() -> None:
    assert probability_of(0.0, 0.02) == pytest.approx(0.02)


def test_extreme_evidence_does_not_overflow() -> None:
    assert probability_of(-1e6, 0.5) == 0.0
    assert probability_of(1e6, 0.5) == 1.0
