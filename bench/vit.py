"""The first blocks of a ViT-S/14, in Keras, for `bench/backbones.py`."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

DIM, HEADS, BLOCKS, PATCH = 384, 6, 8, 14
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of 0..1


@keras.saving.register_keras_serializable()
class Tokens(layers.Layer):  # type: ignore[misc]
    """Put the class token in front of the patches, and add each one's position."""

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the class token and the position table."""
        self.token = self.add_weight(shape=(1, 1, DIM), name="token")
        self.positions = self.add_weight(shape=(1, 1 + shape[1] * shape[2], DIM), name="positions")

    def call(self, patches: Any) -> Any:
        """(batch, rows, columns, dim) -> (batch, 1 + rows * columns, dim)."""
        batch = ops.shape(patches)[0]
        cells = ops.reshape(patches, (batch, -1, DIM))
        token = ops.broadcast_to(self.token, (batch, 1, DIM))
        return ops.concatenate([token, cells], axis=1) + self.positions


@keras.saving.register_keras_serializable()
class LayerScale(layers.Layer):  # type: ignore[misc]
    """Multiply each channel by a factor of its own.

    Multiplied into the weights before it, the small factors would make an optimizer's steps large
    beside these weights.
    """

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the factors."""
        self.factors = self.add_weight(shape=(shape[-1],), initializer="ones", name="factors")

    def call(self, x: Any) -> Any:
        """(…, dim) -> (…, dim)."""
        return x * self.factors


def build_vit(side: int, inner: int, dim: int, name: str) -> keras.Model:
    """Build (batch, side, side, 3) RGB 0..255 -> feature map (batch, inner / 14, inner / 14, dim).

    Args:
        inner: the side to which pictures are reduced first.
    """
    cells = inner // PATCH
    picture = layers.Input((side, side, 3), name="picture")
    x = layers.Resizing(inner, inner, name="resize")(picture)
    mean, variance = 255 * np.array(_MEAN), (255 * np.array(_DEVIATION)) ** 2
    x = layers.Normalization(mean=mean, variance=variance, name="rescale")(x)
    x = layers.Conv2D(DIM, PATCH, PATCH, name="conv_stem")(x)
    x = Tokens(name="conv_stem_tokens")(x)
    for n in range(BLOCKS):
        y = layers.LayerNormalization(epsilon=1e-6, name=f"blocks_{n}_norm1")(x)
        y = layers.MultiHeadAttention(HEADS, DIM // HEADS, name=f"blocks_{n}_attention")(y, y)
        y = LayerScale(name=f"blocks_{n}_scale1")(y)
        x = layers.Add(name=f"blocks_{n}_add1")([x, y])
        y = layers.LayerNormalization(epsilon=1e-6, name=f"blocks_{n}_norm2")(x)
        y = layers.Dense(4 * DIM, name=f"blocks_{n}_fc1")(y)
        y = layers.Activation(_gelu, name=f"blocks_{n}_gelu")(y)
        y = layers.Dense(DIM, name=f"blocks_{n}_fc2")(y)
        y = LayerScale(name=f"blocks_{n}_scale2")(y)
        x = layers.Add(name=f"blocks_{n}_add2")([x, y])
    x = layers.Lambda(_drop_class_token, name="patches")(x)
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    x = layers.Reshape((cells, cells, DIM), name="map")(x)
    return keras.Model(picture, layers.Conv2D(dim, 1, name="embedding")(x), name=name)


def _gelu(x: Any) -> Any:
    return ops.gelu(x, approximate=False)


def _drop_class_token(x: Any) -> Any:
    return x[:, 1:]


def load_vit(vit: keras.Model, file: Path) -> None:
    """Fill the stem and the blocks from `file`; `norm` and `embedding` keep their start."""
    with np.load(file) as arrays:
        stored = {name: _read(arrays, name) for name in arrays.files if not name.endswith("scale")}
    _, rows, columns, _ = vit.get_layer("conv_stem").output.shape
    stem = "embeddings.patch_embeddings.projection."
    kernel = stored[stem + "weight"].transpose(2, 3, 1, 0)  # from PyTorch's axes
    vit.get_layer("conv_stem").set_weights([kernel, stored[stem + "bias"]])
    table = stored["embeddings.position_embeddings"]
    edge = round(float(np.sqrt(table.shape[1] - 1)))
    grid = table[:, 1:].reshape(1, edge, edge, DIM)
    grid = np.asarray(ops.image.resize(grid, (rows, columns), interpolation="bicubic"))
    positions = np.concatenate([table[:, :1], grid.reshape(1, rows * columns, DIM)], axis=1)
    vit.get_layer("conv_stem_tokens").set_weights([stored["embeddings.cls_token"], positions])
    for n in range(BLOCKS):
        _load_block(vit, stored, n)


def _read(arrays: Any, name: str) -> NDArray[np.float32]:
    array: NDArray[np.float32] = arrays[name].astype(np.float32)
    scale = f"{name}.scale"
    return array * arrays[scale] if scale in arrays.files else array


def _load_block(vit: keras.Model, stored: dict[str, NDArray[np.float32]], n: int) -> None:
    part = f"encoder.layer.{n}."
    for norm in ("norm1", "norm2"):
        weights = [stored[f"{part}{norm}.weight"], stored[f"{part}{norm}.bias"]]
        vit.get_layer(f"blocks_{n}_{norm}").set_weights(weights)
    width = DIM // HEADS
    weights = []
    for name in ("query", "key", "value"):
        dense = f"{part}attention.attention.{name}."
        weights.append(stored[dense + "kernel"].reshape(DIM, HEADS, width))
        weights.append(stored[dense + "bias"].reshape(HEADS, width))
    dense = f"{part}attention.output.dense."
    weights.append(stored[dense + "kernel"].reshape(HEADS, width, DIM))
    weights.append(stored[dense + "bias"])
    vit.get_layer(f"blocks_{n}_attention").set_weights(weights)
    for name in ("fc1", "fc2"):
        weights = [stored[f"{part}mlp.{name}.{kind}"] for kind in ("kernel", "bias")]
        vit.get_layer(f"blocks_{n}_{name}").set_weights(weights)
    for which in ("1", "2"):
        factors = stored[f"{part}layer_scale{which}.lambda1"]
        vit.get_layer(f"blocks_{n}_scale{which}").set_weights([factors])


def convert_vit(vit: keras.Model) -> bytes:
    """Return a `.tflite` with weights of int8 and activations of float32."""
    import tensorflow as tf

    picture = keras.Input(batch_shape=(1, *vit.input_shape[1:]), name="picture")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(picture, vit(picture)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return bytes(converter.convert())
