"""Score one shard of an archive: picklable in, picklable out, safe to run twice.

A shard needs nothing but an archive it can open and a backbone it can load, so it may run in any
process. What is slow to open is kept by the process for its next shard.
"""

import dataclasses
import functools
import hashlib
import math
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.archive.formats import is_shown_by_browsers
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive
from ml.errors import MemberSkipped, MemberUnreadable
from ml.scoring.piles import Outcome
from ml.vision.backbone import Backbone
from ml.vision.decode import Decoded, decode

THUMBNAIL_SIDE = 384  # pixels: twice the width of a tile, for dense screens
LARGE_SIDE = 2048
_OPEN_ARCHIVES = 4  # jobs whose shards take turns in one process without opening again


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """Some members of one archive, and what to look at them with."""

    archive: Path
    numbers: tuple[int, ...]  # of members that are not skipped
    backbone: Path  # its folder
    limits: Limits
    thumbnails: Path | None = None  # an existing folder; None: none are made


@dataclasses.dataclass(frozen=True, slots=True)
class PictureResult:
    """What became of one member."""

    number: int
    outcome: Outcome  # SCORED, UNREADABLE or SKIPPED
    seconds: float  # reading, decoding, scoring and the thumbnail
    reason: str | None = None
    embeddings: NDArray[np.float16] | None = None  # (looks, dim), when SCORED
    width: int | None = None  # of the original, upright, pixels
    height: int | None = None
    sha256: str | None = None  # of the member's bytes, when they could be read


def shard_size(pictures: int, workers: int) -> int:
    """Pictures in a shard: few enough that a small job ends together, many enough to be cheap."""
    return max(4, min(64, math.ceil(pictures / (8 * workers))))


def run_shard(shard: Shard) -> list[PictureResult]:
    """Look at every member of the shard; one bad picture never ends it.

    Raises ArchiveError or ArtifactError when there is nothing to look at or with.
    """
    archive = _archive(shard.archive, shard.limits)
    predictor = _predictor(shard.backbone)
    return [_look(shard, archive, predictor, number) for number in shard.numbers]


@functools.lru_cache(maxsize=_OPEN_ARCHIVES)
def _archive(archive: Path, limits: Limits) -> OpenArchive:
    return OpenArchive(archive, limits)


@functools.lru_cache(maxsize=2)
def _predictor(folder: Path) -> Backbone:
    return Backbone(folder)


def _look(shard: Shard, archive: OpenArchive, predictor: Backbone, number: int) -> PictureResult:
    begun = time.perf_counter()
    sha256: str | None = None
    try:
        data = archive.read(number)
        sha256 = hashlib.sha256(data).hexdigest()
        picture = _decode(data, predictor, shard.limits)
        embeddings = predictor.embed(picture.image)
        if shard.thumbnails is not None:
            write_thumbnails(shard.thumbnails, number, picture, data, shard.limits)
    except (MemberUnreadable, MemberSkipped) as why:
        skipped = isinstance(why, MemberSkipped)
        outcome = Outcome.SKIPPED if skipped else Outcome.UNREADABLE
        seconds = time.perf_counter() - begun
        return PictureResult(number, outcome, seconds, str(why), sha256=sha256)
    seconds = time.perf_counter() - begun
    return PictureResult(
        *(number, Outcome.SCORED, seconds, None, embeddings),
        *(picture.width, picture.height, sha256),
    )


def _decode(data: bytes, predictor: Backbone, limits: Limits) -> Decoded:
    card = predictor.card
    reach = max(card.side, THUMBNAIL_SIDE)
    cover = card.resize == "stretch"
    return decode(data, reach=reach, max_pixels=limits.pixels, cover=cover)


def write_thumbnails(
    folder: Path, number: int, picture: Decoded, data: bytes, limits: Limits
) -> None:
    """Write `<number>.jpg`, and `<number>.large.jpg` for a format that no browser shows."""
    _save(picture.image, THUMBNAIL_SIDE, folder / f"{number}.jpg")
    if not is_shown_by_browsers(picture.format):
        large = decode(data, reach=LARGE_SIDE, max_pixels=limits.pixels)
        _save(large.image, LARGE_SIDE, folder / f"{number}.large.jpg")


def _save(image: Image.Image, side: int, file: Path) -> None:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.BILINEAR)
    small.save(file, "JPEG", quality=82)
