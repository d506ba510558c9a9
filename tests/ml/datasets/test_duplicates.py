"""Near-duplicates share an artwork, and so do duplicates of duplicates."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.datasets.duplicates import compute_difference_hash, decode_preview
from ml.datasets.reader import read_dataset
from tests.ml.datasets.pictures import draw_noise


def draw_hash(file: Path, bits: NDArray[np.bool_]) -> None:
    """Write a picture whose difference hash is these (8, 8) bits."""
    steps = np.where(bits, -12, 12).cumsum(axis=1)
    cells = np.concatenate([np.zeros((8, 1), int), steps], axis=1) + 128
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(cells.astype(np.uint8)).resize((90, 80), Image.Resampling.NEAREST).save(file)


def test_near_duplicates_in_plain_folders_are_one_artwork(tmp_path: Path) -> None:
    draw_noise(tmp_path / "mona" / "a.png", 1)
    with Image.open(tmp_path / "mona" / "a.png") as image:
        image.resize((120, 110)).save(tmp_path / "mona" / "b.jpg", quality=60)
    draw_noise(tmp_path / "other" / "c.png", 2)
    artworks = {p.path: p.artwork for p in read_dataset(tmp_path, "mona").pictures}
    assert artworks["mona/a.png"] == artworks["mona/b.jpg"] != artworks["other/c.png"]


def test_duplicates_of_duplicates_are_one_artwork(tmp_path: Path) -> None:
    bits = np.random.default_rng(4).random((8, 8)) < 0.5
    for name, changed in (("mona/a.png", 0), ("other/b.png", 10), ("other/c.png", 5)):
        flipped = np.arange(64).reshape(8, 8) < changed
        draw_hash(tmp_path / name, bits ^ flipped)
    dataset = read_dataset(tmp_path, "mona")
    first, last, between = (
        compute_difference_hash(Image.open(tmp_path / p.path)) for p in dataset.pictures
    )
    assert (first ^ last).bit_count() == 10  # no near-duplicates of each other, but both of b
    assert (first ^ between).bit_count() == (last ^ between).bit_count() == 5
    assert len({p.artwork for p in dataset.pictures}) == 1


def test_a_damaged_file_has_no_preview_and_its_own_artwork(tmp_path: Path) -> None:
    (tmp_path / "mona").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "mona" / name).write_bytes(b"no picture")
    dataset = read_dataset(tmp_path, "mona")
    assert [decode_preview(dataset, p) for p in dataset.pictures] == [None, None]
    assert len({p.artwork for p in dataset.pictures}) == 2
