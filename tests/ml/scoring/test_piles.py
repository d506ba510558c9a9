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
    compute_evidence_at,
    compute_probability,
    decide_pile,
    parse_confidence,
)

PREVALENCE = 0.2
BETWEEN = Thresholds(kept=0.9, unsure=0.4).to_evidence(PREVALENCE)


def evidence_of(probability: float) -> float:
    return compute_evidence_at(probability, PREVALENCE)


@pytest.mark.parametrize(
    ("probability", "pile"),
    [(0.9, Pile.KEPT), (0.899, Pile.UNSURE), (0.4, Pile.UNSURE), (0.399, Pile.REJECTED)],
)
def test_a_picture_is_kept_from_the_threshold_on(probability: float, pile: Pile) -> None:
    assert decide_pile(Outcome.SCORED, evidence_of(probability), None, BETWEEN) is pile


def test_two_piles_leave_nothing_unsure() -> None:
    borders = Thresholds.without_unsure(0.95).to_evidence(PREVALENCE)
    assert decide_pile(Outcome.SCORED, evidence_of(0.94), None, borders) is Pile.REJECTED


def test_a_verdict_overrides_the_network() -> None:
    assert decide_pile(Outcome.SCORED, -9.0, Verdict.IS, BETWEEN) is Pile.KEPT
    assert decide_pile(Outcome.SCORED, 9.0, Verdict.IS_NOT, BETWEEN) is Pile.REJECTED


def test_what_was_not_scored_has_the_pile_of_its_outcome() -> None:
    assert decide_pile(Outcome.UNREADABLE, None, Verdict.IS, BETWEEN) is Pile.UNREADABLE
    assert decide_pile(Outcome.SKIPPED, None, None, BETWEEN) is Pile.SKIPPED
    assert decide_pile(Outcome.WAITING, None, None, BETWEEN) is None


def test_a_scored_picture_without_evidence_is_a_bug() -> None:
    with pytest.raises(ValueError, match="has evidence"):
        decide_pile(Outcome.SCORED, None, None, BETWEEN)


@pytest.mark.parametrize(("kept", "unsure"), [(0.5, 0.6), (math.nan, 0)])
def test_thresholds_out_of_order_are_refused(kept: float, unsure: float) -> None:
    with pytest.raises(ValueError, match="unsure must not exceed kept"):
        Thresholds(kept, unsure)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("0.95", 0.95), ("0,95", 0.95), ("1.0", 1.0), ("0", 0.0), (".5", 0.5), ("1e-05", 1e-05)],
        *[("95", 0.95), ("95 %", 0.95), ("95%", 0.95), ("0,5 %", 0.005), ("100", 1.0)],
        *[(" 1 ", 0.01), ("1 %", 0.01), ("1,0", 1.0), ("1.5", 0.015), ("2", 0.02)],
    ],
)
def test_a_confidence_is_a_fraction_or_a_percentage(text: str, value: float) -> None:
    assert parse_confidence(text) == value


@pytest.mark.parametrize(
    "text", ["", "101", "-0.1", "nan", "inf", "101 %", "% 95", "95 % sure", "high", "0.9.5"]
)
def test_another_confidence_is_refused_with_what_was_received(text: str) -> None:
    sentence = f"The confidence is a percentage, such as 95 %; received {text!r}."
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_confidence(text)


def test_a_band_of_unsure_pictures_ends_where_they_are_kept() -> None:
    assert Thresholds.with_band(0.95, 0.3) == Thresholds(kept=0.95, unsure=0.3)
    assert Thresholds.with_band(0.2, 0.3) == Thresholds(kept=0.2, unsure=0.2)


def test_a_long_text_is_not_repeated_in_full() -> None:
    with pytest.raises(ValueError, match="received") as refused:
        parse_confidence("1" * 100_000)
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize("confidence", [1.1, -0.1, math.nan])
def test_a_confidence_outside_0_to_1_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Thresholds.without_unsure(confidence)


def test_confidence_0_keeps_everything_and_1_what_a_double_calls_certain() -> None:
    assert compute_evidence_at(0.0, 0.2) == -math.inf
    assert compute_probability(compute_evidence_at(1.0, 0.2), 0.2) == pytest.approx(1.0)


@given(probability=st.floats(1e-9, 1 - 1e-9), prevalence=st.floats(0.001, 0.999))
def test_evidence_at_a_probability_gives_it_back(probability: float, prevalence: float) -> None:
    evidence = compute_evidence_at(probability, prevalence)
    assert compute_probability(evidence, prevalence) == pytest.approx(probability, rel=1e-6)


@given(evidence=st.floats(-30, 30), prevalence=st.floats(0.001, 0.999))
def test_the_probability_is_bayes_rule(evidence: float, prevalence: float) -> None:
    with_target, without = prevalence * math.exp(evidence), 1 - prevalence
    assert compute_probability(evidence, prevalence) == pytest.approx(
        with_target / (with_target + without)
    )


def test_no_evidence_leaves_the_prevalence() -> None:
    assert compute_probability(0.0, 0.02) == pytest.approx(0.02)


def test_extreme_evidence_does_not_overflow() -> None:
    assert compute_probability(-1e6, 0.5) == 0.0
    assert compute_probability(1e6, 0.5) == 1.0
