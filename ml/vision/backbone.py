"""Load a backbone once, embed many pictures: LiteRT on one thread."""

import dataclasses
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
from ml.vision.card import BackboneCard, Scale, read_card
from ml.vision.regions import Box, compute_region_means, count_scale_regions, letterbox


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


@dataclasses.dataclass(frozen=True)
class View:
    """What the network sees of a picture at one scale."""

    scale: Scale
    box: Box  # where the network's square shows the picture
    feature_map: NDArray[np.float32]  # (h, w, dim)


class Backbone:
    """A network in memory. Threads must not share it.

    It uses one thread. One process a core is faster than one process with several threads, because
    processes need no coordination.
    """

    def __init__(self, folder: Path) -> None:
        """Load the network in `folder`. Raises ArtifactError."""
        self.card = load_backbone(folder)
        model = folder / "model.tflite"
        self._pass = _Pass(model, self.card.scale, self.card.dim)
        self._close_pass = _Pass(model, self.card.close, self.card.dim) if self.card.close else None

    def embed(self, image: Image.Image, *, closely: bool = True) -> NDArray[np.float16]:
        """Return the region embeddings of an RGB picture, float16 (regions, dim).

        The regions of the close scale follow those of the first. They repeat the whole picture's
        embedding if it has no more pixels than the first scale shows, or if `closely` is False.
        """
        views = self.view(image, closely=closely)
        regions = [compute_region_means(one.feature_map, one.box, one.scale) for one in views]
        if self._close_pass is not None and len(views) == 1:
            count = count_scale_regions(self._close_pass.scale)
            regions.append(np.repeat(regions[0][:1], count, axis=0))
        return np.concatenate(regions)

    def view(self, image: Image.Image, *, closely: bool = True) -> list["View"]:
        """Return what the network sees of an RGB picture at each scale, the finer one last.

        There is no finer one if the picture has no more pixels than the first scale shows.
        """
        views = [self._view_at(self._pass, image)]
        if self._close_pass is not None and closely and max(image.size) > self.card.side:
            views.append(self._view_at(self._close_pass, image))
        return views

    def _view_at(self, network: "_Pass", image: Image.Image) -> "View":
        square, box = letterbox(image, network.scale.side, self.card.resize)
        return View(network.scale, box, network.compute_feature_map(square))

    def compute_feature_map(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return float32 (h, w, dim) for uint8 (side, side, 3), RGB 0..255, of the first scale."""
        return self._pass.compute_feature_map(square)


class _Pass:
    """The network at one scale. `model.tflite` is convolutional, so it takes another side too."""

    def __init__(self, model: Path, scale: Scale, dim: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # the web process lists cards only

        self.scale = scale
        self._shape = (*scale.map_shape, dim)
        with silence_stderr():
            self._interpreter = Interpreter(str(model), num_threads=1)
            (self._input,) = self._interpreter.get_input_details()
            if tuple(self._input["shape"][1:3]) != (scale.side, scale.side):
                shape = [1, scale.side, scale.side, 3]
                self._interpreter.resize_tensor_input(self._input["index"], shape)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()

    def compute_feature_map(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = quantize(square[np.newaxis], self._input)
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()
        output = self._interpreter.get_tensor(self._output["index"])[0]
        return dequantize(output, self._output).reshape(self._shape)


@contextmanager
def silence_stderr() -> Iterator[None]:
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


def quantize(values: NDArray[np.uint8], tensor: dict[str, Any]) -> NDArray[Any]:
    """Return pixels, 0..255, as an input of LiteRT takes them."""
    scale, zero = tensor["quantization"]
    if not scale or (tensor["dtype"] is np.uint8 and scale == 1 and zero == 0):
        return values.astype(tensor["dtype"], copy=False)
    limits = np.iinfo(tensor["dtype"])
    steps = np.rint(values.astype(np.float32) / scale) + zero
    clipped: NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(tensor["dtype"])
    return clipped


def dequantize(values: NDArray[Any], tensor: dict[str, Any]) -> NDArray[np.float32]:
    """Return what an output of LiteRT holds as real numbers."""
    scale, zero = tensor["quantization"]
    floats: NDArray[np.float32] = values.astype(np.float32)
    return (floats - zero) * np.float32(scale) if scale else floats
