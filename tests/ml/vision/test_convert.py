"""Conversion keeps what the network says."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ml.vision.convert import Agreement, Kind, convert, measure_agreement
from ml.vision.networks import BlockSpec, MonaLiteConfig, build

TINY = MonaLiteConfig(
    side=32, dim=4, stem=8, head=16, stages=(BlockSpec(1, 3, 1, 1, 8), BlockSpec(1, 3, 2, 4, 12))
)


def run(model: Path, square: NDArray[np.uint8]) -> NDArray[np.float32]:
    interpreter = Interpreter(str(model), num_threads=1)
    interpreter.allocate_tensors()
    (given,), (got,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], square[np.newaxis].astype(given["dtype"]))
    interpreter.invoke()
    answer: NDArray[np.float32] = interpreter.get_tensor(got["index"])
    return answer.reshape(-1)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "least"), [("int8", 0.97), ("float16", 0.999)])
def test_a_converted_network_says_the_same(tmp_path: Path, kind: Kind, least: float) -> None:
    backbone = build(TINY)
    rng = np.random.default_rng(0)
    squares = rng.integers(0, 256, (40, 4, 4, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    exact = np.asarray(backbone(squares.astype(np.float32), training=False)).reshape(40, -1)
    (tmp_path / "model.tflite").write_bytes(convert(backbone, squares[:20], kind))
    converted = np.stack([run(tmp_path / "model.tflite", square) for square in squares])
    found = measure_agreement(exact, converted)
    assert found.pictures == 40
    assert found.mean_cosine > least


def test_agreement_is_the_cosine_and_its_worst_percentile() -> None:
    exact = np.tile(np.array([[1.0, 0.0]], np.float32), (100, 1))
    turned = exact.copy()
    turned[:2] = (0.0, 1.0)
    assert measure_agreement(exact, exact) == Agreement(100, 1.0, 1.0)
    assert measure_agreement(exact, turned).mean_cosine == pytest.approx(0.98)
    assert measure_agreement(exact, turned).worst_percentile_cosine < 0.1
