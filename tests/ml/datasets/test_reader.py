"""Labelled folders and manifests: how they are read, and when they are refused."""

import csv
import zipfile
from pathlib import Path

import pytest

from ml.datasets.reader import read_dataset, read_manifests
from ml.errors import DatasetError
from ml.training.curriculum import STAGES, UNKNOWN
from tests.ml.datasets import drawn
from tests.ml.datasets.pictures import draw_noise

COLUMNS = ("path", "character", "game", "kind", "gender", "similar_to_mona", "contains_mona")


def write_manifest(file: Path, rows: list[tuple[str, ...]]) -> Path:
    """Rows of COLUMNS, base_art, source, has_alpha."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow((*COLUMNS, "base_art", "source", "has_alpha"))
        writer.writerows(rows)
    return file


def mona(path: str, artwork: str) -> tuple[str, ...]:
    return (path, "Mona", "genshin", "icon", "female", "target", "yes", artwork, "one", "1")


def test_a_manifest_labels_character_gender_likeness_and_target(tmp_path: Path) -> None:
    pictures = read_dataset(drawn.write(tmp_path), "mona").pictures
    assert sum(p.is_target for p in pictures) == 18
    rust = next(p for p in pictures if p.character == "Rust")
    assert (rust.gender, rust.similar, rust.is_target) == ("male", "no", False)
    answers = {name: stage.label(rust) for name, stage in STAGES.items()}
    assert answers == {"characters": 0, "gender": 0, "similar": 0, "target": 0}
    positive = next(p for p in pictures if p.is_target)
    assert (STAGES["similar"].label(positive), STAGES["target"].label(positive)) == (UNKNOWN, 1)


def test_several_manifests_are_one_dataset_whose_files_can_be_read(tmp_path: Path) -> None:
    draw_noise(tmp_path / "one" / "a.png", 1)
    draw_noise(tmp_path / "two" / "b.png", 2)
    manifests = [
        write_manifest(tmp_path / "one" / "first.csv", [mona("a.png", "x")]),
        write_manifest(tmp_path / "second.csv", [mona("two/b.png", "y")]),
    ]
    dataset = read_manifests(manifests, "mona")
    assert [p.path for p in dataset.pictures] == ["one/a.png", "two/b.png"]
    assert all(dataset.read(p).startswith(b"\x89PNG") for p in dataset.pictures)


def test_negatives_show_no_character_and_serve_as_backdrops(tmp_path: Path) -> None:
    row = ("n.png", "Herta", "none", "wallpaper", "", "no", "no", "z", "crawl", "0")
    cutout = ("c.png", "Herta", "star_rail", "sticker", "", "no", "no", "w", "crawl", "1")
    crawl = write_manifest(tmp_path / "crawl.csv", [row, cutout])
    main = write_manifest(tmp_path / "main.csv", [mona("a.png", "x")])
    _, wallpaper, sticker = read_manifests([main], "mona", negatives=[crawl]).pictures
    assert (wallpaper.character, wallpaper.is_backdrop) == ("other", True)
    assert (sticker.character, sticker.is_backdrop) == ("other", False)


def test_groups_join_artworks_of_all_manifests(tmp_path: Path) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("path,base_art,art_group\na.png,x,7\nb.png,y,7\n")
    manifests = [
        write_manifest(tmp_path / "one.csv", [mona("a.png", "x"), mona("b.png", "y")]),
        write_manifest(tmp_path / "two.csv", [mona("c.png", "y"), mona("d.png", "z")]),
    ]
    artworks = [p.artwork for p in read_manifests(manifests, "mona", groups=groups).pictures]
    assert artworks == ["group-7", "group-7", "group-7", "z"]


def test_a_manifest_that_is_missing_or_lacks_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is no manifest"):
        read_manifests([tmp_path / "nothing.csv"], "mona")
    (tmp_path / "short.csv").write_text("path,character,game\na.png,Mona,genshin\n")
    with pytest.raises(DatasetError, match="has no column 'contains_mona'"):
        read_manifests([tmp_path / "short.csv"], "mona")
    (tmp_path / "groups.csv").write_text("path\na.png\n")
    with pytest.raises(DatasetError, match="no list of base_art and art_group"):
        read_manifests([tmp_path / "short.csv"], "mona", groups=tmp_path / "groups.csv")


def test_a_zip_of_labelled_folders_reads_like_the_folder(tmp_path: Path) -> None:
    draw_noise(tmp_path / "set" / "mona" / "a.png", 1)
    draw_noise(tmp_path / "set" / "other" / "b.png", 2)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in (tmp_path / "set").rglob("*.png"):
            archive.write(file, file.relative_to(tmp_path / "set"))
    packed, plain = (read_dataset(tmp_path / name, "mona") for name in ("set.zip", "set"))
    assert {p.path for p in packed.pictures} == {p.path for p in plain.pictures}
    assert packed.read(packed.pictures[0]).startswith(b"\x89PNG")


def test_a_folder_without_labelled_folders_is_refused(tmp_path: Path) -> None:
    draw_noise(tmp_path / "a.png", 1)
    with pytest.raises(DatasetError, match="holds no pictures in labelled folders"):
        read_dataset(tmp_path, "mona")
    with pytest.raises(DatasetError, match="neither a folder nor a zip"):
        read_dataset(tmp_path / "a.png", "mona")
