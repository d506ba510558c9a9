"""Keras → LiteRT: int8 with real calibration pictures, or float16 where int8 loses too much."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ml.errors import MonaError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import keras
    from numpy.typing import NDArray

Kind = Literal["int8", "float16"]


def convert(
    backbone: keras.Model, pictures: Iterable[NDArray[np.uint8]], kind: Kind = "int8"
) -> bytes:
    """Return the bytes of a `model.tflite` that turns one picture into its feature map.

    Args:
        backbone: (batch, side, side, 3) RGB 0..255 -> (batch, h, w, dim).
        pictures: some hundred real squares, uint8 (side, side, 3), made by
            `ml.vision.regions.letterbox`. int8 takes its ranges from them, so
            drawn ones cost precision.
        kind: int8 takes uint8 pixels; float16 stores half precision and takes float32 pixels.

    Raises MonaError when Keras runs on another backend.
    """
    from keras import backend as keras_backend

    if keras_backend.backend() != "tensorflow":
        raise MonaError(
            "The networks are trained; converting them needs TensorFlow. Run the same command "
            "again with KERAS_BACKEND=tensorflow: it goes on from the checkpoints."
        )
    import tensorflow as tf  # imported late: training on another backend does not need it

    converter = tf.lite.TFLiteConverter.from_keras_model(_fix_batch_size(backbone))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    else:
        converter.representative_dataset = lambda: (
            [square[np.newaxis].astype(np.float32)] for square in pictures
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
    with contextlib.redirect_stdout(sys.stderr):  # Keras prints what it exports
        return bytes(converter.convert())


def _fix_batch_size(backbone: keras.Model) -> Any:
    """Return the same network with a batch of one, so that the converter knows every shape."""
    from keras import Input, Model

    picture = Input(batch_shape=(1, *backbone.input_shape[1:]), name="picture")
    return Model(picture, backbone(picture, training=False))


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How close converted embeddings are to the float ones."""

    pictures: int
    mean_cosine: float
    worst_percentile_cosine: float  # 99 % of the pictures are closer


def measure_agreement(exact: NDArray[np.float32], converted: NDArray[np.float32]) -> Agreement:
    """Compare embeddings (n, dim) of the same pictures, row by row."""
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(converted, axis=1)
    cosines = (exact * converted).sum(axis=1) / np.maximum(lengths, 1e-12)
    return Agreement(len(cosines), float(cosines.mean()), float(np.percentile(cosines, 1)))
