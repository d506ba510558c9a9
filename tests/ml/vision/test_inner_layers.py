"""The inner layers of a network can be read, and its output stays as it was."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from ml.errors import ArtifactError
from ml.vision.inner_layers import InnerLayers, add_outputs
from tests.red_circle.drawing import draw


def compute_output(model: bytes, square: NDArray[np.uint8], output: int) -> NDArray[np.float32]:
    """What a model's output holds for a picture."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], square[np.newaxis])
    interpreter.invoke()
    values: NDArray[np.float32] = interpreter.get_tensor(
        interpreter.get_output_details()[output]["index"]
    )
    return values


@pytest.mark.parametrize("name", ["tiny_lite", "tiny_cnn"])
def test_more_outputs_leave_the_first_one_as_it_was(red_circle: Path, name: str) -> None:
    model = (red_circle / name / "model.tflite").read_bytes()
    interpreter = Interpreter(model_content=model, num_threads=1)
    side = int(interpreter.get_input_details()[0]["shape"][1])
    square = np.asarray(draw(1, red_circle=True, size=(side, side)))
    known = interpreter.get_output_details()[0]["index"]
    inner = known - 3
    more = add_outputs(model, [inner])
    assert np.array_equal(compute_output(more, square, 0), compute_output(model, square, 0))
    assert compute_output(more, square, 1).std() > 0


def test_deviations_grow_with_texture(red_circle: Path) -> None:
    layers = InnerLayers(red_circle / "tiny_lite", (0, 2))
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    rough = layers.measure(Image.fromarray(noise))
    plain = layers.measure(Image.new("RGB", (90, 60), (120, 120, 120)))
    assert len(rough) == len(plain) == 2 * (8 + 16)
    assert rough[8:16].mean() > 2 * plain[8:16].mean()


def test_the_white_beside_a_picture_does_not_count(red_circle: Path) -> None:
    layers = InnerLayers(red_circle / "tiny_lite", (0,))
    wide, square = (layers.measure(Image.new("RGB", size, "red")) for size in ((90, 30), (90, 90)))
    white = layers.measure(Image.new("RGB", (90, 90), "white"))
    assert np.abs(wide - square)[:8].max() < np.abs(white - square)[:8].max() / 4


@pytest.mark.parametrize("name", ["tiny_lite", "tiny_cnn"])
def test_a_network_without_the_block_is_refused(red_circle: Path, name: str) -> None:
    with pytest.raises(ArtifactError, match="has no layer 'blocks_9'"):
        InnerLayers(red_circle / name, (9,))
