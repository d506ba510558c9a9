"""Where the network saw the target: the cells on the red circle have the most evidence."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ml.archive.limits import Limits
from ml.sieve.shard import Shard
from ml.sieve.sight import compute_sight
from ml.targets.catalog import find_target
from tests.ml.archive.zips import pack
from tests.red_circle.drawing import RED, encoded


def test_the_target_is_seen_where_it_is(red_circle: Path, tmp_path: Path) -> None:
    image = Image.new("RGB", (320, 160), (170, 170, 165))
    ImageDraw.Draw(image).circle((240, 80), 60, fill=RED)
    archive = pack(tmp_path / "a.zip", {"a.png": encoded(image)})
    target = find_target("red_circle", [red_circle])
    shard = Shard(archive, (0,), target.backbone_folder, Limits())
    sight = compute_sight(shard, target.head, target.card.calibration)
    (scale,) = sight.scales
    assert len(scale.cells) == len(scale.evidence) > 4
    assert ((scale.cells >= 0) & (scale.cells <= 1)).all()
    middles = (scale.cells[:, 0] + scale.cells[:, 2]) / 2
    right, left = scale.evidence[middles > 0.6], scale.evidence[middles < 0.4]
    assert right.mean() > left.mean()
    assert np.isfinite(scale.evidence).all()
    x0, y0, x1, y1 = sight.best
    assert x0 < 0.75 < x1
    assert y0 < 0.5 < y1
