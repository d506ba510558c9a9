"""The paper's network with random weights, as int8, for the like-for-like measure.

    python bench/paper_artifact.py ROOT

writes ROOT/paper_cnn (the backbone) and ROOT/paper (a target that finds nothing).
"""

import dataclasses
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np

from bench import pictures
from ml.disk import compute_sha256
from ml.scoring.calibration import Calibration
from ml.scoring.head import Head, save_head
from ml.targets.card import TargetCard
from ml.vision import convert as quantize
from ml.vision import networks
from ml.vision.card import BackboneCard, write_card
from ml.vision.regions import letterbox

CALIBRATION_PICTURES = 8  # the ranges need not be good: nobody looks at the scores
CREATED = "2026-01-01"


def write(root: Path) -> None:
    """Build, convert and save."""
    config = networks.MonaCNNConfig()
    rng = np.random.default_rng(0)
    drawn = (pictures.draw(rng, pictures.QUARTER_HD) for _ in range(CALIBRATION_PICTURES))
    squares = [letterbox(picture, config.side, "stretch")[0] for picture in drawn]
    home = root / "paper_cnn"
    home.mkdir(parents=True)
    model = home / "model.tflite"
    model.write_bytes(quantize.convert(networks.build(config), squares))
    backbone = BackboneCard(
        name=home.name,
        network="mona_cnn",
        config=dataclasses.asdict(config),
        side=config.side,
        resize="stretch",
        map_shape=config.map_shape,
        dim=config.dim,
        window=0,
        stride=0,
        model_sha256=compute_sha256(model),
        weights_sha256="",  # nothing here needs the float weights
        created=CREATED,
    )
    target = TargetCard(
        name="paper",
        title="Nobody",
        version=1,
        backbone=backbone.name,
        backbone_sha256=backbone.model_sha256,
        calibration=Calibration(slope=1.0, intercept=0.0),
        prevalence=0.5,
        thresholds={},
        figures={},
        data={},
        split="none",
        seed=0,
        created=CREATED,
    )
    write_card(home, backbone)
    write_card(root / target.name, target)
    save_head(root / target.name, Head(np.zeros(config.dim, np.float32), 0.0))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
