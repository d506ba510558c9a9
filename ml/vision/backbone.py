"""Load a backbone once, look at many pictures: LiteRT on one thread."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.targets.card import load_backbone
from ml.vision.regions import fit, looks


class Predictor:
    """A backbone in memory. Not to be shared between threads.

    Throughput comes from one process a core, each with one thread: nothing to coordinate.
    """

    def __init__(self, folder: Path) -> None:
        """Load the backbone in `folder`. Raises ArtifactError."""
        from ai_edge_litert.interpreter import Interpreter  # not for the web process, which lists

        self.card = load_backbone(folder)
        with _quiet_stderr():
            self._interpreter = Interpreter(str(folder / "model.tflite"), num_threads=1)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()

    def embed(self, image: Image.Image) -> NDArray[np.float16]:
        """RGB picture → float16 (looks, dim)."""
        square, box = fit(image, self.card.side, self.card.resize)
        return looks(self.places(square), box, self.card)

    def places(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 (side, side, 3), RGB 0..255 → float32 (h, w, dim)."""
        pixels = _quantize(square[np.newaxis], self._input)
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()
        output = self._interpreter.get_tensor(self._output["index"])[0]
        return _dequantize(output, self._output).reshape(*self.card.places, self.card.dim)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """LiteRT announces its delegate on file descriptor 2, in the middle of a progress bar.

    What it has to say of a model that it cannot load comes as an exception.
    """
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _quantize(values: NDArray[np.uint8], tensor: dict) -> NDArray:  # type: ignore[type-arg]
    scale, zero = tensor["quantization"]
    if not scale or (tensor["dtype"] is np.uint8 and scale == 1 and zero == 0):
        return values.astype(tensor["dtype"], copy=False)
    limits = np.iinfo(tensor["dtype"])
    steps = np.rint(values.astype(np.float32) / scale) + zero
    clipped: NDArray = np.clip(steps, limits.min, limits.max).astype(tensor["dtype"])  # type: ignore[type-arg]
    return clipped


def _dequantize(values: NDArray, tensor: dict) -> NDArray[np.float32]:  # type: ignore[type-arg]
    scale, zero = tensor["quantization"]
    floats: NDArray[np.float32] = values.astype(np.float32)
    return (floats - zero) * np.float32(scale) if scale else floats
