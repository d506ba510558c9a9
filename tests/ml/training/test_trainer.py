"""The trainer, with a real tiny network on drawn pictures."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ml.datasets.reader import read_dataset
from ml.datasets.splits import list_classes
from ml.errors import TrainingFailed
from ml.training.checkpoint import EpochRow, read_state
from ml.training.image_cache import TrainingSet, load_image_cache
from ml.training.model import build_trainable
from ml.training.presets import TINY, TrainConfig
from ml.training.trainer import train
from ml.training.validation import Validation
from ml.training.weights import Start
from tests.ml.datasets import drawn

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("run_eagerly")]


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


def drop_seconds(history: list[EpochRow]) -> list[EpochRow]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in history]


def test_a_training_that_was_stopped_goes_on_to_the_same_digit(
    pictures: Path, tmp_path: Path
) -> None:
    import keras

    stages = (dataclasses.replace(TINY.stages[n], samples=2 * TINY.batch) for n in (0, -1))
    config = dataclasses.replace(TINY, stages=tuple(stages))
    given = training_set(pictures, config, tmp_path)
    histories = []
    for name, stopped in (("straight", False), ("stopped", True)):
        keras.utils.set_random_seed(3)
        model = build_trainable(config, len(given.class_names), Start())
        if stopped:
            seen: list[EpochRow] = []

            def stop_in_a_stage(row: EpochRow, seen: list[EpochRow] = seen) -> bool:
                seen.append(row)
                return len(seen) < 4

            with pytest.raises(TrainingFailed, match="Stopped on request after target, epoch 2"):
                train(model, given, None, config, tmp_path / name, stop_in_a_stage)
            model = build_trainable(
                TINY, len(given.class_names), Start()
            )  # its weights are replaced
        histories.append(drop_seconds(train(model, given, None, config, tmp_path / name)))
    assert len(histories[0]) == sum(stage.epochs for stage in config.stages)
    assert histories[0] == histories[1]


def test_a_folder_of_another_training_is_refused(pictures: Path, tmp_path: Path) -> None:
    short = dataclasses.replace(TINY, stages=TINY.stages[2:3])
    given = training_set(pictures, short, tmp_path)
    model = build_trainable(short, len(given.class_names), Start())
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
    model = build_trainable(config, len(given.class_names), Start())
    history = train(model, given, validation, config, tmp_path / "work")
    assert len(history) == 3  # the first was the best, two were waited for
    assert read_state(tmp_path / "work")["saved"] == "stage-0-epoch-0.npz"
    assert all(0 < row["val_ap"] <= 1 and row["val_loss"] > 0 for row in history)
    again = train(model, given, validation, config, tmp_path / "work")
    assert drop_seconds(again) == drop_seconds(history)


def test_a_loss_that_is_no_number_stops_the_training(pictures: Path, tmp_path: Path) -> None:
    wild = dataclasses.replace(TINY, stages=(dataclasses.replace(TINY.stages[0], rate=1e30),))
    given = training_set(pictures, wild, tmp_path)
    with pytest.raises(TrainingFailed, match="the loss is"):
        train(
            build_trainable(wild, len(given.class_names), Start()),
            given,
            None,
            wild,
            tmp_path / "wild",
        )
