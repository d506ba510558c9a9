"""Labelled folders: what is read, what is refused, and that a split never shares art."""

import dataclasses
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from ml.datasets.reader import (
    Dataset,
    LabelledPicture,
    characters,
    difference_hash,
    folds,
    labels,
    problems,
    read_dataset,
    shared_art,
    split,
)
from ml.errors import DatasetError
from ml.training.curriculum import STAGES, UNKNOWN, draw_weights, label_pictures
from ml.training.presets import TINY
from ml.training.split import plan
from tests.ml.datasets import drawn

some_pictures = st.lists(
    st.builds(
        LabelledPicture,
        path=st.text("ab", min_size=1),
        character=st.sampled_from(("Mona", "Fischl", "other")),
        is_target=st.booleans(),
        artwork=st.sampled_from([f"art {n}" for n in range(12)]),
    ),
    min_size=1,
    max_size=60,
)


def noise(file: Path, seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    cells = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), np.uint8)
    Image.fromarray(cells).resize((90, 80)).save(file)


@given(some_pictures, st.integers(0, 5))
def test_no_artwork_stands_on_both_sides_of_a_split(pictures: list[LabelledPicture], seed: int) -> None:
    training, validation = split(pictures, seed=seed)
    assert shared_art(training, validation) == set()
    assert sorted(map(id, training + validation)) == sorted(map(id, pictures))


@given(some_pictures, st.integers(2, 4))
def test_every_artwork_has_exactly_one_fold(pictures: list[LabelledPicture], count: int) -> None:
    placed = folds(pictures, count, seed=1)
    assert set(placed) == {p.artwork for p in pictures}
    assert set(placed.values()) <= set(range(count))


def test_a_split_holds_out_about_a_fifth_and_some_of_the_target(tmp_path: Path) -> None:
    pictures = read_dataset(drawn.write(tmp_path), "mona").pictures
    _, validation = split(pictures, seed=3)
    assert 0.1 < len(validation) / len(pictures) < 0.3
    assert any(p.is_target for p in validation)
    assert split(pictures, seed=3)[1] == validation


def test_a_manifest_says_who_is_who(tmp_path: Path) -> None:
    pictures = read_dataset(drawn.write(tmp_path), "mona").pictures
    assert sum(p.is_target for p in pictures) == 18
    assert list_classes(pictures) == ["other", "Lime", "Mona", "Rust", "Violet"]
    rust = next(p for p in pictures if p.character == "Rust")
    assert (rust.gender, rust.similar, rust.target) == ("male", "no", False)
    asked = {name: stage.label(rust) for name, stage in STAGES.items()}
    assert asked == {"characters": 0, "gender": 0, "similar": 0, "target": 0}
    hers = next(p for p in pictures if p.is_target)
    assert (STAGES["similar"].label(hers), STAGES["target"].label(hers)) == (UNKNOWN, 1)


def test_near_duplicates_in_plain_folders_are_one_artwork(tmp_path: Path) -> None:
    noise(tmp_path / "mona" / "a.png", 1)
    with Image.open(tmp_path / "mona" / "a.png") as image:
        image.resize((120, 110)).save(tmp_path / "mona" / "b.jpg", quality=60)
    noise(tmp_path / "other" / "c.png", 2)
    arts = {p.path: p.artwork for p in read_dataset(tmp_path, "mona").pictures}
    assert arts["mona/a.png"] == arts["mona/b.jpg"] != arts["other/c.png"]


def of_hash(file: Path, bits: NDArray[np.bool_]) -> None:
    """A picture whose difference hash is these (8, 8) bits."""
    steps = np.where(bits, -12, 12).cumsum(axis=1)
    cells = np.concatenate([np.zeros((8, 1), int), steps], axis=1) + 128
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(cells.astype(np.uint8)).resize((90, 80), Image.Resampling.NEAREST).save(file)


def test_duplicates_of_duplicates_are_one_artwork(tmp_path: Path) -> None:
    bits = np.random.default_rng(4).random((8, 8)) < 0.5
    for name, changed in (("mona/a.png", 0), ("other/b.png", 10), ("other/c.png", 5)):
        flipped = np.arange(64).reshape(8, 8) < changed
        of_hash(tmp_path / name, bits ^ flipped)
    dataset = read_dataset(tmp_path, "mona")
    first, last, between = (
        difference_hash(Image.open(tmp_path / p.path)) for p in dataset.pictures
    )
    assert (first ^ last).bit_count() == 10  # no near duplicates of each other, but both of b
    assert (first ^ between).bit_count() == (last ^ between).bit_count() == 5
    assert len({p.artwork for p in dataset.pictures}) == 1


