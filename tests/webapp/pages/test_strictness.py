"""The choices of strictness come from the card's figures."""

from __future__ import annotations

import dataclasses

import pytest
from werkzeug.exceptions import UnprocessableEntity

from ml.targets.card import TargetCard
from webapp.pages.strictness import OWN, find_confidence, list_strictness, name_confidence
from webapp.services import targets
from webapp.storage import Stores


def with_figures(card: TargetCard, **figures: object) -> TargetCard:
    return dataclasses.replace(card, figures=figures)


def test_a_card_without_figures_has_three_choices_that_promise_no_numbers(stores: Stores) -> None:
    card = with_figures(targets.get(stores, "red_circle").card)
    choices = list_strictness(card)
    assert [choice.name for choice in choices] == ["sure", "balanced", "all"]
    assert [choice.confidence for choice in choices] == [0.95, 0.5, 0.05]
    assert not any(letter.isdigit() for choice in choices for letter in choice.caption)


def test_captions_are_what_was_measured(stores: Stores) -> None:
    rate = {"value": 0.67, "low": 0.35, "high": 0.89}
    group = {"kept": 37, "wrongly_kept": 0, "recall": rate, "precision": rate | {"value": 1.0}}
    card = with_figures(
        targets.get(stores, "red_circle").card,
        positives=56,
        **{"at_0.95": group | {"confidence": 0.95}, "best_f1": group | {"confidence": 0.24}},
    )
    sure, balanced, _ = list_strictness(card)
    assert (sure.confidence, balanced.confidence) == (0.95, 0.24)
    assert sure.caption == "Finds about 67 of 100, hardly any wrong."
    assert find_confidence(card, "balanced") == 0.24
    assert find_confidence(card, OWN) is None
    assert (name_confidence(card, 0.24), name_confidence(card, 0.3)) == ("balanced", OWN)


def test_a_choice_that_there_is_not_is_refused(stores: Stores) -> None:
    card = targets.get(stores, "red_circle").card
    assert find_confidence(card, "") is None
    sentence = "strictness is one of sure, balanced, all, own; received 'strict'."
    with pytest.raises(UnprocessableEntity, match=sentence):
        find_confidence(card, "strict")
