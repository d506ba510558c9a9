"""Where a picture lies in the network's square, and what its regions are."""

import numpy as np
import pytest
from PIL import Image

from ml.vision.card import BackboneCard, Scale
from ml.vision.regions import (
    compute_region_means,
    count_regions,
    count_scale_regions,
    letterbox,
    locate_cells,
    locate_regions,
)


def card(window: int = 4, stride: int = 2, side: int = 384) -> BackboneCard:
    return BackboneCard(
        *("test", "mona_lite", {}, side, "letterbox", (12, 12), 3, window, stride),
        *("", "", "2026-01-01"),
    )


def test_letterbox_keeps_proportions_on_white() -> None:
    square, box = letterbox(Image.new("RGB", (200, 100), "red"), 100, "letterbox")
    assert square.shape == (100, 100, 3)
    assert box == (0, 25, 100, 75)
    assert (square[25:75] == (255, 0, 0)).all()
    assert (square[:25] == 255).all()
    assert (square[75:] == 255).all()


def test_stretch_fills_the_square() -> None:
    square, box = letterbox(Image.new("RGB", (200, 100), "red"), 100, "stretch")
    assert box == (0, 0, 100, 100)
    assert (square == (255, 0, 0)).all()


def test_a_picture_of_one_row_is_still_there() -> None:
    square, box = letterbox(Image.new("RGB", (4000, 1), "red"), 384, "letterbox")
    assert (square[box[1] : box[3]] == (255, 0, 0)).all()
    feature_map = np.ones((12, 12, 3), np.float32)
    assert np.isfinite(compute_region_means(feature_map, box, card().scale)).all()


def test_regions_are_the_whole_and_the_mean_of_each_window() -> None:
    feature_map = np.random.default_rng(0).normal(size=(12, 12, 3)).astype(np.float32)
    result = compute_region_means(feature_map, (0, 0, 384, 384), card().scale)
    assert result.shape == (count_regions(card()), 3) == (26, 3)
    assert result.dtype == np.float16
    assert np.allclose(result[0], feature_map.mean(axis=(0, 1)), atol=1e-3)
    assert np.allclose(result[1], feature_map[:4, :4].mean(axis=(0, 1)), atol=1e-3)
    assert np.allclose(result[1 + 5 + 2], feature_map[2:6, 4:8].mean(axis=(0, 1)), atol=1e-3)


def test_padding_is_no_part_of_any_region() -> None:
    feature_map = np.full((12, 12, 3), 100, np.float32)
    feature_map[3:9] = 1  # a picture twice as wide as high
    result = compute_region_means(feature_map, (0, 96, 384, 288), card(stride=1).scale)
    assert np.allclose(result[0], 1)
    mostly_padding = result[1 : 1 + 9]  # the topmost row of windows: three of four rows are padding
    assert np.allclose(mostly_padding, 1)


@pytest.mark.parametrize("window", [0])
def test_a_network_without_a_map_has_one_region(window: int) -> None:
    feature_map = np.ones((1, 1, 3), np.float32)
    assert count_regions(card(window)) == 1
    assert compute_region_means(feature_map, (0, 0, 384, 384), card(window).scale).shape == (1, 3)


def test_regions_are_located_in_the_picture_without_its_padding() -> None:
    scale = Scale(side=400, map_shape=(4, 4), window=2, stride=2)
    box = (0, 100, 400, 300)  # twice as wide as high
    regions = locate_regions(box, scale)
    assert len(regions) == count_scale_regions(scale)
    assert regions[0].tolist() == [0, 0, 1, 1]
    assert regions[1].tolist() == [0, 0, 0.5, 0.5]
    assert regions[4].tolist() == [0.5, 0.5, 1, 1]
    cells = locate_cells(box, scale)
    assert cells[1, 3].tolist() == [0.75, 0, 1, 0.5]
    assert cells[0, 0, 1] == cells[0, 0, 3] == 0  # in the padding: no height
    alone = Scale(side=400, map_shape=(1, 1), window=0, stride=0)
    assert locate_regions(box, alone).tolist() == [[0, 0, 1, 1]]
