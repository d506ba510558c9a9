"""The command `train`, with a real tiny network on drawn pictures."""

import argparse
import csv
import importlib.util
import logging
from pathlib import Path

import pytest

from ml.cli.train import add_arguments, run
from ml.errors import DatasetError, TrainingFailed
from ml.targets.catalog import find_target, list_names
from tests.ml.datasets import drawn
from tests.ml.datasets.pictures import draw_noise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn.write(tmp_path_factory.mktemp("drawn"))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_tiny_preset_learns_through_all_stages_and_separates(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    folders = ["--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    asked = ["--preset", "tiny", "--folds", "2", "--version", "4", *folders]
    assert run(parser.parse_args([str(pictures), *asked])) == 0

    target = find_target("mona", [tmp_path / "out"])
    assert target.card.version == 4
    assert target.card.figures["average_precision"]["value"] > 0.95  # chance is about 0.7
    assert target.card.figures["positives"] == 18
    with (tmp_path / "work" / "base" / "history.csv").open() as rows:
        assert [row["stage"] for row in csv.DictReader(rows)] == [
            *("characters", "characters", "gender", "similar")
        ]

    # A second run that ends before its figures are there leaves what stands in --out whole.
    monkeypatch.setattr("ml.training.export.score_held_out", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(parser.parse_args([str(pictures), *asked, "--version", "5"]))
    assert find_target("mona", [tmp_path / "out"]).card == target.card


def draw_nobody(folder: Path) -> Path:
    """Draw noise with a manifest, and return the manifest."""
    file = folder / "nobody.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow((*drawn.COLUMNS, "base_art", "source"))
        for seed in range(20):
            draw_noise(folder / "noise" / f"{seed}.png", seed)
            row = (f"noise/{seed}.png", "none", "none", "scene", "", "", "no")
            writer.writerow((*row, f"noise:{seed}", f"noise {seed}"))
    return file


@pytest.mark.usefixtures("run_eagerly")
def test_every_character_of_the_game_becomes_a_target_on_one_backbone(tmp_path: Path) -> None:
    manifest = drawn.write(tmp_path / "set") / "manifest.csv"
    nobody = draw_nobody(tmp_path / "set")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out = tmp_path / "out"
    folders = ["--work", str(tmp_path / "work"), "--out", str(out)]
    short = ["--preset", "tiny", "--folds", "2", "--epochs", "1", "--samples", "32"]
    asked = [*short, "--every-character", *folders]
    assert run(parser.parse_args([str(manifest), "--negatives", str(nobody), *asked])) == 0

    assert list_names([out]) == ["lime", "mona", "rust", "violet"]
    targets = [find_target(name, [out]) for name in list_names([out])]
    assert {target.backbone_folder for target in targets} == {out / "tiny"}
    lime, mona, *_ = targets
    assert lime.card.title == "Lime"
    assert lime.card.split.startswith("few pictures: 18 of them show Lime")
    assert lime.card.figures["positive_artworks"] == 18, "of three characters together"
    assert mona.card.figures["positive_artworks"] == 6
    assert len(lime.head.rivals) == 4, "Mona, Rust, Violet and nobody"


@pytest.mark.usefixtures("run_eagerly")
def test_stages_that_no_picture_can_answer_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for seed in range(12):
        draw_noise(tmp_path / "set" / ("mona", "rust")[seed % 2] / f"{seed}.png", seed)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    folders = ["--work", str(tmp_path / "work"), "--folds", "2", "--compare"]
    short = ["--preset", "tiny", "--epochs", "1", "--samples", "32"]
    assert run(parser.parse_args([str(tmp_path / "set"), *short, *folders])) == 0
    assert "'male or female?': left out" in caplog.text
    assert "average precision" in caplog.text


def test_the_first_blocks_are_not_frozen_on_random_weights(pictures: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(DatasetError, match="name them with --imagenet"):
        run(parser.parse_args([str(pictures), "--preset", "mona_lite"]))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--without", "gender, target"], "The last stage .* cannot be left out"),
        (["--without", "gendre"], "tiny has no stage gendre"),
        (["--folds", "1"], "at least 2 folds"),
        (["--name", "../elsewhere"], "cannot be a folder's name"),
        (["--backbone-name", "a/b"], "cannot be a folder's name"),
        (["--name", "tiny"], "both called 'tiny'"),
    ],
)
def test_a_training_that_cannot_succeed_is_refused_before_it_begins(
    pictures: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = [str(pictures), "--preset", "tiny", "--work", str(tmp_path / "work"), *arguments]
    with pytest.raises(DatasetError, match=said):
        run(parser.parse_args(given))


def test_another_target_does_not_lose_its_backbone(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "ganyu").mkdir()
    (tmp_path / "ganyu" / "head.npz").write_bytes(b"")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(DatasetError, match="tiny that ganyu may need"):
        run(parser.parse_args([str(pictures), "--preset", "tiny", "--out", str(tmp_path)]))


@pytest.mark.parametrize("option", ["--epochs", "--samples", "--folds", "--version"])
def test_counts_are_whole_numbers_from_1(option: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    for wrong in ("0", "-2", "many"):
        with pytest.raises(argparse.ArgumentError, match="is not a whole number from 1"):
            parser.parse_args(["folder", f"{option}={wrong}"])


def test_training_without_tensorflow_says_how_to_install_it(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(TrainingFailed, match="`make train`"):
        run(parser.parse_args([str(pictures)]))
