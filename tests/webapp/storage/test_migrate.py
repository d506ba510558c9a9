"""An instance folder of the first schema opens after the update with everything in it.

`instance_0001.zip` was made by the last program with that schema: a finished job with two verdicts
and a moved confidence, a stopped job, a waiting one, preferences, and a target of card format 1.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.scoring.piles import Outcome, Pile, Verdict
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import recent_jobs, worked_off
from webapp import create_app
from webapp.config import Settings
from webapp.records import Job, JobState
from webapp.services import jobs, pictures, preferences, review, scores, targets
from webapp.storage import Stores
from webapp.storage.migrate import require_current, upgrade

INSTANCE = Path(__file__).with_name("instance_0001.zip")


@pytest.fixture
def updated(tmp_path: Path) -> Iterator[Stores]:
    """The old instance after the update."""
    folder = tmp_path / "instance"
    with zipfile.ZipFile(INSTANCE) as archive:
        archive.extractall(folder)
    for job in (folder / "jobs").iterdir():
        (job / "thumbnails").mkdir(exist_ok=True)
    stores = Stores.open(Settings(data_dir=folder, workers=1))
    stores.files.prepare()
    upgrade(stores.database)
    require_current(stores.database)
    yield stores
    stores.database.close()


@pytest.fixture
def by_name(updated: Stores) -> dict[str, Job]:
    return {job.name: job for job in recent_jobs(updated)}


def test_a_finished_job_keeps_its_piles_verdicts_and_confidence(
    updated: Stores, by_name: dict[str, Job]
) -> None:
    job = by_name["done.zip"]
    assert (job.state, job.confidence, job.total, job.done) == (JobState.SUCCEEDED, 0.8, 8, 8)
    assert (job.target, job.target_title, job.target_version) == ("red_circle", "Red circle", 1)
    assert job.prevalence == pytest.approx(0.5000998)
    piles = review.count_piles(updated, job)
    assert piles == {
        Pile.KEPT: 3,
        Pile.UNSURE: 0,
        Pile.REJECTED: 3,
        Pile.UNREADABLE: 1,
        Pile.SKIPPED: 1,
    }
    verdicts = {p.number: p.verdict for p in review.list_pictures(updated, job).pictures}
    assert (verdicts[0], verdicts[1], verdicts[2]) == (Verdict.IS_NOT, Verdict.IS, None)
    for number in range(6):
        assert pictures.find_thumbnail(updated, job.id, number)
        assert pictures.read_original(updated, job, number)[1] == "image/png"


def read_evidence(stores: Stores, job: Job) -> list[float]:
    page = review.list_pictures(stores, job).pictures
    return [picture.evidence for picture in page if picture.evidence is not None]


def test_its_stored_embeddings_give_its_evidence_again(
    updated: Stores, by_name: dict[str, Job]
) -> None:
    job = by_name["done.zip"]
    before = read_evidence(updated, job)
    scores.rescore(updated, job, targets.get(updated, job.target))
    assert len(before) == 6
    assert read_evidence(updated, job) == pytest.approx(before, rel=1e-5)


def test_a_stopped_job_can_go_on(
    updated: Stores, by_name: dict[str, Job], executor: LocalExecutor
) -> None:
    job = by_name["stopped.zip"]
    outcomes = {p.outcome for p in review.list_pictures(updated, job).pictures}
    assert outcomes == {Outcome.NOT_SCORED}
    ended = worked_off(updated, executor, jobs.resume(updated, job.id))
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 3)


def test_a_waiting_job_is_sieved(
    updated: Stores, by_name: dict[str, Job], executor: LocalExecutor
) -> None:
    ended = worked_off(updated, executor, by_name["waiting.zip"])
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 2)


def test_preferences_are_kept(updated: Stores) -> None:
    chosen = preferences.get(updated)
    assert (chosen.target, chosen.confidence, chosen.retention_days) == ("red_circle", 0.9, 12)


def test_every_page_opens(updated: Stores, by_name: dict[str, Job]) -> None:
    client = create_app(updated.settings).test_client()
    pages = ["/", "/jobs", "/characters", "/characters/red_circle", "/settings"]
    for page in (*pages, *(f"/jobs/{job.id}" for job in by_name.values())):
        assert client.get(page).status_code == 200, page
