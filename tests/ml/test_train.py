"""The trainer, with a real tiny network on drawn pictures."""

import argparse
import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import find_target
from ml.checkpoint import Row
from ml.curriculum import STAGES
from ml.dataset import characters, read_dataset
from ml.presets import PRESETS, TINY, TrainConfig
from ml.sprites import Material, load_sprites
from ml.train import TrainingFailed, add_arguments, run, train
from ml.trainable import trainable
from tests.ml import drawn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn.write(tmp_path_factory.mktemp("drawn"))


def material(folder: Path, config: TrainConfig, work: Path) -> Material:
    dataset = read_dataset(folder, "mona")
    return Material(
        load_sprites(dataset, dataset.pictures, config.reach, work),
        dataset.pictures,
        np.arange(len(dataset.pictures)),
        characters(dataset.pictures),
    )


def numbers(history: list[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in history]


def test_the_tiny_preset_learns_through_all_stages_and_separates(
    pictures: Path, tmp_path: Path
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    folders = ["--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    assert (
        run(parser.parse_args([str(pictures), "--preset", "tiny", "--folds", "2", *folders])) == 0
    )

    target = find_target("mona", [tmp_path / "out"])
    assert target.card.figures["average_precision"]["value"] > 0.8  # chance is about 0.5
    assert target.card.figures["of_the_target"] == 18
    with (tmp_path / "work" / "base" / "history.csv").open() as rows:
        assert [row["stage"] for row in csv.DictReader(rows)] == [
            *("characters", "characters", "gender", "similar")
        ]


def test_a_training_that_was_stopped_goes_on_to_the_same_digit(
    pictures: Path, tmp_path: Path
) -> None:
    import keras

    given = material(pictures, TINY, tmp_path)
    histories = []
    for name, stopped in (("straight", False), ("stopped", True)):
        keras.utils.set_random_seed(3)
        model = trainable(TINY, len(given.names), None)
        if stopped:
            seen: list[Row] = []

            def stop_after_three(row: Row, seen: list[Row] = seen) -> bool:
                seen.append(row)
                return len(seen) < 3

            with pytest.raises(TrainingFailed, match="Stopped on request after gender"):
                train(model, given, None, TINY, tmp_path / name, stop_after_three)
            model = trainable(TINY, len(given.names), None)  # other weights: they are read back
        histories.append(numbers(train(model, given, None, TINY, tmp_path / name)))
    assert len(histories[0]) == sum(plan.epochs for plan in TINY.plans)
    assert histories[0] == histories[1]


def test_a_loss_that_is_no_number_stops_the_training(pictures: Path, tmp_path: Path) -> None:
    wild = dataclasses.replace(TINY, plans=(dataclasses.replace(TINY.plans[0], rate=1e30),))
    given = material(pictures, wild, tmp_path)
    with pytest.raises(TrainingFailed, match="the loss is"):
        train(trainable(wild, len(given.names), None), given, None, wild, tmp_path / "wild")


def test_every_stage_of_every_preset_is_one_of_the_curriculum() -> None:
    assert {plan.stage for config in PRESETS.values() for plan in config.plans} == set(STAGES)
    assert [plan.stage for plan in TINY.plans] == list(STAGES)
