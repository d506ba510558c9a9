"""Load a backbone once, embed many pictures: LiteRT on one thread."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.disk import compute_sha256
from ml.errors import ArtifactError
from ml.vision.card import BackboneCard, read_card
from ml.vision.regions import compute_region_means, letterbox


def load_backbone(folder: Path) -> BackboneCard:
    """Read a backbone's card and check that `model.tflite` is the one it was written for.

    Raises ArtifactError.
    """
    card = read_card(folder, BackboneCard, "backbone")
    model = folder / "model.tflite"
    try:
        if compute_sha256(model) != card.model_sha256:
            raise ArtifactError(
                f"{folder.name}: model.tflite is not the one its card was written for."
            )
    except OSError as exc:
        raise ArtifactError(f"{folder.name}: model.tflite cannot be read ({exc}).") from exc
    return card


class Backbone:
    """A network in memory. Threads must not share it.

    It uses one thread. One process a core is faster than one process with several threads, because
    processes need no coordination.
    """

    def __init__(self, folder: Path) -> None:
        """Load the network in `folder`. Raises ArtifactError."""
        from ai_edge_litert.interpreter import Interpreter  # the web process lists cards only

        self.card = load_backbone(folder)
        with _silence_stderr():
            self._interpreter = Interpreter(str(folder / "model.tflite"), num_threads=1)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()

    def embed(self, image: Image.Image) -> NDArray[np.float16]:
        """Return the region embeddings of an RGB picture, float16 (regions, dim)."""
        square, box = letterbox(image, self.card.side, self.card.resize)
        return compute_region_means(self.compute_feature_map(square), box, self.card)

    def compute_feature_map(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return float32 (h, w, dim) for uint8 (side, side, 3), RGB 0..255."""
        pixels = _quantize(square[np.newaxis], self._input)
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()
        output = self._interpreter.get_tensor(self._output["index"])[0]
        return _dequantize(output, self._output).reshape(*self.card.map_shape, self.card.dim)


@contextmanager
def _silence_stderr() -> Iterator[None]:
    """Keep LiteRT's announcement of its delegate out of the progress bar.

    LiteRT writes to file descriptor 2. Errors of loading still come as exceptions.
    """
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _quantize(values: NDArray[np.uint8], tensor: dict[str, Any]) -> NDArray[Any]:
    scale, zero = tensor["quantization"]
    if not scale or (tensor["dtype"] is np.uint8 and scale == 1 and zero == 0):
        return values.astype(tensor["dtype"], copy=False)
    limits = np.iinfo(tensor["dtype"])
    steps = np.rint(values.astype(np.float32) / scale) + zero
    clipped: NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(tensor["dtype"])
    return clipped


def _dequantize(values: NDArray[Any], tensor: dict[str, Any]) -> NDArray[np.float32]:
    scale, zero = tensor["quantization"]
    floats: NDArray[np.float32] = values.astype(np.float32)
    return (floats - zero) * np.float32(scale) if scale else floats
