"""The tests' own target: a tiny `mona_lite` that finds red circles, trained on drawn pictures.

    python -m tests.red_circle.artifact

makes it if it is not there yet (half a minute on one core) and prints its folder. It goes through
the same network, conversion and files as a real one, and lies in build/ under a hash of everything
that it is made from.
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

from ml import networks, quantize
from ml.artifact import BackboneCard, Head, TargetCard, save_card, save_head, sha256_of
from ml.looks import fit
from tests.red_circle.drawing import drawings

if TYPE_CHECKING:
    import keras

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "red_circle"
MADE_FROM = (
    *(ROOT / "ml" / name for name in ("artifact.py", "looks.py", "networks.py", "quantize.py")),
    Path(__file__),
    Path(__file__).with_name("drawing.py"),
)
NAME = "red_circle"
BACKBONE = "tiny_lite"
SEED = 7
PICTURES, EPOCHS, BATCH = 1200, 8, 24
CONFIG = networks.MonaLiteConfig(
    side=96,
    dim=16,
    stem=8,
    head=32,
    stages=(
        networks.Stage(1, 3, 1, 1, 8),
        networks.Stage(1, 3, 2, 2, 12),
        networks.Stage(1, 3, 2, 2, 16),
        networks.Stage(1, 3, 2, 2, 24),
        networks.Stage(1, 3, 2, 2, 32),
    ),
)
WINDOW, STRIDE = 2, 1


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
        pictures, labels = squares(SEED, PICTURES)
        backbone, head = train(pictures, labels)
        _save(draft, backbone, head, pictures)
        draft.rename(root)


def squares(seed: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """uint8 (count, side, side, 3) as the network sees them, and 1.0 where a red circle is."""
    drawn = list(drawings(seed, count))
    pictures = np.stack([fit(one.image, CONFIG.side, "letterbox")[0] for one in drawn])
    return pictures, np.array([one.is_red_circle for one in drawn], np.float32)


def train(pictures: NDArray[np.uint8], labels: NDArray[np.float32]) -> tuple["keras.Model", Head]:
    """Backbone and head together, on the best look: what serving maximises over."""
    import keras

    keras.utils.set_random_seed(SEED)
    backbone = networks.build(CONFIG)
    looks = keras.layers.AveragePooling2D(WINDOW, STRIDE)(backbone.output)
    scores = keras.layers.Conv2D(1, 1, name="head")(looks)
    model = keras.Model(backbone.input, keras.layers.GlobalMaxPooling2D()(scores))
    rate = keras.optimizers.schedules.CosineDecay(4e-3, EPOCHS * len(labels) // BATCH)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(pictures, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    weight, bias = model.get_layer("head").get_weights()
    return backbone, Head(weight.reshape(-1), float(bias[0]))


def _save(root: Path, backbone: "keras.Model", head: Head, pictures: NDArray[np.uint8]) -> None:
    home = root / BACKBONE
    home.mkdir(parents=True)
    (home / "model.tflite").write_bytes(quantize.convert(backbone, pictures[:100]))
    np.savez_compressed(home / "weights.npz", allow_pickle=False, **networks.weights_of(backbone))
    card = BackboneCard(
        name=BACKBONE,
        network="mona_lite",
        config=dataclasses.asdict(CONFIG),
        side=CONFIG.side,
        resize="letterbox",
        places=CONFIG.places,
        dim=CONFIG.dim,
        window=WINDOW,
        stride=STRIDE,
        model_sha256=sha256_of(home / "model.tflite"),
        weights_sha256=sha256_of(home / "weights.npz"),
        created="2026-01-01",
    )
    save_card(home, card)
    save_head(root / NAME, head)
    target = TargetCard(
        name=NAME,
        title="Red circle",
        version=1,
        backbone=BACKBONE,
        backbone_sha256=card.model_sha256,
        slope=1.0,  # half of the training pictures were circles: the logit is the likelihood ratio
        intercept=0.0,
        share=0.5,
        thresholds={"balanced": 0.5},
        figures={},
        data={"drawn pictures": PICTURES},
        split="none",
        seed=SEED,
        created="2026-01-01",
    )
    save_card(root / NAME, target)
    (root / NAME / "history.csv").write_text("epoch\n", encoding="utf-8")


if __name__ == "__main__":
    make(folder())
    sys.stdout.write(f"{folder()}\n")
