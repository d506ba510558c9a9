"""The network that is trained: a backbone, the mean over its cells, and two linear outputs.

Keras is imported here at once, so scoring never imports this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from ml.training.weights import load_start
from ml.vision.networks import build, name_network

if TYPE_CHECKING:
    from ml.training.presets import TrainConfig
    from ml.training.weights import Start


def build_trainable(config: TrainConfig, classes: int, start: Start) -> keras.Model:
    """Build a backbone with two outputs: characters (n, classes) and stage (n, 1), both logits.

    With weights to start from, batch statistics are not trained. Small batches of composed pictures
    estimate the statistics of real pictures badly, and results swung from epoch to epoch.
    """
    backbone = build(config.network)
    load_start(backbone, start)
    picture = keras.Input(backbone.input_shape[1:], name="picture")
    feature_map = backbone(picture) if start.is_random else backbone(picture, training=False)
    mean = keras.layers.GlobalAveragePooling2D(name="mean")(feature_map)
    outputs = {
        "characters": keras.layers.Dense(classes, name="characters", dtype="float32")(mean),
        "stage": keras.layers.Dense(1, name="stage", dtype="float32")(mean),
    }
    return keras.Model(picture, outputs, name="trainable")


def get_backbone(model: keras.Model, config: TrainConfig) -> keras.Model:
    return model.get_layer(name_network(config.network))


def freeze_blocks(backbone: keras.Model, blocks: int) -> None:
    """Keep the weights of the stem and of the first blocks."""
    frozen = ("conv_stem", "bn0", *(f"blocks_{n}_" for n in range(blocks)))
    for layer in backbone.layers:
        layer.trainable = not (blocks and layer.name.startswith(frozen))
