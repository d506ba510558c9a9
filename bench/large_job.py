"""Make a finished job of any number of drawn pictures, without scoring one.

The scores are drawn from two normal distributions, so piles and plot look like those of a real
archive. A few hundred thumbnails of many shapes are linked under all numbers.
"""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.pictures import draw
from ml.archive.reader import Member
from ml.scoring.piles import Outcome
from ml.sieve.shard import PictureResult
from ml.vision.colour import find_main_colour
from webapp.records import LOCAL_USER, Job, JobState
from webapp.storage import Stores

THUMBNAILS = 240
SIDE = 384  # pixels, the long side of a thumbnail
SHAPES = ((2, 3), (3, 4), (1, 1), (4, 3), (16, 9), (9, 16), (5, 7))
POSITIVES = 0.05
FOLDERS = 12
SEED = 7


def make_job(
    stores: Stores, count: int, *, target: str = "mona", thumbnails: int = THUMBNAILS
) -> Job:
    """Store a succeeded job of `count` pictures, besides a few that cannot be read.

    So many thumbnails are drawn; the pictures share them.
    """
    now = datetime.now(UTC)
    job = Job(
        id=f"gallery-{count:08}",
        user_id=LOCAL_USER,
        name=f"{count} drawn pictures.zip",
        state=JobState.SUCCEEDED,
        target=target,
        target_title="Mona",
        target_version=1,
        backbone_sha256="0" * 64,
        threshold=0.95,
        unsure_threshold=0.3,
        prevalence=POSITIVES,
        is_prevalence_known=True,
        created=now,
        started=now,
        finished=now,
        total=count + 5,
        done=count + 5,
        skipped=3,
    )
    stores.files.thumbnails(job.id).mkdir(parents=True)
    drawn = write_thumbnails(stores, job.id, count, thumbnails)
    members = [make_member(number) for number in range(count)]
    members += [Member(count + n, f"__MACOSX/._{n}", 120, "macOS system file") for n in range(3)]
    members += [Member(count + 3 + n, f"broken-{n}.png", 9_000, None) for n in range(2)]
    rng = np.random.default_rng(SEED)
    is_target = rng.random(count) < POSITIVES
    evidence = np.where(is_target, rng.normal(5, 3, count), rng.normal(-6, 2.5, count))
    with stores.writing() as tables:
        tables.jobs.add(job)
        tables.pictures.add(job.id, members)
        results = [make_result(number, *drawn[number % len(drawn)]) for number in range(count)]
        broken = [
            PictureResult(count + 3 + n, Outcome.UNREADABLE, reason="The file is cut off.")
            for n in range(2)
        ]
        tables.pictures.store_results(job.id, results + broken)
        tables.scores.add(job.id, target, enumerate(evidence.astype(np.float32).tolist()))
    return job


def make_member(number: int) -> Member:
    """A member in one of some folders."""
    path = f"folder {number % FOLDERS:02}/holiday picture {number:06}.jpg"
    return Member(number, path, 20_000 + 37 * (number % 900), None)


def make_result(number: int, width: int, height: int, colour: int) -> PictureResult:
    """The result of a scored picture with a thumbnail of this size."""
    return PictureResult(
        number,
        Outcome.SCORED,
        seconds=0.02,
        width=4 * width,
        height=4 * height,
        colour=colour,
        sha256=f"{number:064x}",
    )


def write_thumbnails(
    stores: Stores, job_id: str, count: int, wanted: int
) -> list[tuple[int, int, int]]:
    """Draw some thumbnails and link them under all numbers. Returns width, height and colour."""
    rng = np.random.default_rng(SEED)
    drawn, files = [], []
    for number in range(min(wanted, count)):
        wide, high = SHAPES[int(rng.integers(len(SHAPES)))]
        scale = SIDE / max(wide, high)
        size = (round(wide * scale), round(high * scale))
        buffer = io.BytesIO()
        picture = draw(rng, size)
        picture.save(buffer, "JPEG", quality=85)
        file = stores.files.thumbnail(job_id, number)
        file.write_bytes(buffer.getvalue())
        drawn.append((*size, find_main_colour(picture)))
        files.append(file)
    for number in range(len(files), count):
        link(files[number % len(files)], stores.files.thumbnail(job_id, number))
    return drawn


def link(source: Path, file: Path) -> None:
    """Give a file a second name; a copy where the file system allows no more links."""
    try:
        os.link(source, file)
    except OSError:
        file.write_bytes(source.read_bytes())
