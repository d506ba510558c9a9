"""What is said of photographs and pages in an archive."""

import pytest

from ml.scoring.kind_counts import KindCounts

PHOTOGRAPHS = (
    " look like photographs. How often Mona is found in photographs, of figures or cosplay, was "
    "not measured."
)
PAGES = (
    " look like pages of comics or text. How often Mona is found in the small panels of a page was "
    "not measured."
)


@pytest.mark.parametrize(
    ("kinds", "sentences"),
    [
        (
            KindCounts(50, photographs=8, pages=0),
            f"8 or more of 50 pictures from all over the archive{PHOTOGRAPHS}",
        ),
        (
            KindCounts(50, photographs=0, pages=13),
            f"About 13 of 50 pictures from all over the archive{PAGES}",
        ),
        (KindCounts(50, photographs=7, pages=12), ""),
        (KindCounts(10, photographs=2, pages=2), ""),
    ],
)
def test_only_what_is_too_much_for_chance_is_said(kinds: KindCounts, sentences: str) -> None:
    assert kinds.describe("Mona") == sentences


def test_the_pictures_may_be_known_from_the_sentence_before() -> None:
    both = KindCounts(4, photographs=3, pages=3).describe("Mona", among="of them")
    assert both == f"3 or more of them{PHOTOGRAPHS} About 3 of them{PAGES}"
