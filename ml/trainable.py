"""What is trained: a backbone with two linear answers at every place, pooled over looks.

Keras is imported here at once, so scoring never imports this module.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from ml.networks import build, load_imagenet, network_of

if TYPE_CHECKING:
    from pathlib import Path

    from ml.presets import TrainConfig


class BestLook(keras.layers.Layer):  # type: ignore[misc]
    """Answers at places (n, h, w, k) -> the picture's answers (n, k).

    With `windows` it is a smooth maximum, log(mean(exp)), over the looks that `ml/looks.py` takes
    of a picture that fills its square: trained as it is served, every window of a picture of
    others is told to be silent, and one of the target's is enough (multiple-instance learning).
    Without, it is the mean over all places.
    """

    def __init__(self, window: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window, self.stride, self.windows = window, stride, False

    def call(self, places: Any) -> Any:
        """The pooled answers."""
        whole = ops.mean(places, axis=(1, 2), keepdims=True)
        if not self.windows:
            return ops.squeeze(whole, axis=(1, 2))
        means = ops.average_pool(places, self.window, self.stride, padding="valid")
        looks = [ops.reshape(part, (-1, _cells(part), places.shape[3])) for part in (whole, means)]
        every = ops.concatenate(looks, axis=1)
        return ops.logsumexp(every, axis=1) - math.log(every.shape[1])


def _cells(part: Any) -> int:
    return int(part.shape[1] * part.shape[2])


def trainable(config: TrainConfig, classes: int, imagenet: Path | None) -> keras.Model:
    """Backbone and two answers: characters (n, classes) and stage (n, 1), both logits.

    With ImageNet weights the batch statistics stay as they are: small batches of composed pictures
    are a poor estimate of what a sieve sees (they made the results swing from epoch to epoch).
    """
    backbone = build(config.network, any_side=True)
    if imagenet is not None:
        load_imagenet(backbone, imagenet)
    picture = keras.Input(backbone.input_shape[1:], name="picture")
    places = backbone(picture, training=False) if imagenet is not None else backbone(picture)
    answers = {}
    for name, width in (("characters", classes), ("stage", 1)):
        at_places = keras.layers.Dense(width, name=name, dtype="float32")(places)
        look = BestLook(config.window, config.stride, name=f"{name}_look", dtype="float32")
        answers[name] = look(at_places)
    return keras.Model(picture, answers, name="trainable")


def backbone_of(model: keras.Model, config: TrainConfig) -> keras.Model:
    """The backbone inside a trainable model."""
    return model.get_layer(network_of(config.network))


def set_windows(model: keras.Model, *, windows: bool) -> None:
    """Pool over looks, or over all places; compile the model afterwards."""
    for layer in model.layers:
        if isinstance(layer, BestLook):
            layer.windows = windows


def freeze(backbone: keras.Model, blocks: int) -> None:
    """The stem and the first blocks keep their weights."""
    frozen = ("conv_stem", "bn0", *(f"blocks_{n}_" for n in range(blocks)))
    for layer in backbone.layers:
        layer.trainable = not (blocks and layer.name.startswith(frozen))
