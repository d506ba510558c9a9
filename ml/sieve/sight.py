"""Where in a picture the network saw a target: the evidence of every cell of its feature maps.

The maps are not stored, because those of 20,000 pictures would take half a gigabyte. So the picture
is decoded again, in a process that may load LiteRT, when a user asks for it.
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ml.scoring.calibration import Calibration
from ml.scoring.head import Head, compute_evidence, score_regions
from ml.sieve.shard import Shard, decode_member, load_backbone, open_archive
from ml.vision.backbone import View
from ml.vision.regions import compute_region_means, locate_cells, locate_regions


@dataclasses.dataclass(frozen=True)
class SeenScale:
    """The cells of one scale that lie in the picture."""

    cells: NDArray[np.float64]  # (n, 4): left, top, right, bottom as fractions of the picture
    evidence: NDArray[np.float32]  # (n,), log-likelihood ratios

    def list_cells(self) -> list[tuple[list[float], float]]:
        """Return the place and the evidence of each cell."""
        return list(zip(self.cells.tolist(), self.evidence.tolist(), strict=True))


@dataclasses.dataclass(frozen=True)
class Sight:
    """Where in a picture a target was seen."""

    scales: list[SeenScale]  # the finer one last
    best: tuple[float, float, float, float]  # the region whose evidence is the picture's
    best_scale: int  # position in `scales`


def compute_sight(shard: Shard, head: Head, calibration: Calibration) -> Sight:
    """Look at the first member of a shard with a head again.

    Raises ArchiveError, ArtifactError, MemberSkipped, MemberUnreadable.
    """
    backbone = load_backbone(shard.backbone)
    data = open_archive(shard.archive, shard.limits).read(shard.numbers[0])
    views = backbone.view(decode_member(shard, backbone, data).image, closely=shard.closely)
    best = [_find_best_region(view, head) for view in views]
    best_scale = max(range(len(best)), key=lambda n: best[n][0])
    return Sight(
        scales=[_score_cells(view, head, calibration) for view in views],
        best=best[best_scale][1],
        best_scale=best_scale,
    )


def _find_best_region(view: View, head: Head) -> tuple[float, tuple[float, float, float, float]]:
    """Return the score of a scale's best region and where it lies."""
    regions = compute_region_means(view.feature_map, view.box, view.scale)
    (scores,) = score_regions(head, regions[np.newaxis])
    best = int(scores.argmax())
    left, top, right, bottom = locate_regions(view.box, view.scale)[best].tolist()
    return float(scores[best]), (left, top, right, bottom)


def _score_cells(view: View, head: Head, calibration: Calibration) -> SeenScale:
    cells = locate_cells(view.box, view.scale).reshape(-1, 4)
    vectors = view.feature_map.reshape(len(cells), 1, -1).astype(np.float16)
    is_inside = ((cells[:, 2] - cells[:, 0]) * (cells[:, 3] - cells[:, 1])) > 0
    evidence = compute_evidence(head, calibration, vectors[is_inside])
    return SeenScale(cells[is_inside], evidence)
