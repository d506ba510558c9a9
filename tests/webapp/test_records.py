from datetime import UTC, datetime

import pytest

from ml.errors import ArchiveTooLarge, ArtifactError, MonaError
from webapp.errors import IllegalTransition, NotFound, UploadTooLarge, find_status
from webapp.records import NEXT, Job, JobState


def job(state: JobState) -> Job:
    return Job(
        id="a" * 16,
        user_id=1,
        name="holiday.zip",
        state=state,
        target="mona",
        target_title="Mona",
        target_version=1,
        backbone_sha256="0" * 64,
        threshold=0.95,
        unsure_threshold=0.95,
        prevalence=0.1,
        created=datetime.now(UTC),
    )


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("wanted", JobState)
def test_a_job_changes_only_to_the_states_drawn(state: JobState, wanted: JobState) -> None:
    if wanted in NEXT[state]:
        assert job(state).to(wanted).state is wanted
    else:
        with pytest.raises(IllegalTransition, match=r"“holiday.zip” is"):
            job(state).to(wanted)


def test_a_job_that_is_over_leaves_its_end_only_for_the_queue_or_the_trash() -> None:
    for state in JobState:
        if state.is_over:
            assert NEXT[state] == {JobState.QUEUED, JobState.DELETING}


def test_a_job_that_waits_for_start_cannot_run_unqueued() -> None:
    with pytest.raises(IllegalTransition):
        job(JobState.WAITING).to(JobState.RUNNING)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (IllegalTransition("x"), 409),
        (UploadTooLarge("x"), 413),
        (ArchiveTooLarge("x"), 422),
        (ArtifactError("x"), 500),
        (MonaError("x"), 422),
    ],
)
def test_every_error_has_a_status(error: MonaError, status: int) -> None:
    assert find_status(error) == status
