"""Another head, or another character, on what the network saw already."""

from __future__ import annotations

import dataclasses

import pytest

from ml.errors import ArchiveError, ArtifactError
from ml.scoring.piles import Pile, Verdict
from ml.vision import decode
from ml.vision.card import write_card
from tests.webapp.made import add_opposite, drawn, queued
from webapp.errors import IllegalTransition, NotFound
from webapp.records import Job, JobState
from webapp.services import jobs, review, scores, targets, verdicts
from webapp.storage import Stores
from webapp.storage.picture_query import Shown


def read_evidence(stores: Stores, job_id: str) -> list[float | None]:
    job = jobs.get(stores, job_id)
    return [picture.evidence for picture in review.list_pictures(stores, job).pictures]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is decoded meanwhile."""
    pictures: list[bytes] = []

    def note(data: bytes, **_: object) -> None:
        pictures.append(data)

    monkeypatch.setattr(decode, "decode", note)
    return pictures


def test_another_target_is_applied_without_decoding_or_the_archive(
    stores: Stores, finished_job: Job, decoded: list[bytes]
) -> None:
    before = read_evidence(stores, finished_job.id)
    kept = review.list_pictures(stores, finished_job, Pile.KEPT).pictures
    stores.files.archive(finished_job.id).unlink()
    scores.show_target(stores, finished_job.id, add_opposite(stores))
    job = jobs.get(stores, finished_job.id)
    assert (job.target, job.target_title, job.state) == (
        "opposite",
        "Opposite",
        JobState.SUCCEEDED,
    )
    now_kept = review.list_pictures(stores, job, Pile.KEPT).pictures
    assert now_kept
    assert {p.number for p in now_kept} != {p.number for p in kept}
    assert all(stores.files.thumbnail(job.id, p.number).is_file() for p in now_kept)
    assert decoded == []
    scores.show_target(stores, job.id, "red_circle")
    assert read_evidence(stores, job.id) == before


def test_switching_back_and_forth_scores_nothing_again(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores.show_target(stores, finished_job.id, add_opposite(stores))

    def fail(*_: object) -> None:
        raise AssertionError("scored again")

    monkeypatch.setattr(scores, "rescore", fail)
    for name in ("red_circle", "opposite", "red_circle"):
        scores.show_target(stores, finished_job.id, name)
        assert jobs.get(stores, finished_job.id).target == name


def test_verdicts_belong_to_their_target(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    scores.show_target(stores, finished_job.id, add_opposite(stores))
    job = jobs.get(stores, finished_job.id)
    assert review.get_picture(stores, job, 0).verdict is None
    scores.show_target(stores, finished_job.id, "red_circle")
    assert review.get_picture(stores, finished_job, 0).verdict is Verdict.IS_NOT


def test_a_newer_version_scores_the_stored_embeddings(
    stores: Stores, finished_job: Job, decoded: list[bytes]
) -> None:
    name = add_opposite(stores)
    scores.show_target(stores, finished_job.id, name)
    before = read_evidence(stores, finished_job.id)
    card = targets.get(stores, name).card
    calibration = dataclasses.replace(card.calibration, intercept=card.calibration.intercept + 1)
    newer = dataclasses.replace(card, version=2, calibration=calibration)
    write_card(stores.files.targets / name, newer)
    assert jobs.needs_rescore(stores, jobs.get(stores, finished_job.id))
    scores.update_scores(stores, finished_job.id)
    after = read_evidence(stores, finished_job.id)
    job = jobs.get(stores, finished_job.id)
    assert (job.target_version, job.state) == (2, JobState.SUCCEEDED)
    assert not jobs.needs_rescore(stores, job)
    shifted = [None if value is None else value + 1 for value in before]
    assert after == pytest.approx(shifted, abs=1e-3)
    assert decoded == []


def test_targets_of_the_same_backbone_can_be_chosen(stores: Stores, finished_job: Job) -> None:
    add_opposite(stores)
    result = review.read_result(stores, finished_job.id, Pile.KEPT, Shown.ALL, after=0, limit=1)
    choices = scores.list_choices(stores, finished_job, result.targets)
    assert choices == [("opposite", "Opposite"), ("red_circle", "Red circle")]


def test_a_target_of_another_backbone_is_refused(stores: Stores, finished_job: Job) -> None:
    with pytest.raises(ArtifactError, match="belongs to another network"):
        scores.show_target(stores, finished_job.id, "paper_circle")
    with pytest.raises(NotFound, match="no character 'nobody'"):
        scores.show_target(stores, finished_job.id, "nobody")
    assert jobs.get(stores, finished_job.id) == finished_job


def test_without_embeddings_the_user_is_told_to_sieve_again(
    stores: Stores, finished_job: Job
) -> None:
    stores.files.embeddings(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="no longer stored"):
        scores.show_target(stores, finished_job.id, add_opposite(stores))
    assert jobs.get(stores, finished_job.id) == finished_job


def test_a_job_that_is_not_over_is_not_rescored(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with pytest.raises(IllegalTransition, match="not over yet"):
        scores.show_target(stores, job.id, add_opposite(stores))


def test_a_job_of_another_backbone_is_queued_again(stores: Stores, finished_job: Job) -> None:
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(finished_job, backbone_sha256="0" * 64))
    assert scores.is_backbone_gone(stores, jobs.get(stores, finished_job.id))
    scores.update_scores(stores, finished_job.id)
    job = jobs.get(stores, finished_job.id)
    assert job.state is JobState.QUEUED
    assert not scores.is_backbone_gone(stores, job)
