"""What the shipped Mona says of twenty drawn pictures.

    python -m tests.shipped.scores

writes scores.json anew: after every change of the shipped artifact, and only then.
"""

import json
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from bench.pictures import draw as draw_scene
from ml.scoring.head import compute_evidence
from ml.scoring.piles import compute_probability
from ml.targets.catalog import find_target
from ml.vision.backbone import Backbone
from tests.red_circle.drawing import draw as draw_shape

STORED = Path(__file__).with_name("scores.json")
SIZES = ((640, 480), (300, 900), (1200, 400), (512, 512))


def pictures() -> Iterator[Image.Image]:
    """Twenty drawn pictures: scenes and shapes, wide, tall and square."""
    for number in range(10):
        size = SIZES[number % len(SIZES)]
        yield draw_scene(np.random.default_rng(number), size)
        yield draw_shape(number, red_circle=number % 3 == 0, size=size)


def evidences() -> list[float]:
    """Evidence of each picture, by the shipped target, as the sieve computes it."""
    target = find_target("mona")
    predictor = Backbone(target.backbone_folder)
    embeddings = np.stack([predictor.embed(picture) for picture in pictures()])
    return [
        float(value) for value in compute_evidence(target.head, target.card.calibration, embeddings)
    ]


def probabilities(share: float) -> list[float]:
    """The same as probabilities in an archive of which `share` shows her."""
    return [compute_probability(value, share) for value in evidences()]


def main() -> None:
    """Write scores.json, with the share at which the middle picture is as likely her as not.

    Nobody drew Mona: at her usual share all would be 0.00, whatever the network computes.
    """
    share = compute_probability(-statistics.median(evidences()), 0.5)
    scores = [round(value, 4) for value in probabilities(share)]
    sha256 = find_target("mona").backbone.model_sha256
    stored = {"model_sha256": sha256, "share": share, "probabilities": scores}
    STORED.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
