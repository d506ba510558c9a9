"""The tests' own targets: two tiny networks that find red circles, trained on drawn pictures.

    python -m tests.red_circle.artifact

makes them if they are not there yet (a minute on one core) and prints their folder. They go
through the same networks, conversion and files as real ones, and lie in build/ under a hash of
everything that they are made from.
"""

import dataclasses
import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ml.disk import compute_sha256
from ml.scoring.calibration import Calibration
from ml.scoring.head import Head, save_head
from ml.targets.card import TargetCard
from ml.vision import convert as quantize
from ml.vision import networks
from ml.vision.card import BackboneCard, Resize, write_card
from ml.vision.regions import letterbox
from tests.red_circle.drawing import drawings

if TYPE_CHECKING:
    import keras

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "red_circle"
MADE_FROM = (
    *(ROOT / "ml" / "vision" / f"{name}.py" for name in ("card", "convert", "networks", "regions")),
    ROOT / "ml" / "targets" / "card.py",
    Path(__file__),
    Path(__file__).with_name("drawing.py"),
)
NAME = "red_circle"
SEED = 7
# Another processor trains other weights, as another seed does. So these numbers are chosen such
# that several seeds tell all of 400 other drawings apart.
PICTURES, EPOCHS, BATCH = 2400, 12, 24


@dataclasses.dataclass(frozen=True)
class Made:
    """One target and its backbone."""

    name: str
    title: str
    backbone: str
    config: networks.Config
    resize: Resize
    window: int
    stride: int
    rate: float  # the highest learning rate


LITE = Made(
    name=NAME,
    title="Red circle",
    backbone="tiny_lite",
    config=networks.MonaLiteConfig(
        side=96,
        dim=16,
        stem=8,
        head=32,
        stages=(
            networks.BlockSpec(1, 3, 1, 1, 8),
            networks.BlockSpec(1, 3, 2, 2, 12),
            networks.BlockSpec(1, 3, 2, 2, 16),
            networks.BlockSpec(1, 3, 2, 2, 24),
            networks.BlockSpec(1, 3, 2, 2, 32),
        ),
    ),
    resize="letterbox",
    window=2,
    stride=1,
    rate=8e-3,
)
CNN = Made(
    name="paper_circle",
    title="Circle by the paper",
    backbone="tiny_cnn",
    config=networks.MonaCNNConfig(side=62, filters=(8, 16, 32), dense=(32, 16), dropout=0.1),
    resize="stretch",
    window=0,
    stride=0,
    rate=4e-3,
)


def folder() -> Path:
    """Where the artifact made from these sources lies, or will lie."""
    digest = hashlib.sha256(importlib.metadata.version("tensorflow").encode())
    for source in MADE_FROM:
        digest.update(source.read_bytes())
    return CACHE / digest.hexdigest()[:16]


def ensure() -> Path:
    """The artifact root with the red circle in it; made in a process of its own where missing.

    This process stays free of TensorFlow, whose threads do not survive a fork.
    """
    root = folder()
    if not root.is_dir():
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, "-m", "tests.red_circle.artifact"]
        run = subprocess.run(
            command, cwd=ROOT, env=quiet, check=False, capture_output=True, text=True
        )
        if run.returncode != 0:
            raise RuntimeError(f"The red circle could not be made:\n{run.stderr}")
    return root


def make(root: Path) -> None:
    """Train, convert and save below `root`; the folder appears whole or not at all."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once: the second one waits
        if root.is_dir():
            return
        draft = root.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        for made in (LITE, CNN):
            pictures, labels = squares(made, SEED, PICTURES)
            backbone, head = train(made, pictures, labels)
            _save(draft, made, backbone, head, pictures)
        draft.rename(root)


def squares(made: Made, seed: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """uint8 (count, side, side, 3) as the network sees them, and 1.0 where a red circle is."""
    drawn = list(drawings(seed, count))
    pictures = np.stack([letterbox(one.image, made.config.side, made.resize)[0] for one in drawn])
    return pictures, np.array([one.is_red_circle for one in drawn], np.float32)


def train(
    made: Made, pictures: NDArray[np.uint8], labels: NDArray[np.float32]
) -> tuple["keras.Model", Head]:
    """Backbone and head together, on the best region, as serving does."""
    import keras

    keras.utils.set_random_seed(SEED)
    backbone = networks.build(made.config)
    regions = keras.layers.AveragePooling2D(made.window or 1, made.stride or 1)(backbone.output)
    scores = keras.layers.Conv2D(1, 1, name="head")(regions)
    model = keras.Model(backbone.input, keras.layers.GlobalMaxPooling2D()(scores))
    rate = keras.optimizers.schedules.CosineDecay(made.rate, EPOCHS * len(labels) // BATCH)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(pictures, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    weight, bias = model.get_layer("head").get_weights()
    return backbone, Head(weight.reshape(-1), float(bias[0]))


def _save(
    root: Path, made: Made, backbone: "keras.Model", head: Head, pictures: NDArray[np.uint8]
) -> None:
    home = root / made.backbone
    home.mkdir(parents=True)
    (home / "model.tflite").write_bytes(quantize.convert(backbone, pictures[:100]))
    np.savez_compressed(home / "weights.npz", allow_pickle=False, **networks.get_weights(backbone))
    card = BackboneCard(
        name=made.backbone,
        network=networks.name_network(made.config),
        config=dataclasses.asdict(made.config),
        side=made.config.side,
        resize=made.resize,
        map_shape=made.config.map_shape,
        dim=made.config.dim,
        window=made.window,
        stride=made.stride,
        model_sha256=compute_sha256(home / "model.tflite"),
        weights_sha256=compute_sha256(home / "weights.npz"),
        created="2026-01-01",
    )
    write_card(home, card)
    save_head(root / made.name, head)
    target = TargetCard(
        name=made.name,
        title=made.title,
        version=1,
        backbone=made.backbone,
        backbone_sha256=card.model_sha256,
        # Half of the training pictures were circles, so the logit is the likelihood ratio.
        calibration=Calibration(slope=1.0, intercept=0.0),
        prevalence=0.5,
        thresholds={"balanced": 0.5},
        figures={},
        data={"drawn pictures": PICTURES},
        split="none",
        seed=SEED,
        created="2026-01-01",
    )
    write_card(root / made.name, target)
    (root / made.name / "history.csv").write_text("epoch\n", encoding="utf-8")


if __name__ == "__main__":
    make(folder())
    sys.stdout.write(f"{folder()}\n")
