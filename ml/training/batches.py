"""Training batches: drawn, composed and labelled from (seed, stage, epoch, index in the epoch).

Keras is imported here at once, so only the trainer imports this module, inside its functions.
"""

import keras
import numpy as np
from numpy.typing import NDArray

from ml.datasets.reader import NO_CHARACTER
from ml.datasets.splits import encode_classes
from ml.sieve.cores import count_cores
from ml.training.augment import Cutout, Part, compose
from ml.training.curriculum import STAGES, UNKNOWN, compute_draw_weights, label_pictures
from ml.training.image_cache import TrainingSet
from ml.training.presets import StageConfig, TrainConfig

_BACKDROPS = 0.55  # fraction of pictures composed on a backdrop instead of a plain background

# (kind, opaque) -> part of a picture that still shows its character. Screenshots: the middle,
# where the player is. Pages and build cards (screenshots with round corners): the whole.
_PARTS: dict[tuple[str, bool], Part] = {
    ("screenshot", True): "middle",
    ("screenshot", False): "whole",
    ("other", True): "whole",
}


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """One epoch: (b, side, side, 3) 0..255 -> {"characters": (b, classes), "stage": (b, 1)}.

    `epoch` is set from outside before each epoch. The same epoch always gives the same batches.
    """

    def __init__(
        self, training_set: TrainingSet, stage_config: StageConfig, config: TrainConfig
    ) -> None:
        super().__init__(workers=min(8, count_cores()), max_queue_size=8)
        self.epoch = 0
        self._config, self._stage_config = config, stage_config
        self._training_set = training_set
        stage = STAGES[stage_config.stage]
        pictures = [training_set.pictures[row] for row in training_set.rows]
        self._labels = label_pictures(stage, pictures)
        self._classes = encode_classes(pictures, training_set.class_names)
        self._weights = compute_draw_weights(
            pictures,
            self._labels,
            positives=None if stage.name == "characters" else config.positives,
            nobody=stage_config.nobody,
        )
        self._multi = config.multi if stage.allows_multiple else 0.0
        # Only single-character pictures are pasted beside the subject.
        single = np.array([p.character != NO_CHARACTER for p in pictures])
        self._companions = np.flatnonzero(single & (self._labels != UNKNOWN))
        self._backdrops = np.flatnonzero([p.is_backdrop for p in pictures])

    def __len__(self) -> int:
        return -(-self._stage_config.samples // self._config.batch)

    def __getitem__(
        self, number: int
    ) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        size = self._config.batch
        side, classes = self._config.network.side, len(self._training_set.class_names)
        pixels = np.empty((size, side, side, 3), np.float32)
        class_targets = np.zeros((size, classes), np.float32)
        stage_targets = np.zeros((size, 1), np.float32)
        for n in range(size):
            rng = np.random.default_rng((self._config.seed, self.epoch, number * size + n))
            drawn = self._draw_pictures(rng)
            scene = compose(
                [self._make_cutout(index) for index in drawn],
                self._draw_backdrop(rng),
                side,
                rng,
                self._stage_config.augment,
            )
            pixels[n] = scene.pixels
            stage_targets[n] = max(self._labels[index] for index in drawn)
            for index, area in zip(drawn, scene.areas, strict=True):
                class_targets[n, self._classes[index]] += area
        smoothing = self._config.smoothing
        class_targets = class_targets * (1 - smoothing) + smoothing / classes
        return pixels, {"characters": class_targets, "stage": stage_targets}

    def _draw_pictures(self, rng: np.random.Generator) -> list[int]:
        """Draw the subject, and sometimes one or two pictures beside it."""
        subject = int(rng.choice(len(self._weights), p=self._weights))
        multi = self._multi and len(self._companions) and rng.random() < self._multi
        if not multi or self._classes[subject] == 0:
            return [subject]
        companions = rng.choice(self._companions, int(rng.integers(1, 3)))
        return [subject, *(int(c) for c in companions)]

    def _draw_backdrop(self, rng: np.random.Generator) -> NDArray[np.uint8] | None:
        if not len(self._backdrops) or rng.random() >= _BACKDROPS:
            return None
        return self._read_pixels(int(rng.choice(self._backdrops)))

    def _make_cutout(self, index: int) -> Cutout:
        pixels = self._read_pixels(index)
        picture = self._training_set.pictures[int(self._training_set.rows[index])]
        opaque = bool(pixels[..., 3].min() == 255)
        empty = picture.character == NO_CHARACTER and not picture.is_target
        return Cutout(pixels, "any" if empty else _PARTS.get((picture.kind, opaque), "any"))

    def _read_pixels(self, index: int) -> NDArray[np.uint8]:
        return self._training_set.images[int(self._training_set.rows[index])]
