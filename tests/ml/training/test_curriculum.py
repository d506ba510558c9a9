"""How often pictures are drawn."""

import pytest

from ml.training.curriculum import STAGES, compute_draw_weights, label_pictures
from tests.ml.datasets.pictures import make_picture

PICTURES = [
    *(make_picture(f"a{n}", "A") for n in range(16)),
    *(make_picture(f"b{n}", "B", is_target=True) for n in range(4)),
    *(make_picture(f"n{n}", "other") for n in range(9)),
]
LABELS = label_pictures(STAGES["target"], PICTURES)


def test_characters_are_drawn_by_the_root_of_their_size() -> None:
    weights = compute_draw_weights(PICTURES, LABELS)
    assert weights.sum() == pytest.approx(1)
    assert weights[:16].sum() / weights[16:20].sum() == pytest.approx(2)
    assert weights[20:].sum() / weights[16:20].sum() == pytest.approx(1.5)


def test_copies_of_an_artwork_are_drawn_by_the_root_of_their_number() -> None:
    copies = [make_picture(f"c{n}", "A", artwork="one") for n in range(4)]
    single = [make_picture("s", "A")]
    weights = compute_draw_weights([*copies, *single], LABELS[:5])
    assert weights[:4].sum() / weights[4] == pytest.approx(2)


def test_positives_and_pictures_without_a_character_get_the_fractions_asked_for() -> None:
    weights = compute_draw_weights(PICTURES, LABELS, positives=0.3, nobody=0.5)
    assert weights[16:20].sum() == pytest.approx(0.3)
    assert weights[20:].sum() == pytest.approx(0.35)
    assert weights[:16].sum() == pytest.approx(0.35)


def test_pictures_without_an_answer_are_not_drawn() -> None:
    labels = label_pictures(STAGES["gender"], PICTURES)
    labels[:2] = (0, 1)
    weights = compute_draw_weights(PICTURES, labels, positives=0.5)
    assert weights[:2].tolist() == [0.5, 0.5]
    assert weights[2:].sum() == 0
