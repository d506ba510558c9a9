"""The trainer, with a real tiny network on drawn pictures."""

import argparse
import csv
import dataclasses
import logging
from pathlib import Path

import numpy as np
import pytest

from ml.cli.train import add_arguments, run
from ml.datasets.reader import characters, read_dataset
from ml.errors import DatasetError
from ml.targets.card import find_target
from ml.training.checkpoint import EpochRow, read_state
from ml.training.curriculum import STAGES
from ml.training.image_cache import TrainingSet, load_image_cache
from ml.training.model import build_trainable
from ml.training.presets import PRESETS, TINY, TrainConfig
from ml.training.trainer import TrainingFailed, train
from ml.training.validation import Validation
from tests.ml.datasets import drawn
from tests.ml.datasets.test_reader import noise

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn.write(tmp_path_factory.mktemp("drawn"))


def training_set(folder: Path, config: TrainConfig, work: Path) -> TrainingSet:
    dataset = read_dataset(folder, "mona")
    return TrainingSet(
        load_image_cache(dataset, dataset.pictures, config.reach, work),
        dataset.pictures,
        np.arange(len(dataset.pictures)),
        list_classes(dataset.pictures),
    )


def broken_off(*_: object) -> None:
    raise KeyboardInterrupt


def numbers(history: list[EpochRow]) -> list[EpochRow]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in history]


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
    monkeypatch.setattr("ml.training.cross_validation.held_out", broken_off)
    with pytest.raises(KeyboardInterrupt):
        run(parser.parse_args([str(pictures), *asked, "--version", "5"]))
    assert find_target("mona", [tmp_path / "out"]).card == target.card


def test_a_training_that_was_stopped_goes_on_to_the_same_digit(
    pictures: Path, tmp_path: Path
) -> None:
    import keras

    given = training_set(pictures, TINY, tmp_path)
    histories = []
    for name, stopped in (("straight", False), ("stopped", True)):
        keras.utils.set_random_seed(3)
        model = build_trainable(TINY, len(given.names), None)
        if stopped:
            seen: list[EpochRow] = []

            def stop_in_a_stage(row: EpochRow, seen: list[EpochRow] = seen) -> bool:
                seen.append(row)
                return len(seen) < 6

            with pytest.raises(TrainingFailed, match="Stopped on request after target, epoch 2"):
                train(model, given, None, TINY, tmp_path / name, stop_in_a_stage)
            model = build_trainable(TINY, len(given.names), None)  # other weights: they are read back
        histories.append(numbers(train(model, given, None, TINY, tmp_path / name)))
    assert len(histories[0]) == sum(plan.epochs for plan in TINY.stages)
    assert histories[0] == histories[1]


def test_a_folder_of_another_training_is_refused(pictures: Path, tmp_path: Path) -> None:
    short = dataclasses.replace(TINY, stages=TINY.stages[2:3])
    given = training_set(pictures, short, tmp_path)
    model = build_trainable(short, len(given.names), None)
    train(model, given, None, short, tmp_path / "work")
    fewer = dataclasses.replace(given, rows=given.rows[1:])
    with pytest.raises(TrainingFailed, match="holds another training"):
        train(model, fewer, None, short, tmp_path / "work")
    other = dataclasses.replace(short, seed=8)
    with pytest.raises(TrainingFailed, match="holds another training"):
        train(model, given, None, other, tmp_path / "work")
    with pytest.raises(TrainingFailed, match="holds another training"):
        train(model, given, None, short, tmp_path / "work", start="other weights")


def test_a_stage_ends_on_its_best_epoch_when_none_better_comes(
    pictures: Path, tmp_path: Path
) -> None:
    still = dataclasses.replace(TINY.stages[2], epochs=5, rate=0.0)  # so no epoch is ever better
    config = dataclasses.replace(TINY, stages=(still,), patience=2, decay=0.0)
    given = training_set(pictures, config, tmp_path)
    shown = given.pictures[::4]
    squares = np.zeros((len(shown), 48, 48, 3), np.uint8)
    validation = Validation(squares, tuple(shown))
    model = build_trainable(config, len(given.names), None)
    history = train(model, given, validation, config, tmp_path / "work")
    assert len(history) == 3  # the first was the best, two were waited for
    assert read_state(tmp_path / "work")["saved"] == "plan-0-epoch-0.npz"
    assert all(0 < row["val_ap"] <= 1 and row["val_loss"] > 0 for row in history)
    again = train(model, given, validation, config, tmp_path / "work")
    assert numbers(again) == numbers(history)


def test_plain_folders_leave_out_what_nobody_can_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for seed in range(12):
        noise(tmp_path / "set" / ("mona", "rust")[seed % 2] / f"{seed}.png", seed)
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
        (["--backbone", "a/b"], "cannot be a folder's name"),
        (["--name", "tiny"], "both called 'tiny'"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_it_begins(
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
    with pytest.raises(DatasetError, match="tiny that ganyu may see with"):
        run(parser.parse_args([str(pictures), "--preset", "tiny", "--out", str(tmp_path)]))


@pytest.mark.parametrize("option", ["--epochs", "--samples", "--folds", "--version"])
def test_counts_are_whole_numbers_from_1(option: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    for wrong in ("0", "-2", "many"):
        with pytest.raises(argparse.ArgumentError, match="is not a whole number from 1"):
            parser.parse_args(["folder", f"{option}={wrong}"])


def test_a_loss_that_is_no_number_stops_the_training(pictures: Path, tmp_path: Path) -> None:
    wild = dataclasses.replace(TINY, stages=(dataclasses.replace(TINY.stages[0], rate=1e30),))
    given = training_set(pictures, wild, tmp_path)
    with pytest.raises(TrainingFailed, match="the loss is"):
        train(build_trainable(wild, len(given.names), None), given, None, wild, tmp_path / "wild")


def test_every_stage_of_every_preset_is_one_of_the_curriculum() -> None:
    assert {plan.stage for config in PRESETS.values() for plan in config.stages} == set(STAGES)
    assert [plan.stage for plan in TINY.stages] == list(STAGES)
