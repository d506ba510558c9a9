"""What a user takes away: piles, reports, single pictures."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError
from ml.scoring.piles import Pile, Verdict
from ml.sieve.executor import LocalExecutor
from ml.sieve.report import COLUMNS
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import drawn, many, queued, worked_off
from webapp.errors import (
    NotFound,
)
from webapp.records import Job
from webapp.services import (
    archives,
    deletion,
    downloads,
    jobs,
    pictures,
    review,
    verdicts,
)
from webapp.storage import Stores


def test_kept_pictures_come_as_a_zip_of_exact_length(stores: Stores, finished_job: Job) -> None:
    export = downloads.export_piles(stores, finished_job, [Pile.KEPT])
    data = b"".join(export.chunks)
    assert len(data) == export.length
    kept = review.list_pictures(stores, finished_job, Pile.KEPT).pictures
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert zf.namelist() == [p.path for p in kept]
        assert zf.read(kept[0].path) == drawn(24)[kept[0].path]


def test_every_range_has_the_bytes_of_its_place(stores: Stores, finished_job: Job) -> None:
    export = downloads.export_piles(stores, finished_job, list(Pile))
    whole = b"".join(export.chunks)
    step = 97  # shorter than a header with its name, so that ranges begin and end everywhere
    starts = range(0, export.length, step)
    assert len(starts) > 2_000
    for start in starts:
        assert b"".join(export.iter_range(start, start + step)) == whole[start : start + step]


def test_names_may_begin_with_the_probability(stores: Stores, finished_job: Job) -> None:
    export = downloads.export_piles(stores, finished_job, [Pile.KEPT], with_probability=True)
    with zipfile.ZipFile(io.BytesIO(b"".join(export.chunks))) as zf:
        names = zf.namelist()
    kept = review.list_pictures(stores, finished_job, Pile.KEPT).pictures
    assert names == [f"{min(p.probability or 0, 0.9999):.4f}_{p.path}" for p in kept]
    assert all(float(name.partition("_")[0]) < 1 for name in names)


def test_a_download_follows_the_users_word(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    data = b"".join(downloads.export_piles(stores, finished_job, [Pile.REJECTED]).chunks)
    assert "circle-000.png" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_a_download_without_its_archive_is_refused(stores: Stores, finished_job: Job) -> None:
    stores.files.archive(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="is gone"):
        downloads.export_piles(stores, finished_job, [Pile.KEPT])


def test_the_report_has_every_member_in_both_forms(stores: Stores, finished_job: Job) -> None:
    table = list(csv.DictReader(io.StringIO("".join(downloads.report_csv(stores, finished_job)))))
    array = json.loads("".join(downloads.report_json(stores, finished_job)))
    assert tuple(table[0]) == COLUMNS
    assert [row["path"] for row in table] == [row["path"] for row in array]
    assert len(table) == finished_job.total
    skipped = next(row for row in array if row["path"] == "notes.txt")
    assert (skipped["pile"], skipped["reason"]) == ("skipped", "not a picture")


def test_a_long_report_is_read_page_by_page(stores: Stores) -> None:
    job = jobs.cancel(stores, queued(stores, many(2500)).id)
    assert len(json.loads("".join(downloads.report_json(stores, job)))) == 2500


def test_a_picture_opens_in_its_own_bytes(stores: Stores, finished_job: Job) -> None:
    data, kind = pictures.read_original(stores, finished_job, 0)
    assert (data, kind) == (drawn(1)["circle-000.png"], "image/png")


def open_archives(stores: Stores) -> list[str]:
    """Files below the jobs' folder that this process holds open."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(str(link.readlink()))
    return [link for link in links if link.startswith(str(stores.files.jobs))]


def test_an_archive_stays_open_from_one_picture_to_the_next(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    class Counted(OpenArchive):
        def __init__(self, archive: Path, limits: Limits) -> None:
            opened.append(archive)
            super().__init__(archive, limits)

    monkeypatch.setattr(archives, "OpenArchive", Counted)
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(
                lambda number: pictures.read_original(stores, finished_job, number), range(24)
            )
        )
    assert [data for data, _ in found] == list(drawn(24).values())
    assert len(opened) == 1
    archive = stores.files.archive(finished_job.id)
    os.utime(archive, (0, 0))  # another file took its place
    pictures.read_original(stores, finished_job, 0)
    assert len(opened) == 2


def test_few_archives_are_open_and_none_that_is_deleted(
    stores: Stores, executor: LocalExecutor
) -> None:
    made = [worked_off(stores, executor, queued(stores, drawn(1))) for _ in range(3)]
    for job in made:
        pictures.read_original(stores, job, 0)
    assert len(open_archives(stores)) == 2
    deletion.delete(stores, made[-1].id)
    assert open_archives(stores) == []


def test_a_picture_that_no_browser_shows_opens_as_a_jpeg(
    stores: Stores, executor: LocalExecutor
) -> None:
    tiff = encoded(draw(1, red_circle=True), "TIFF")
    job = worked_off(stores, executor, queued(stores, {"a.tiff": tiff}))
    file, kind = pictures.read_original(stores, job, 0)
    assert isinstance(file, Path)
    assert (file.read_bytes()[:3], kind) == (b"\xff\xd8\xff", "image/jpeg")


def test_what_is_no_picture_does_not_open(stores: Stores, finished_job: Job) -> None:
    for number in (24, 25):  # a text, and a text that calls itself a picture
        with pytest.raises(NotFound, match="Browsers cannot show"):
            pictures.read_original(stores, finished_job, number)
    assert pictures.find_thumbnail(stores, finished_job.id, 25) is None


@pytest.mark.parametrize("number", [-1, 10**400])
def test_a_thumbnail_of_no_picture_is_not_found(
    stores: Stores, finished_job: Job, number: int
) -> None:
    with pytest.raises(NotFound, match="No archive has a picture"):
        pictures.find_thumbnail(stores, finished_job.id, number)
