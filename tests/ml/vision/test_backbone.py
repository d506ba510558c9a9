"""A backbone sees a picture whole, and again at a close scale if its card names one."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.scoring.head import score_best_region
from ml.targets.catalog import find_target
from ml.vision.backbone import Backbone, load_backbone
from ml.vision.card import Scale, write_card
from ml.vision.regions import count_regions, count_scale_regions
from tests.red_circle.drawing import draw

CLOSE = Scale(side=384, map_shape=(12, 12), window=3, stride=1)


@pytest.fixture
def close_backbone(red_circle: Path, tmp_path: Path) -> Backbone:
    folder = tmp_path / "close_lite"
    shutil.copytree(red_circle / "tiny_lite", folder)
    write_card(folder, dataclasses.replace(load_backbone(folder), close=CLOSE))
    return Backbone(folder)


def put_small_circle(*, red: bool) -> Image.Image:
    """Return a large plain picture with a figure a fifth as wide."""
    picture = Image.new("RGB", (1200, 1200), (170, 170, 170))
    picture.paste(draw(4, red_circle=red, size=(240, 240)), (820, 260))
    return picture


def test_a_small_figure_in_a_large_picture_is_found_at_the_close_scale_only(
    red_circle: Path, close_backbone: Backbone
) -> None:
    head = find_target("red_circle", [red_circle]).head
    embeddings = close_backbone.embed(put_small_circle(red=True))
    assert embeddings.shape == (count_regions(close_backbone.card), close_backbone.card.dim)
    first = count_scale_regions(close_backbone.card.scale)
    whole, close = embeddings[:first], embeddings[first:]
    assert score_best_region(head, close[None]) > score_best_region(head, whole[None]) + 1


def test_the_first_scale_is_the_same_with_and_without_the_close_one(
    red_circle: Path, close_backbone: Backbone
) -> None:
    picture = draw(3, red_circle=True, size=(640, 480))
    alone = Backbone(red_circle / "tiny_lite").embed(picture)
    assert np.array_equal(close_backbone.embed(picture)[: len(alone)], alone)


def test_rows_of_the_close_scale_repeat_the_whole_picture_where_it_is_not_looked_at(
    close_backbone: Backbone,
) -> None:
    large, small = (
        draw(3, red_circle=True, size=(640, 480)),
        draw(3, red_circle=True, size=(90, 90)),
    )
    first = count_scale_regions(close_backbone.card.scale)
    for embeddings in (close_backbone.embed(large, closely=False), close_backbone.embed(small)):
        assert len(embeddings) == count_regions(close_backbone.card)
        assert (embeddings[first:] == embeddings[0]).all()
    assert not (close_backbone.embed(large)[first:] == close_backbone.embed(large)[0]).all()


def test_a_close_scale_that_is_not_finer_is_refused(red_circle: Path) -> None:
    card = load_backbone(red_circle / "tiny_lite")
    with pytest.raises(ValueError, match="96 pixels is not the finer one"):
        dataclasses.replace(card, close=dataclasses.replace(CLOSE, side=96))


def test_a_card_keeps_its_close_scale_on_disk(close_backbone: Backbone, tmp_path: Path) -> None:
    assert load_backbone(tmp_path / "close_lite").close == CLOSE == close_backbone.card.close


def test_embeddings_of_20_000_pictures_at_both_scales_stay_below_250_mb(red_circle: Path) -> None:
    card = load_backbone(red_circle / "tiny_lite")
    lite = dataclasses.replace(
        card,
        side=224,
        map_shape=(7, 7),
        window=4,
        stride=2,
        dim=256,
        close=Scale(side=448, map_shape=(14, 14), window=5, stride=3),
    )
    assert count_regions(lite) * lite.dim * 2 * 20_000 < 250e6
