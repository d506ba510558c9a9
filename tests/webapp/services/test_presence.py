"""Who is in an archive, from stored embeddings alone."""

from __future__ import annotations

import pytest

from ml.errors import ArchiveError
from ml.scoring.piles import Verdict
from ml.targets import catalog
from tests.webapp.made import add_opposite
from webapp.records import Job
from webapp.services import jobs, presence, scores, targets, verdicts
from webapp.storage import Stores


def test_every_character_is_counted_without_the_archive(stores: Stores, finished_job: Job) -> None:
    add_opposite(stores)
    stores.files.archive(finished_job.id).unlink()
    counts = {one.target.card.name: one for one in presence.list_presence(stores, finished_job)}
    assert set(counts) == {"red_circle", "opposite"}
    low, high = counts["red_circle"].interval
    assert low <= 12 <= high  # of 24 pictures show a red circle
    assert 10 <= counts["red_circle"].count <= 14


def test_the_prevalence_of_a_job_is_that_of_the_page(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = add_opposite(stores)
    counts = {one.target.card.name: one for one in presence.list_presence(stores, finished_job)}
    together = counts[name].prevalence.value
    scores.rescore(stores, finished_job, targets.get(stores, name))
    assert read_prevalence(stores, finished_job, name) != pytest.approx(together, abs=0.005)
    monkeypatch.setattr(catalog, "PRETRAINED", stores.files.targets)
    scores.rescore(stores, finished_job, targets.get(stores, name))
    assert read_prevalence(stores, finished_job, name) == pytest.approx(together, abs=1e-6)


def read_prevalence(stores: Stores, job: Job, name: str) -> float:
    with stores.reading() as tables:
        return {one.name: one.prevalence for one in tables.jobs.list_targets(job.id)}[name]


def test_what_the_user_said_of_each_character_counts(stores: Stores, finished_job: Job) -> None:
    add_opposite(stores)
    verdicts.set_verdicts(stores, finished_job.id, range(24), Verdict.IS_NOT)
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    scores.show_target(stores, finished_job.id, "opposite")
    verdicts.set_verdict(stores, finished_job.id, 3, Verdict.IS)
    found = presence.list_presence(stores, jobs.get(stores, finished_job.id))
    counts = {one.target.card.name: one for one in found}
    assert (counts["red_circle"].count, counts["red_circle"].interval) == (1, (1, 1))
    assert (counts["opposite"].kept, counts["opposite"].pictures) == (1, 23)


def test_variants_of_an_archive_widen_the_range(stores: Stores, finished_job: Job) -> None:
    (before,) = presence.list_presence(stores, finished_job)
    with stores.writing() as tables:
        tables.variants.replace(finished_job.id, dict.fromkeys(range(0, 12, 2), 0))
    (after,) = presence.list_presence(stores, finished_job)
    assert after.count == before.count
    assert after.interval[1] - after.interval[0] > before.interval[1] - before.interval[0]


def test_embeddings_that_are_gone_are_said(stores: Stores, finished_job: Job) -> None:
    stores.files.embeddings(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="no longer stored"):
        presence.list_presence(stores, finished_job)