@given(some_pictures, st.integers(0, 3))
def test_no_fold_trains_on_an_artwork_that_it_tests(pictures: list[LabelledPicture], seed: int) -> None:
    dataset = Dataset(Path("/nowhere"), tuple(pictures))
    config = dataclasses.replace(TINY, seed=seed)
    with tempfile.TemporaryDirectory() as work:
        try:
            split = plan(dataset, config, Path(work), imagenet=None, count=2)
        except DatasetError:
            return  # too few artworks
    for fold in (None, -1, 0, 1):
        trained = {pictures[row].artwork for row in split.rows(without_fold=fold)}
        assert not trained & split.held_out
        if fold is None:
            assert not trained & {p.artwork for p in pictures if p.is_target}
        elif fold >= 0:
            assert not trained & {pictures[row].artwork for row in split.held_out_rows(fold)}


def test_a_zip_of_labelled_folders_reads_like_the_folder(tmp_path: Path) -> None:
    noise(tmp_path / "set" / "mona" / "a.png", 1)
    noise(tmp_path / "set" / "other" / "b.png", 2)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in (tmp_path / "set").rglob("*.png"):
            archive.write(file, file.relative_to(tmp_path / "set"))
    packed, plain = (read_dataset(tmp_path / name, "mona") for name in ("set.zip", "set"))
    assert {p.path for p in packed.pictures} == {p.path for p in plain.pictures}
    assert packed.read(packed.pictures[0]).startswith(b"\x89PNG")


def test_what_is_wrong_is_said_before_anything_trains(tmp_path: Path) -> None:
    noise(tmp_path / "other" / "a.png", 1)
    (tmp_path / "other" / "broken.png").write_bytes(b"no picture")
    fatal, _ = find_problems(read_dataset(tmp_path, "mona"), "mona")
    assert fatal == [
        "No picture shows mona: its folder is empty or missing.",
        "1 of 2 pictures cannot be read: other/broken.png.",
    ]
    noise(tmp_path / "mona" / "only.png", 2)
    fatal, _ = find_problems(read_dataset(tmp_path, "mona"), "mona")
    assert "All pictures of mona show one artwork: none is left to check with." in fatal


def test_few_pictures_and_imbalance_are_warned_of() -> None:
    hers = [LabelledPicture(f"m{n}", "Mona", is_target=True, artwork=f"m{n}") for n in range(3)]
    others = [LabelledPicture(f"o{n}", "other", is_target=False, artwork=f"o{n}") for n in range(400)]
    _, warnings = find_problems(Dataset(Path("/nowhere"), tuple(hers + others)), "mona")
    assert warnings == [
        "Only 3 pictures of 3 artworks show mona.",
        "400 pictures stand against 3 of mona.",
    ]


def test_one_artwork_with_two_labels_is_warned_of() -> None:
    twice = [LabelledPicture(f"{n}", "Mona", is_target=n == 0, artwork="one") for n in range(2)]
    _, warnings = find_problems(Dataset(Path("/nowhere"), tuple(twice)), "mona")
    assert "1 artworks stand on both sides, with and without mona; the first is one." in warnings


def test_a_folder_without_labelled_folders_is_refused(tmp_path: Path) -> None:
    noise(tmp_path / "a.png", 1)
    with pytest.raises(DatasetError, match="holds no pictures in labelled folders"):
        read_dataset(tmp_path, "mona")
    with pytest.raises(DatasetError, match="neither a folder nor a zip"):
        read_dataset(tmp_path / "a.png", "mona")


def test_classes_are_drawn_by_the_root_of_their_size() -> None:
    pictures = [LabelledPicture(f"a{n}", "A", is_target=False, artwork=f"a{n}") for n in range(16)]
    pictures += [LabelledPicture(f"b{n}", "B", is_target=True, artwork=f"b{n}") for n in range(4)]
    truth = label_pictures(STAGES["target"], pictures)
    weights = draw_weights(pictures, truth, None)
    assert weights.sum() == pytest.approx(1)
    assert weights[:16].sum() / weights[16:].sum() == pytest.approx(2)
    assert draw_weights(pictures, truth, 0.3)[16:].sum() == pytest.approx(0.3)
    assert encode_classes(pictures, ["other", "B"]).tolist() == [0] * 16 + [1] * 4
