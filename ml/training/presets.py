"""The trainer's named settings, each with its command, its time and its result."""

from __future__ import annotations

import dataclasses

from ml.training.augment import AugmentConfig
from ml.vision.card import Scale
from ml.vision.networks import Config, MonaCNNConfig, MonaLiteConfig


@dataclasses.dataclass(frozen=True)
class StageConfig:
    """How long and on what one stage of the curriculum trains."""

    stage: str  # a key of ml.training.curriculum.STAGES
    epochs: int
    samples: int  # pictures drawn in an epoch
    rate: float  # the highest learning rate: after the warm-up, before the cosine
    characters: float = 0.0  # weight of telling the characters apart beside the stage's question
    nobody: float | None = None  # fraction of pictures without a character among drawn negatives
    frozen_blocks: int = 0  # of mona_lite, from the stem: these keep their weights
    in_folds: bool = False  # trained anew in each fold, with the target's other artworks
    augment: AugmentConfig = dataclasses.field(default_factory=AugmentConfig)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Everything besides the pictures that decides the result of a training."""

    network: Config  # at the side of the training
    serving: Config  # the same network at the side of the sieve
    stages: tuple[StageConfig, ...]
    batch: int = 32
    seed: int = 7
    positives: float = 0.3  # fraction of drawn pictures with label 1
    multi: float = 0.25  # fraction of cut-outs drawn beside others
    smoothing: float = 0.1  # of the characters' labels
    decay: float = 0.02  # AdamW's weight decay
    reach: int = 384  # longest side of a cached training picture, in pixels
    choose_best: bool = True  # end a stage on its best epoch; False: on its last
    patience: int | None = None  # epochs without a better validation AP; None: to the end
    window: int = 4  # width of a region in the sieve, in cells; about the side of the training
    stride: int = 2
    # Of the sieve, beside the first scale. Not in the repr, because it does not change a training.
    close: Scale | None = dataclasses.field(default=None, repr=False)

    @property
    def base_stages(self) -> tuple[StageConfig, ...]:
        """The stages that train once, without the target."""
        return tuple(stage for stage in self.stages if not stage.in_folds)

    @property
    def fold_stages(self) -> tuple[StageConfig, ...]:
        """The stages that train in each fold and in the final network; "target" is the last."""
        return tuple(stage for stage in self.stages if stage.in_folds)


CLOSER = AugmentConfig(scale=(0.3, 1.3), close=0.45, closest=2.6)
"""For the last stage: from figures too small for a region to faces larger than the picture."""

_FOLD_STAGES = (
    StageConfig(
        "characters",
        epochs=6,
        samples=3840,
        rate=6e-4,
        characters=1.0,
        nobody=0.15,
        frozen_blocks=3,
        in_folds=True,
    ),
    StageConfig(
        "target",
        epochs=6,
        samples=2560,
        rate=3e-4,
        characters=0.5,
        nobody=0.55,
        frozen_blocks=5,
        in_folds=True,
        augment=CLOSER,
    ),
)
"""Tell all characters apart, those of the target's game too, then the target from all others."""

MONA_LITE = TrainConfig(
    network=MonaLiteConfig(side=160),
    serving=MonaLiteConfig(side=224),
    stages=(
        StageConfig(
            "characters", 14, samples=5120, rate=1e-3, characters=1.0, nobody=0.15, frozen_blocks=3
        ),
        StageConfig("gender", 1, samples=1920, rate=2e-4, characters=0.5, frozen_blocks=8),
        StageConfig(
            "similar", 1, samples=1920, rate=2e-4, characters=0.5, nobody=0.3, frozen_blocks=8
        ),
        dataclasses.replace(_FOLD_STAGES[0], epochs=8),
        _FOLD_STAGES[1],
    ),
    seed=11,
)
"""The default network.

monasieve train manifest.csv more.csv second.csv --negatives crawl.csv --groups same_art.csv \
    --sources sources.csv --imagenet efficientnet_lite0_imagenet.npz

Some 260,000 composed pictures with three folds. With two folds and `--samples 2048` they are
119,000, at 24 a second on one core. The shipped target comes from shorter trainings in a row: see
docs/experiments.md.
"""

FINE_TUNE = dataclasses.replace(MONA_LITE, stages=_FOLD_STAGES, choose_best=False)
"""From a trained target, for `bench/fine_tune.py`: 44 minutes on two busy cores, and conversion."""

MONA_CNN = TrainConfig(
    network=MonaCNNConfig(),
    serving=MonaCNNConfig(),
    stages=(
        StageConfig("gender", epochs=10, samples=2048, rate=2e-4),
        StageConfig("similar", epochs=10, samples=2048, rate=2e-4),
        StageConfig("target", epochs=10, samples=2048, rate=1e-4, in_folds=True),
    ),
    batch=16,
    window=0,
    reach=512,
)
"""The paper's network.

monasieve train DATASET --preset mona_cnn

It needs a GPU. With `--epochs 5 --samples 320 --folds 2 --compare` it takes about an hour on two
cores and reaches an average precision of 0.1; chance has 0.04.
"""

_CALM = AugmentConfig(close=0.0, upper_body=0.0, noise=0.3)

TINY = TrainConfig(
    network=MonaCNNConfig(side=48, filters=(8, 16), dense=(32, 16)),
    serving=MonaCNNConfig(side=48, filters=(8, 16), dense=(32, 16)),
    stages=(
        StageConfig("characters", 2, samples=64, rate=3e-3, characters=1.0, augment=_CALM),
        StageConfig("gender", 1, samples=64, rate=3e-3, augment=_CALM),
        StageConfig("similar", 1, samples=64, rate=3e-3, augment=_CALM),
        StageConfig("target", 4, samples=128, rate=3e-3, in_folds=True, augment=_CALM),
    ),
    batch=16,
    reach=64,
    window=0,
)
"""For tests: seconds on one CPU core."""

PRESETS = {"mona_lite": MONA_LITE, "mona_cnn": MONA_CNN, "tiny": TINY}
