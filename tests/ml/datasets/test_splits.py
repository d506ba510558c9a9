"""Splits share no artwork, folds spread the target, sources stay whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.datasets.checks import find_shared_artworks
from ml.datasets.reader import Dataset, LabelledPicture, read_dataset
from ml.datasets.splits import (
    assign_folds,
    choose_held_out,
    divide_sources,
    drop_characters,
    drop_sources,
    encode_classes,
    list_classes,
    read_sources,
    split_by_artwork,
)
from ml.errors import DatasetError
from tests.ml.datasets import drawn
from tests.ml.datasets.pictures import labelled_pictures, make_picture


@given(labelled_pictures, st.integers(0, 5))
def test_no_artwork_is_on_both_sides_of_a_split(pictures: list[LabelledPicture], seed: int) -> None:
    training, validation = split_by_artwork(pictures, seed=seed)
    assert find_shared_artworks(training, validation) == set()
    assert sorted(map(id, training + validation)) == sorted(map(id, pictures))


@given(labelled_pictures, st.integers(2, 4))
def test_every_artwork_has_exactly_one_fold(pictures: list[LabelledPicture], count: int) -> None:
    fold_of = assign_folds(pictures, count, seed=1)
    assert set(fold_of) == {p.artwork for p in pictures}
    assert set(fold_of.values()) <= set(range(count))


def test_a_split_holds_out_about_a_fifth_and_some_of_the_target(tmp_path: Path) -> None:
    pictures = read_dataset(drawn.write(tmp_path), "mona").pictures
    _, validation = split_by_artwork(pictures, seed=3)
    assert 0.1 < len(validation) / len(pictures) < 0.3
    assert any(p.is_target for p in validation)
    assert split_by_artwork(pictures, seed=3)[1] == validation


def test_sources_are_divided_whole_and_evenly_and_so_are_positives() -> None:
    pictures = [
        make_picture(f"{source}-{n}", "other", is_target=n == 0 and source < 6, source=f"s{source}")
        for source in range(12)
        for n in range(source + 1)
    ]
    part_of = divide_sources(pictures)
    assert set(part_of) == {f"s{n}" for n in range(12)}
    counts = dict.fromkeys(("train", "validation", "test"), 0)
    positives = dict.fromkeys(counts, 0)
    for picture in pictures:
        counts[part_of[picture.source]] += 1
        positives[part_of[picture.source]] += picture.is_target
    assert max(counts.values()) - min(counts.values()) <= 6
    assert set(positives.values()) == {2}


def test_sources_of_the_validation_are_held_out_and_those_of_the_test_are_dropped() -> None:
    parts = {"a": "train", "b": "validation", "c": "test"}
    pictures = tuple(
        make_picture(f"{source}{n}", "other", source=source) for source in "abcd" for n in range(20)
    )
    dataset = drop_sources(Dataset(Path("/nowhere"), pictures), {"c"})
    assert {p.source for p in dataset.pictures} == {"a", "b", "d"}
    held_out = choose_held_out(dataset.pictures, parts)
    assert held_out >= {f"b{n}" for n in range(20)}
    assert {artwork[0] for artwork in held_out} == {"b", "d"}
    assert sum(artwork[0] == "d" for artwork in held_out) == 2


def test_a_list_of_sources_with_an_unknown_part_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sources.csv"
    file.write_text("source,part\na,train\nb,valid\n")
    with pytest.raises(DatasetError, match="'valid' is no part"):
        read_sources(file)
    file.write_text("source\na\n")
    with pytest.raises(DatasetError, match="has no column 'part'"):
        read_sources(file)


def test_rare_characters_have_no_class_of_their_own(tmp_path: Path) -> None:
    pictures = read_dataset(drawn.write(tmp_path), "mona").pictures
    assert list_classes(pictures) == ["other", "Lime", "Mona", "Rust", "Violet"]
    assert list_classes(pictures, at_least=19) == ["other"]
    rare = make_picture("r", "Rare")
    assert encode_classes([rare, pictures[0]], ["other", pictures[0].character]).tolist() == [0, 1]


def test_characters_to_leave_out_have_no_picture_left(tmp_path: Path) -> None:
    pictures = (make_picture("a", "Klee"), make_picture("b", "Ganyu"), make_picture("c", "Klee"))
    file = tmp_path / "characters.txt"
    file.write_text("Klee\n\n")
    left = drop_characters(Dataset(tmp_path, pictures), file)
    assert [p.character for p in left.pictures] == ["Ganyu"]
    file.write_text("Kle\n")
    with pytest.raises(DatasetError, match="no picture shows 'Kle'"):
        drop_characters(Dataset(tmp_path, pictures), file)


def test_folds_spread_every_character() -> None:
    pictures = [make_picture(f"{name}{n}", name) for name in ("Klee", "Ganyu") for n in range(4)]
    fold_of = assign_folds(pictures, 2, seed=0)
    for name in ("Klee", "Ganyu"):
        assert sorted(fold_of[f"{name}{n}"] for n in range(4)) == [0, 0, 1, 1]
