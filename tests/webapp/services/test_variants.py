"""Groups of variants: what is split over piles, one verdict for a group, the largest of each."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import pytest
from PIL import Image

from ml.archive.exported_zip import Export
from ml.scoring.piles import Pile, Verdict
from ml.sieve.executor import LocalExecutor
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import drawn, queued, worked_off
from webapp.errors import NotFound
from webapp.records import Job
from webapp.services import downloads, variants, verdicts
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery

GROUP = {0: 2, 1: 2, 2: 2, 5: 7, 7: 7}
"""Two groups; the pictures 0, 2 show a red circle, 1, 5 and 7 do not."""


@pytest.fixture
def grouped(stores: Stores, finished_job: Job) -> Job:
    """Two groups, the second in one pile."""
    with stores.writing() as tables:
        tables.variants.replace(finished_job.id, GROUP)
    return finished_job


def test_a_sieved_archive_has_its_variants_grouped(stores: Stores, executor: LocalExecutor) -> None:
    image = draw(1, red_circle=True, size=(300, 240))
    small = io.BytesIO()
    image.resize((200, 160), Image.Resampling.LANCZOS).save(small, "JPEG", quality=90)
    members = {"small.jpg": small.getvalue(), "large.png": encoded(image), **drawn(2, seed=9)}
    job = worked_off(stores, executor, queued(stores, members))
    with stores.reading() as tables:
        assert tables.variants.read_members(job.id) == {1: [1, 0]}


def test_groups_in_several_piles_are_listed(stores: Stores, grouped: Job) -> None:
    found = variants.read_split_groups(stores, grouped.id)
    assert (found.split, found.total) == (1, 2)
    (group,) = found.groups
    assert group.piles == {Pile.KEPT: 2, Pile.REJECTED: 1}
    assert {picture.number for picture in group.pictures} == {0, 1, 2}


def test_one_verdict_for_a_group_is_one_step_of_undo(stores: Stores, grouped: Job) -> None:
    assert variants.set_group_verdict(stores, grouped.id, 2, Verdict.IS) == 3
    assert variants.read_split_groups(stores, grouped.id).split == 0
    verdicts.undo(stores, grouped.id)
    assert variants.read_split_groups(stores, grouped.id).split == 1
    with pytest.raises(NotFound, match="leads no group"):
        variants.set_group_verdict(stores, grouped.id, 3, Verdict.IS)


def read_names(export: Export) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(b"".join(export.chunks))).namelist()


def test_only_the_largest_of_each_group_is_exported(stores: Stores, grouped: Job) -> None:
    whole = downloads.export_piles(stores, grouped, [Pile.KEPT])
    largest = downloads.export_piles(stores, grouped, [Pile.KEPT], only_largest=True)
    counts = [len(read_names(export)) for export in (whole, largest)]
    assert counts[0] - counts[1] == 1


def test_without_groups_nothing_is_split(stores: Stores, finished_job: Job) -> None:
    with stores.writing() as tables:
        tables.variants.replace(finished_job.id, {})
        assert not tables.variants.has_any(finished_job.id)
        assert tables.variants.list_split(PictureQuery.of(finished_job)) == []


def test_reports_name_the_largest_variant_and_that_an_archive_is_unlike(
    stores: Stores, grouped: Job
) -> None:
    job = dataclasses.replace(grouped, unlikeness=1.5)
    rows = json.loads("".join(downloads.report_json(stores, job)))
    largest = {number: rows[first]["sha256"] for number, first in GROUP.items()}
    assert [row["variant_of"] for row in rows] == [largest.get(n) for n in range(len(rows))]
    said = {row["caution"] for row in rows if row["probability"] is not None}
    assert said == {
        "This archive is unlike the pictures that Red circle was measured on: expect more mistakes."
    }
    assert {row["caution"] for row in rows if row["probability"] is None} == {None}
    usual = json.loads("".join(downloads.report_json(stores, grouped)))
    assert {row["caution"] for row in usual} == {None}
