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
from ml.scoring.head import score_best_region
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


def best_scores() -> list[float]:
    """Score of each picture's best region by the shipped target, before calibration.

    The calibration has a floor, which nearly all drawn pictures would share.
    """
    target = find_target("mona")
    predictor = Backbone(target.backbone_folder)
    embeddings = np.stack([predictor.embed(picture) for picture in pictures()])
    return [float(value) for value in score_best_region(target.head, embeddings)]


def probabilities(prevalence: float) -> list[float]:
    """The same as probabilities in an archive with this prevalence."""
    return [compute_probability(value, prevalence) for value in best_scores()]


def main() -> None:
    """Write scores.json, with the prevalence that gives the middle picture 0.5.

    No drawn picture shows Mona: at her usual prevalence all would be 0.00.
    """
    prevalence = compute_probability(-statistics.median(best_scores()), 0.5)
    scores = [round(value, 4) for value in probabilities(prevalence)]
    sha256 = find_target("mona").backbone.model_sha256
    stored = {"model_sha256": sha256, "prevalence": prevalence, "probabilities": scores}
    STORED.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
