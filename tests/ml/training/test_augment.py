"""Composed pictures: repeatable, of the right shape, without colour under transparency."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.training.augment import AugmentConfig, Cutout, compose, distort, draw_background

PLAIN = AugmentConfig(close=0.0, upper_body=0.0, noise=0.0)


def disc(colour: tuple[int, int, int], side: int = 60) -> NDArray[np.uint8]:
    """A cut-out with garish green hidden under its transparent corners."""
    rows, columns = np.ogrid[:side, :side]
    inside = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (side / 2) ** 2
    figure = np.zeros((side, side, 4), np.uint8)
    figure[..., :3] = np.where(inside[..., None], colour, (0, 255, 0))
    figure[..., 3] = inside * 255
    return figure


def test_the_same_seed_makes_the_same_picture_and_another_does_not() -> None:
    def made(seed: int) -> NDArray[np.uint8]:
        cutouts = [Cutout(disc((200, 0, 0))), Cutout(disc((0, 0, 200)))]
        return compose(cutouts, None, 64, np.random.default_rng(seed), AugmentConfig()).pixels

    assert made(5).shape == (64, 64, 3)
    assert made(5).dtype == np.uint8
    np.testing.assert_array_equal(made(5), made(5))
    assert (made(5) != made(6)).any()


def test_colour_under_transparent_pixels_never_shows() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        scene = disc((10, 10, 250), 80)
        scene[..., 3] = 255
        scene[..., :3] = (30, 30, 30)
        pixels = compose([Cutout(disc((200, 0, 0)))], scene, 64, rng, PLAIN).pixels.astype(int)
        assert (pixels[..., 1] < 60).all()


def test_every_cutout_is_drawn_and_has_an_area() -> None:
    rng = np.random.default_rng(0)
    cutouts = [Cutout(disc(colour)) for colour in ((200, 0, 0), (0, 0, 200), (200, 200, 0))]
    scenes = [compose(cutouts, None, 64, rng, PLAIN) for _ in range(20)]
    for scene in scenes:
        assert len(scene.areas) == 3
        assert sum(scene.areas) == pytest.approx(1)
    reddest = [(s.pixels[..., 0].astype(int) - s.pixels[..., 1:].max(axis=2)).max() for s in scenes]
    assert np.mean(np.array(reddest) > 100) > 0.8  # the subject may be half covered, never left out


def page(marked: tuple[slice, slice]) -> NDArray[np.uint8]:
    """An opaque grey page with one part in red."""
    pixels = np.full((90, 160, 4), 255, np.uint8)
    pixels[..., :3] = 90
    pixels[(*marked, slice(0, 3))] = (230, 0, 0)
    return pixels


def reds(pixels: NDArray[np.uint8]) -> int:
    return int((pixels[..., 0].astype(int) - pixels[..., 1] > 100).sum())


def test_a_page_is_shown_whole_and_a_scene_from_its_middle() -> None:
    edge, middle = (slice(30, 60), slice(0, 6)), (slice(35, 55), slice(70, 90))
    anywhere = []
    for seed in range(40):
        made = [
            compose(
                [cutout], None, 64, np.random.default_rng(seed), AugmentConfig(noise=0.0)
            ).pixels
            for cutout in (
                Cutout(page(edge), "whole"),
                Cutout(page(middle), "middle"),
                Cutout(page(edge)),
            )
        ]
        assert reds(made[0]) > 0
        assert reds(made[1]) > 30
        anywhere.append(reds(made[2]))
    assert min(anywhere) == 0  # where any part will do, some crop leaves the edge out


def test_backgrounds_are_white_plain_or_graded_and_never_empty() -> None:
    rng = np.random.default_rng(0)
    squares = [np.asarray(draw_background(None, 32, rng)) for _ in range(60)]
    colours = [len(np.unique(s.reshape(-1, 3), axis=0)) for s in squares]
    whites = sum((s == 255).all() for s in squares)
    assert 10 < whites < 45
    assert any(n > 8 for n in colours)  # a gradient
    assert sum(n == 1 for n in colours) > whites  # one colour that is not white


def test_no_noise_leaves_the_picture_alone() -> None:
    from PIL import Image

    picture = Image.new("RGB", (32, 32), (9, 99, 199))
    rng = np.random.default_rng(0)
    assert distort(picture, rng, 0.0) is picture
    changed = [np.asarray(distort(picture, rng, 1.0)) for _ in range(20)]
    assert any((c != np.asarray(picture)).any() for c in changed)
    assert all(c.shape == (32, 32, 3) for c in changed)
