"""Training batches: drawn, composed and labelled from (seed, stage, epoch, place in the epoch).

Keras is imported here at once, so only the trainer imports this module, inside its functions.
"""

import os

import keras
import numpy as np
from numpy.typing import NDArray

from ml.datasets.reader import REST, labels
from ml.training.augment import Figure, Part, compose
from ml.training.curriculum import UNKNOWN, Stage, draw_weights, stage_labels
from ml.training.image_cache import Material
from ml.training.presets import Plan, TrainConfig

# (kind, opaque) -> which part shows who is in it. Who plays is in the middle of a game's picture; a
# page has its portrait anywhere, and so has a build card, which is a screenshot with round corners.
_PARTS: dict[tuple[str, bool], Part] = {
    ("screenshot", True): "middle",
    ("screenshot", False): "whole",
    ("other", True): "whole",
}


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """One epoch: (b, side, side, 3) 0..255 -> {"characters": (b, classes), "stage": (b, 1)}.

    `epoch` is set from outside before each epoch; the same epoch always gives the same batches.
    """

    def __init__(self, material: Material, stage: Stage, plan: Plan, config: TrainConfig) -> None:
        super().__init__(workers=min(8, os.cpu_count() or 1), max_queue_size=8)
        self.epoch = 0
        self._config, self._plan, self._crowds = config, plan, stage.crowds
        self._material = material
        chosen = [material.pictures[row] for row in material.rows]
        self._yes = stage_labels(stage, chosen)
        self._class = labels(chosen, material.names)
        share = None if stage.name == "characters" else config.positives
        self._weights = draw_weights(chosen, self._yes, share, plan.nobody)
        # Whoever stands beside the subject must be one character.
        single = np.array([p.character != material.names[0] for p in chosen])
        self._beside = np.flatnonzero(single & (self._yes != UNKNOWN))
        self._scenes = np.flatnonzero([p.scene for p in chosen])

    def __len__(self) -> int:
        return -(-self._plan.samples // self._config.batch)

    def __getitem__(
        self, number: int
    ) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        size = self._config.batch
        side, classes = self._config.network.side, len(self._material.names)
        pixels = np.empty((size, side, side, 3), np.float32)
        who = np.zeros((size, classes), np.float32)
        yes = np.zeros((size, 1), np.float32)
        for n in range(size):
            rng = np.random.default_rng((self._config.seed, self.epoch, number * size + n))
            figures = self._figures(rng)
            scene = compose(
                [self._figure(f) for f in figures],
                self._backdrop(rng),
                side,
                rng,
                self._plan.recipe,
            )
            pixels[n] = scene.pixels
            yes[n] = max(self._yes[f] for f in figures)
            for figure, share in zip(figures, scene.shares, strict=True):
                who[n, self._class[figure]] += share
        smoothing = self._config.smoothing
        return pixels, {"characters": who * (1 - smoothing) + smoothing / classes, "stage": yes}

    def _figures(self, rng: np.random.Generator) -> list[int]:
        """The subject, and perhaps one or two beside it."""
        subject = int(rng.choice(len(self._weights), p=self._weights))
        crowd = self._crowds and len(self._beside) and rng.random() < self._config.crowd
        if not crowd or self._class[subject] == 0:
            return [subject]
        beside = rng.choice(self._beside, int(rng.integers(1, 3)))
        return [subject, *(int(b) for b in beside)]

    def _backdrop(self, rng: np.random.Generator) -> NDArray[np.uint8] | None:
        if not len(self._scenes) or rng.random() < 0.45:
            return None
        return self._sprite(int(rng.choice(self._scenes)))

    def _figure(self, chosen: int) -> Figure:
        pixels = self._sprite(chosen)
        picture = self._material.pictures[int(self._material.rows[chosen])]
        opaque = bool(pixels[..., 3].min() == 255)
        nobody = picture.character == REST and not picture.target
        return Figure(pixels, "any" if nobody else _PARTS.get((picture.kind, opaque), "any"))

    def _sprite(self, chosen: int) -> NDArray[np.uint8]:
        return self._material.sprites[int(self._material.rows[chosen])]
