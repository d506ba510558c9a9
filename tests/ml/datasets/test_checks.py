"""Problems of a dataset are found before anything trains."""

from pathlib import Path

from ml.datasets.checks import find_problems
from ml.datasets.reader import Dataset, read_dataset
from tests.ml.datasets.pictures import draw_noise, make_picture


def test_missing_positives_and_damaged_files_forbid_a_training(tmp_path: Path) -> None:
    draw_noise(tmp_path / "other" / "a.png", 1)
    (tmp_path / "other" / "broken.png").write_bytes(b"no picture")
    fatal, _ = find_problems(read_dataset(tmp_path, "mona"), "mona")
    assert fatal == [
        "No picture shows mona: its folder is empty or missing.",
        "1 of 2 pictures cannot be read: other/broken.png.",
    ]
    draw_noise(tmp_path / "mona" / "only.png", 2)
    fatal, _ = find_problems(read_dataset(tmp_path, "mona"), "mona")
    assert "All pictures of mona show one artwork; at least two are needed." in fatal


def test_few_pictures_and_imbalance_are_warned_of() -> None:
    positives = [make_picture(f"m{n}", "Mona", is_target=True) for n in range(3)]
    negatives = [make_picture(f"o{n}", "other") for n in range(400)]
    _, warnings = find_problems(Dataset(Path("/nowhere"), (*positives, *negatives)), "mona")
    assert warnings == [
        "Only 3 pictures of 3 artworks show mona.",
        "There are 400 negatives for 3 pictures of mona.",
    ]


def test_one_artwork_with_two_labels_is_warned_of() -> None:
    twice = [make_picture(f"{n}", "Mona", is_target=n == 0, artwork="one") for n in range(2)]
    _, warnings = find_problems(Dataset(Path("/nowhere"), tuple(twice)), "mona")
    assert "1 artworks have pictures with and without mona; the first is one." in warnings


def test_only_some_of_many_damaged_files_are_named() -> None:
    many = tuple(make_picture(f"{n:02}", "other") for n in range(30))
    fatal, _ = find_problems(Dataset(Path("/nowhere"), many), "mona")
    assert fatal[-1].endswith("07, 08, 09 ….")
