"""Batches: repeatable, labelled by what is drawn in them."""

from pathlib import Path

import numpy as np
import pytest

from ml.datasets.reader import read_dataset
from ml.datasets.splits import list_classes
from ml.training.image_cache import TrainingSet, load_image_cache
from ml.training.presets import TINY, StageConfig
from tests.ml.datasets import drawn

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def training_set(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    folder: Path = drawn.write(tmp_path_factory.mktemp("drawn"))
    dataset = read_dataset(folder, "mona")
    return TrainingSet(
        load_image_cache(dataset, dataset.pictures, 64, folder),
        dataset.pictures,
        np.arange(len(dataset.pictures)),
        list_classes(dataset.pictures),
    )


def test_an_epoch_is_the_same_each_time_and_another_is_not(training_set: TrainingSet) -> None:
    from ml.training.batches import Batches

    batches = Batches(training_set, TINY.stages[-1], TINY)
    first, again = batches[1][0], batches[1][0]
    np.testing.assert_array_equal(first, again)
    batches.epoch = 1
    assert (batches[1][0] != first).any()


def test_labels_are_smoothed_classes_and_the_stages_answer(training_set: TrainingSet) -> None:
    from ml.training.batches import Batches

    batches = Batches(training_set, TINY.stages[-1], TINY)
    pixels, targets = batches[0]
    assert pixels.shape == (TINY.batch, 48, 48, 3)
    np.testing.assert_allclose(targets["characters"].sum(axis=1), 1, rtol=1e-5)
    target = list(training_set.class_names).index("Mona")
    floor = TINY.smoothing / len(training_set.class_names)
    has_target = targets["characters"][:, target] > 1.5 * floor
    assert (has_target == (targets["stage"][:, 0] == 1)).all()
    assert has_target.any()
    assert not has_target.all()


def test_a_question_of_one_figure_is_asked_of_lone_figures(training_set: TrainingSet) -> None:
    from ml.training.batches import Batches

    batches = Batches(training_set, StageConfig("gender", 1, samples=64, rate=1e-3), TINY)
    classes = np.concatenate([batches[n][1]["characters"] for n in range(len(batches))])
    assert ((classes > 0.5).sum(axis=1) == 1).all()
