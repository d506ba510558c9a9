"""The shipped artifact says on this machine what it said where it was made."""

import json

import pytest

from tests.shipped.scores import STORED, probabilities


@pytest.mark.slow
def test_the_shipped_mona_scores_drawn_pictures_as_ever() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    expected = stored["probabilities"]
    assert len(expected) == 20
    assert max(expected) - min(expected) > 0.3, "scores that are all alike would prove nothing"
    # If the artifact was replaced on purpose: python -m tests.shipped.scores
    assert probabilities(stored["prevalence"]) == pytest.approx(expected, abs=0.02)
