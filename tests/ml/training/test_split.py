"""The cross-validation split never trains on what it holds out."""

import dataclasses
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.datasets.reader import Dataset, LabelledPicture
from ml.errors import DatasetError
from ml.training.presets import TINY
from ml.training.split import make_split
from ml.training.weights import Start
from tests.ml.datasets.pictures import labelled_pictures, make_picture


@given(labelled_pictures, st.integers(0, 3))
def test_no_network_trains_on_an_artwork_that_it_scores(
    pictures: list[LabelledPicture], seed: int
) -> None:
    dataset = Dataset(Path("/nowhere"), tuple(pictures))
    config = dataclasses.replace(TINY, seed=seed)
    with tempfile.TemporaryDirectory() as work:
        try:
            split = make_split(dataset, config, Path(work), start=Start(), fold_count=2)
        except DatasetError:
            return  # too few artworks
    positives = {p.artwork for p in pictures if p.is_target}
    trained = {pictures[row].artwork for row in split.select_base_rows()}
    assert not trained & (split.held_out | positives)
    for fold in (0, 1):
        trained = {pictures[row].artwork for row in split.select_rows_without(fold)}
        scored = {pictures[row].artwork for row in split.select_held_out_rows(fold)}
        assert not trained & (split.held_out | scored)
    final = {pictures[row].artwork for row in split.select_final_rows()}
    assert final == {p.artwork for p in pictures} - split.held_out


def test_with_every_character_the_base_sees_no_artwork_of_the_game(tmp_path: Path) -> None:
    pictures = (
        *(make_picture(f"m{n}", "Mona", is_target=True, game="genshin") for n in range(4)),
        *(make_picture(f"k{n}", "Klee", game="genshin") for n in range(4)),
        *(make_picture(f"h{n}", "Kafka", game="star_rail") for n in range(4)),
        *(make_picture(f"o{n}", "other") for n in range(4)),
    )
    dataset = Dataset(Path("/nowhere"), pictures)
    split = make_split(
        *(dataset, TINY, tmp_path),
        start=Start(),
        hold_out=["o1", "o2"],
        fold_count=2,
        every_character=True,
    )
    base = {pictures[row].character for row in split.select_base_rows()}
    assert base == {"Kafka", "other"}
    for fold in (0, 1):
        held_out = [pictures[row].character for row in split.select_held_out_rows(fold)]
        assert held_out.count("Mona") == held_out.count("Klee") == 2


def test_an_artwork_to_hold_out_that_is_missing_is_named(tmp_path: Path) -> None:
    pictures = (
        *(make_picture(f"m{n}", "Mona", is_target=True) for n in range(4)),
        *(make_picture(f"o{n}", "other") for n in range(4)),
    )
    dataset = Dataset(Path("/nowhere"), pictures)
    with pytest.raises(DatasetError, match=r"1 artworks .* the first is elsewhere"):
        make_split(dataset, TINY, tmp_path, start=Start(), hold_out=["o1", "elsewhere"])
    with pytest.raises(DatasetError, match="too few to hold out in 3 folds"):
        make_split(dataset, TINY, tmp_path, start=Start(), hold_out=["m1"])
