"""The colour that stands for a picture."""

import pytest
from PIL import Image

from ml.vision.colour import find_main_colour


@pytest.mark.parametrize(
    ("colour", "found"),
    [((0, 0, 0), 0x000), ((255, 255, 255), 0xFFF), ((255, 136, 0), 0xF80), ((240, 8, 9), 0xE01)],
)
def test_a_plain_picture_has_its_own_colour(colour: tuple[int, int, int], found: int) -> None:
    assert find_main_colour(Image.new("RGB", (30, 40), colour)) == found
    assert find_main_colour(Image.new("RGB", (1, 1), colour)) == found


def test_the_largest_area_counts_and_nothing_is_mixed() -> None:
    image = Image.new("RGB", (160, 160), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, 160, 60))
    assert find_main_colour(image) == 0xF00
    image.paste((0, 0, 255), (0, 0, 160, 100))
    assert find_main_colour(image) == 0x00F


def test_every_mode_has_a_colour() -> None:
    assert find_main_colour(Image.new("L", (30, 40), 255)) == 0xFFF
    assert find_main_colour(Image.new("RGBA", (30, 40), (0, 255, 0, 255))) == 0x0F0
