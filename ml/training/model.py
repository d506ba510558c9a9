"""What is trained: a backbone, the mean over its places, and two linear answers.

Keras is imported here at once, so scoring never imports this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from ml.vision.networks import build, load_imagenet, network_of

if TYPE_CHECKING:
    from pathlib import Path

    from ml.training.presets import TrainConfig


def trainable(config: TrainConfig, classes: int, imagenet: Path | None) -> keras.Model:
    """Backbone and two answers: characters (n, classes) and stage (n, 1), both logits.

    With ImageNet weights the batch statistics stay as they are: small batches of composed pictures
    are a poor estimate of what a sieve sees (they made the results swing from epoch to epoch).
    """
    backbone = build(config.network)
    if imagenet is not None:
        load_imagenet(backbone, imagenet)
    picture = keras.Input(backbone.input_shape[1:], name="picture")
    places = backbone(picture, training=False) if imagenet is not None else backbone(picture)
    mean = keras.layers.GlobalAveragePooling2D(name="mean")(places)
    answers = {
        "characters": keras.layers.Dense(classes, name="characters", dtype="float32")(mean),
        "stage": keras.layers.Dense(1, name="stage", dtype="float32")(mean),
    }
    return keras.Model(picture, answers, name="trainable")


def backbone_of(model: keras.Model, config: TrainConfig) -> keras.Model:
    """The backbone inside a trainable model."""
    return model.get_layer(network_of(config.network))


def freeze(backbone: keras.Model, blocks: int) -> None:
    """The stem and the first blocks keep their weights."""
    frozen = ("conv_stem", "bn0", *(f"blocks_{n}_" for n in range(blocks)))
    for layer in backbone.layers:
        layer.trainable = not (blocks and layer.name.startswith(frozen))
