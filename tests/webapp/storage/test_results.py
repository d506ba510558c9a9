"""The contract of result stores, for the one in SQL."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ml.scoring.kind_counts import KindCounts
from ml.scoring.prevalence import Prevalence
from ml.targets.catalog import Target
from tests.ml.sieve.contract import NUMBERS, ResultsContract, make_result
from tests.red_circle.drawing import draw, encoded
from webapp.records import Job
from webapp.services import deletion, jobs, queue, targets, uploads
from webapp.services.uploads import Upload
from webapp.storage.results import SqlResults

if TYPE_CHECKING:
    from webapp.storage import Stores


class TestSqlResults(ResultsContract):
    @pytest.fixture
    def target(self, stores: Stores) -> Target:
        return targets.get(stores, "red_circle")

    @pytest.fixture
    def job(self, stores: Stores) -> Job:
        """A running job whose members 0 and 3 are skipped."""
        picture = encoded(draw(1, red_circle=True))
        file = stores.files.new_upload()
        with zipfile.ZipFile(file, "w") as archive:
            for number in range(max(NUMBERS) + 1):
                data = picture if number in NUMBERS else b"text"
                archive.writestr(f"{number}.{'png' if number in NUMBERS else 'txt'}", data)
        uploads.accept(stores, [Upload("a.zip", file)])
        ((job, _),) = queue.claim(stores)
        return job

    @pytest.fixture
    def store(self, stores: Stores, job: Job, target: Target) -> SqlResults:
        return SqlResults(stores, job, target)

    def test_thumbnails_lie_beside_the_rows(
        self, stores: Stores, job: Job, store: SqlResults, target: Target
    ) -> None:
        store.add([make_result(target, 1, 1.0)])
        assert stores.files.thumbnail(job.id, 1).read_bytes() == b"jpeg"

    def test_unlikeness_and_kinds_are_the_jobs_while_it_runs(
        self, stores: Stores, job: Job, store: SqlResults
    ) -> None:
        store.set_unlikeness(1.25)
        assert jobs.get(stores, job.id).is_unlike
        store.set_unlikeness(0.8)
        assert not jobs.get(stores, job.id).is_unlike
        store.set_kinds(KindCounts(4, photographs=3, pages=1))
        jobs.cancel(stores, job.id)
        store.set_unlikeness(None)
        store.set_kinds(KindCounts(0, 0, 0))
        store.set_variants({1: 2, 2: 2})
        assert jobs.get(stores, job.id).unlikeness == 0.8
        assert jobs.get(stores, job.id).kinds == KindCounts(4, photographs=3, pages=1)
        with stores.reading() as tables:
            assert not tables.variants.has_any(job.id)

    def test_nothing_is_stored_for_a_job_that_was_stopped(
        self, stores: Stores, job: Job, store: SqlResults, target: Target
    ) -> None:
        jobs.cancel(stores, job.id)
        assert store.add([make_result(target, 1, 1.0)]) == 0
        assert len(store.read_evidence()[0]) == 0

    def test_new_evidence_for_a_deleted_job_is_dropped(
        self, stores: Stores, job: Job, store: SqlResults, target: Target
    ) -> None:
        store.add([make_result(target, 1, 1.0)])
        deletion.delete(stores, job.id)
        store.replace_evidence(
            np.array([1]), np.array([2.0], np.float32), Prevalence(0.5, 0.4, 0.6)
        )
        assert len(store.read_evidence()[0]) == 0
