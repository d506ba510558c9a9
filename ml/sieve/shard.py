"""Score one shard of an archive: picklable in, picklable out, safe to run twice.

A shard needs an archive that it can open and a backbone that it can load. It writes nothing, so it
may run in any process. Open archives and backbones are kept for the next shard.
"""

import dataclasses
import functools
import hashlib
import io
import math
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.archive.formats import is_shown_by_browsers
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable
from ml.scoring.piles import Outcome
from ml.sieve.kinds import Kind, find_detector
from ml.vision.backbone import Backbone
from ml.vision.colour import find_main_colour
from ml.vision.decode import (
    THUMBNAIL_SIDE,
    Decoded,
    decode,
    decode_for_network,
)
from ml.vision.fingerprint import compute_fingerprint

LARGE_SIDE = 2048
_OPEN_ARCHIVES = 4  # so many jobs alternate in one process without opening archives again


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """Some members of one archive, and what to score them with."""

    archive: Path
    numbers: tuple[int, ...]  # of members that are not skipped
    backbone: Path  # its folder
    limits: Limits
    thumbnails: bool = False  # whether to make them
    closely: bool = True  # also at the backbone's close scale, if it has one
    kinds: bool = False  # whether to tell them


@dataclasses.dataclass(frozen=True, slots=True)
class PictureResult:
    """The result of one member."""

    number: int
    outcome: Outcome  # SCORED, UNREADABLE or SKIPPED
    seconds: float | None = None  # for reading, decoding, scoring and the thumbnail
    reason: str | None = None  # if SCORED: what is wrong with the picture
    embeddings: NDArray[np.float16] | None = None  # (regions, dim) if SCORED
    evidence: float | None = None  # the run adds it, because a shard knows no head
    width: int | None = None  # of the original, upright, pixels
    height: int | None = None
    sha256: str | None = None  # of the member's bytes, if they could be read
    fingerprint: int | None = None  # 64 bits of `ml.vision.fingerprint` if SCORED
    colour: int | None = None  # 0xRGB of `ml.vision.colour`, where there is a thumbnail
    thumbnail: bytes | None = None  # JPEG
    large: bytes | None = None  # JPEG, for a format that browsers do not show
    kinds: tuple[Kind, ...] | None = None  # that it looks like, often none; None: not told


def choose_shard_size(pictures: int, workers: int) -> int:
    """Return 4 to 8: about eight shards per worker, so that workers finish together.

    No more, because a new run waits until the shards in flight are done.
    """
    return max(4, min(8, math.ceil(pictures / (8 * workers))))


def score_shard(shard: Shard) -> list[PictureResult]:
    """Score every member of the shard; one bad picture never ends it.

    Raises ArchiveError or ArtifactError when archive or backbone cannot be opened.
    """
    archive = open_archive(shard.archive, shard.limits)
    backbone = load_backbone(shard.backbone)
    return [score_member(shard, archive, backbone, number) for number in shard.numbers]


@functools.lru_cache(maxsize=_OPEN_ARCHIVES)
def open_archive(archive: Path, limits: Limits) -> OpenArchive:
    """Open an archive, which stays open in this process."""
    return OpenArchive(archive, limits)


@functools.lru_cache(maxsize=2)
def load_backbone(folder: Path) -> Backbone:
    """Load a backbone, which stays in this process."""
    return Backbone(folder)


def decode_member(shard: Shard, backbone: Backbone, data: bytes) -> Decoded:
    """Decode a member's bytes for the backbone. Raises MemberSkipped, MemberUnreadable."""
    return decode_for_network(
        data,
        side=backbone.card.finest_side if shard.closely else backbone.card.side,
        resize=backbone.card.resize,
        max_pixels=shard.limits.pixels,
    )


def score_member(
    shard: Shard, archive: OpenArchive, backbone: Backbone, number: int
) -> PictureResult:
    """Score one member; whatever is wrong with it is its outcome. Raises ArchiveError."""
    start = time.perf_counter()
    sha256: str | None = None
    outcome = Outcome.UNREADABLE
    try:
        data = archive.read(number)
        sha256 = hashlib.sha256(data).hexdigest()
        picture = decode_member(shard, backbone, data)
        embeddings = backbone.embed(picture.image, closely=shard.closely)
        detector = find_detector(shard.backbone) if shard.kinds else None
        kinds = tuple(detector.find_kinds(picture.image)) if detector else None
        colour, thumbnail, large = None, None, None
        if shard.thumbnails:
            colour = find_main_colour(picture.image)
            thumbnail, large = make_thumbnails(picture, data, shard.limits)
    except MemberUnreadable as error:
        reason = str(error)
    except MemberSkipped as error:
        outcome, reason = Outcome.SKIPPED, str(error)
    except ArchiveError:
        raise  # the whole folder is gone, so this is no fault of the picture
    except Exception as bug:  # noqa: BLE001 - an unforeseen error must cost one picture only
        reason = f"could not be scored ({type(bug).__name__}: {bug})"[:200]
    else:
        return PictureResult(
            number=number,
            outcome=Outcome.SCORED,
            seconds=time.perf_counter() - start,
            reason=picture.note,
            embeddings=embeddings,
            width=picture.width,
            height=picture.height,
            sha256=sha256,
            fingerprint=compute_fingerprint(picture.image),
            colour=colour,
            thumbnail=thumbnail,
            large=large,
            kinds=kinds,
        )
    seconds = time.perf_counter() - start
    return PictureResult(
        number=number, outcome=outcome, seconds=seconds, reason=reason, sha256=sha256
    )


def make_thumbnails(picture: Decoded, data: bytes, limits: Limits) -> tuple[bytes, bytes | None]:
    """Return a small JPEG, and a large one if browsers do not show the original's format."""
    small = _encode(picture.image, THUMBNAIL_SIDE)
    if is_shown_by_browsers(picture.format):
        return small, None
    large = decode(data, min_side=LARGE_SIDE, max_pixels=limits.pixels)
    return small, _encode(large.image, LARGE_SIDE)


def _encode(image: Image.Image, side: int) -> bytes:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82)
    return out.getvalue()
