"""A card's figures in the words of a user."""

import dataclasses
from typing import Any

import pytest

from ml.targets.catalog import find_target
from webapp.installation import RESOURCES
from webapp.pages.accuracy import list_points, summarize

CARD = find_target("mona", [RESOURCES / "ml" / "pretrained"]).card


def make_group(recall: float, precision: float, *, confidence: float = 0.95) -> dict[str, Any]:
    return {
        "confidence": confidence,
        "kept": 10,
        "wrongly_kept": 2,
        "recall": {"value": recall, "low": 0.0, "high": 1.0},
        "precision": {"value": precision, "low": 0.0, "high": 1.0},
    }


@pytest.mark.parametrize(
    ("positives", "precision", "sentence"),
    [
        (200, 1.0, "finds about 67 of 100, hardly any wrong"),
        (200, 0.9, "finds about 67 of 100, 1 in 10 wrong"),
        (200, 0.5, "finds about 67 of 100, about half wrong"),
        (12, 1.0, "found 8 of 12 in our test, 2 wrong"),
    ],
)
def test_the_accuracy_claims_no_more_than_the_test_knows(
    positives: int, precision: float, sentence: str
) -> None:
    figures = {"positives": positives, "at_0.95": make_group(0.67, precision)}
    assert summarize(dataclasses.replace(CARD, figures=figures)) == sentence


def test_the_summary_is_of_the_balanced_setting() -> None:
    figures = {
        "positives": 100,
        "best_f1": make_group(0.8, 0.9, confidence=0.3),
        "at_0.95": make_group(0.4, 1.0),
    }
    card = dataclasses.replace(CARD, figures=figures)
    assert [point.label for point in list_points(card)] == ["Only sure ones", "Balanced"]
    assert summarize(card) == "finds about 80 of 100, 1 in 10 wrong"


@pytest.mark.parametrize("figures", [{}, {"at_0.95": {"kept": 1}}, {"best_f1": 0.7}])
def test_a_card_of_another_make_has_no_summary(figures: dict[str, Any]) -> None:
    card = dataclasses.replace(CARD, figures=figures)
    assert list_points(card) == []
    assert summarize(card) is None


def test_the_shipped_card_says_counts_because_few_pictures_were_tested() -> None:
    assert [(point.confidence, point.summary) for point in list_points(CARD)] == [
        (0.95, "found 3 of 6 in our test, none wrong"),
        (0.5, "found 4 of 6 in our test, none wrong"),
    ]


def test_figures_of_several_characters_together_say_so() -> None:
    figures = {"own_pictures": 0, "positives": 82, "at_0.95": make_group(0.3, 0.97)}
    summary = "finds about 30 of 100, 1 in 33 wrong (many characters together)"
    assert summarize(dataclasses.replace(CARD, figures=figures)) == summary
