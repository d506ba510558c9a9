"""What is written of a trained network, with a real tiny one that nothing has trained."""

import logging
from pathlib import Path

import numpy as np
import pytest

from ml.datasets.reader import read_dataset
from ml.training import write_backbone as backbone
from ml.training.model import build_trainable
from ml.training.presets import TINY
from ml.training.split import make_split
from ml.training.weights import Start
from ml.vision.backbone import load_backbone
from tests.ml.datasets import drawn

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("wanted", "given"), [(-1.0, np.uint8), (1.1, np.float32)])
def test_float16_is_written_where_int8_loses_too_much(
    wanted: float,
    given: type,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from ai_edge_litert.interpreter import Interpreter

    for name in ("_MEAN_COSINE", "_WORST_COSINE", "_SAME_CHARACTER"):
        monkeypatch.setattr(backbone, name, wanted)
    caplog.set_level(logging.WARNING)
    dataset = read_dataset(drawn.write(tmp_path / "drawn"), "mona")
    split = make_split(dataset, TINY, tmp_path / "work", start=Start(), fold_count=2)
    model = build_trainable(TINY, len(split.class_names), Start())
    backbone.save_checked(split, model, tmp_path / "tiny")

    converted_model = Interpreter(str(tmp_path / "tiny" / "model.tflite"), num_threads=1)
    assert converted_model.get_input_details()[0]["dtype"] is given
    converted = load_backbone(tmp_path / "tiny").data["converted"]
    assert set(converted) >= {"mean_cosine", "worst_percentile_cosine", "same_character"}
    if given is np.float32:
        assert "float16 is written" in caplog.text
        assert converted["mean_cosine"] > 0.999
    else:
        ours = [record for record in caplog.records if record.name.startswith("ml.")]
        assert ours == []  # TensorFlow has warnings of its own, which other tests bring about
