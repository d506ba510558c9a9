"""What a network's inner layers hold of a picture: textures and shading that its output forgets.

The output is trained to tell characters apart, whatever they are drawn with. The layers before it
still know the latter. LiteRT returns outputs only, so the model in memory gets more of them; the
file stays as it is.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.errors import ArtifactError
from ml.vision.backbone import dequantize, load_backbone, quantize, silence_stderr
from ml.vision.regions import letterbox

# Numbers of fields in LiteRT's schema of a model file.
_SUBGRAPHS, _OUTPUTS = 2, 2


class InnerLayers:
    """A network in memory, at its first scale. Threads must not share it."""

    def __init__(self, folder: Path, blocks: Sequence[int]) -> None:
        """Load the network in `folder`.

        Args:
            blocks: numbers of the blocks of `mona_lite` whose results are wanted, from 0.

        Raises ArtifactError, also for a network without such a block.
        """
        from ai_edge_litert.interpreter import Interpreter  # the web process lists cards only

        self._card = load_backbone(folder)
        model = (folder / "model.tflite").read_bytes()
        with silence_stderr():
            tensors = Interpreter(model_content=model, num_threads=1).get_tensor_details()
            found = [_find_last(folder, tensors, f"/blocks_{block}_") for block in blocks]
            more = add_outputs(model, found)
            self._interpreter = Interpreter(model_content=more, num_threads=1)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        outputs = {output["index"]: output for output in self._interpreter.get_output_details()}
        self._outputs = [outputs[index] for index in found]

    def measure(self, image: Image.Image) -> NDArray[np.float16]:
        """Return each channel's mean and deviation over an RGB picture, float16 (n,).

        The channels of a block stay together: first their means, then their deviations.
        """
        side = self._card.side
        square, (left, top, right, bottom) = letterbox(image, side, self._card.resize)
        pixels = quantize(square[np.newaxis], self._input)
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()
        measured: list[NDArray[np.float32]] = []
        for output in self._outputs:
            values = dequantize(self._interpreter.get_tensor(output["index"])[0], output)
            rows, columns, channels = values.shape
            inside = values[
                top * rows // side : -(-bottom * rows // side),
                left * columns // side : -(-right * columns // side),
            ].reshape(-1, channels)
            measured += [inside.mean(axis=0), inside.std(axis=0)]
        return np.concatenate(measured).astype(np.float16)


def _find_last(folder: Path, tensors: list[dict[str, Any]], name: str) -> int:
    """Return the number of the last tensor with this in its name: a block's result."""
    found: list[int] = [tensor["index"] for tensor in tensors if name in tensor["name"]]
    if not found:
        raise ArtifactError(f"{folder.name}: its network has no layer {name.strip('/_')!r}.")
    return found[-1]


def add_outputs(model: bytes, tensors: Sequence[int]) -> bytes:
    """Return a LiteRT model with one subgraph that also outputs these tensors.

    The file is a FlatBuffer. Its list of outputs is written again at the end, and the one offset
    that leads to the list then leads there.
    """
    changed = bytearray(model)
    root = _read_offset(changed, 0)
    subgraphs = _read_offset(changed, _find_field(changed, root, _SUBGRAPHS))
    field = _find_field(changed, _read_offset(changed, subgraphs + 4), _OUTPUTS)
    outputs = _read_offset(changed, field)
    (count,) = struct.unpack_from("<I", changed, outputs)
    known = struct.unpack_from(f"<{count}i", changed, outputs + 4)
    both = (*known, *tensors)
    changed += bytes(-len(changed) % 4)
    struct.pack_into("<I", changed, field, len(changed) - field)
    return bytes(changed + struct.pack(f"<I{len(both)}i", len(both), *both))


def _read_offset(model: bytearray, at: int) -> int:
    """Return the position that the offset at a position leads to."""
    (offset,) = struct.unpack_from("<I", model, at)
    return at + int(offset)


def _find_field(model: bytearray, table: int, number: int) -> int:
    """Return the position of a field of a table."""
    (back,) = struct.unpack_from("<i", model, table)
    (offset,) = struct.unpack_from("<H", model, table - back + 4 + 2 * number)
    return table + int(offset)
