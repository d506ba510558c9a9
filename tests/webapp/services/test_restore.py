"""A report restores a review as one step of undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.errors import ArchiveError
from ml.scoring.piles import Verdict
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import arrived, drawn, packed, queued, recent_jobs, worked_off
from webapp.records import Job
from webapp.services import downloads, jobs, restore, review, uploads, verdicts
from webapp.services.restore import Restored
from webapp.storage import Stores


@pytest.fixture
def report(stores: Stores, finished_job: Job, tmp_path: Path) -> Path:
    """The report of a review that is then undone."""
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS)
    verdicts.set_verdicts(stores, finished_job.id, [1, 3], Verdict.IS_NOT)
    file = tmp_path / "report.json"
    file.write_text("".join(downloads.report_json(stores, finished_job)))
    verdicts.undo_all(stores, finished_job.id, after=0)
    return file


def read_verdicts(stores: Stores, job: Job) -> dict[int, Verdict]:
    pictures = review.list_pictures(stores, job).pictures
    return {one.number: one.verdict for one in pictures if one.verdict}


def restored(stores: Stores, job: Job, report: Path) -> Restored:
    result = restore.restore_review(stores, job.id, report, report.name)
    assert result
    return result


def test_a_report_restores_different_verdicts_that_undo_takes_back_at_once(
    stores: Stores, finished_job: Job, report: Path
) -> None:
    wanted = {0: Verdict.IS, 1: Verdict.IS_NOT, 3: Verdict.IS_NOT}
    result = restored(stores, finished_job, report)
    assert (result.restored, result.elsewhere, result.faults) == (3, 0, [])
    assert read_verdicts(stores, finished_job) == wanted
    _, history = verdicts.read_history(stores, finished_job.id)
    assert history.undo_steps == 1
    assert history.undo
    assert (history.undo.report, history.undo.pictures) == ("report.json", 3)
    verdicts.undo(stores, finished_job.id)
    assert read_verdicts(stores, finished_job) == {}
    verdicts.redo(stores, finished_job.id)
    assert read_verdicts(stores, finished_job) == wanted


def test_what_is_as_in_the_report_already_makes_no_step(
    stores: Stores, finished_job: Job, report: Path
) -> None:
    restored(stores, finished_job, report)
    again = restored(stores, finished_job, report)
    assert (again.restored, again.unchanged) == (0, 3)
    assert again.describe("report.json") == [
        "3 answers of “report.json” are there already, so nothing changed."
    ]
    assert verdicts.read_history(stores, finished_job.id)[1].undo_steps == 1
    verdicts.set_verdict(stores, finished_job.id, 0, None)
    once_more = restored(stores, finished_job, report)
    assert (once_more.restored, once_more.unchanged) == (1, 2)
    assert once_more.describe("report.json") == [
        "1 answer of “report.json” restored.",
        "2 more are there already.",
    ]


def test_pictures_of_another_archive_are_counted(
    stores: Stores, finished_job: Job, tmp_path: Path
) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"sha256,verdict,target\n{'a' * 64},is,red_circle\n")
    result = restored(stores, finished_job, file)
    assert (result.restored, result.elsewhere) == (0, 1)
    assert verdicts.read_history(stores, finished_job.id)[1].undo is None


def test_answers_that_are_replaced_are_counted(
    stores: Stores, finished_job: Job, report: Path
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    result = restored(stores, finished_job, report)
    assert (result.restored, result.replaced) == (3, 1)
    assert "1 of them replaces a different answer" in " ".join(result.describe("report.json"))
    verdicts.undo(stores, finished_job.id)
    assert read_verdicts(stores, finished_job) == {0: Verdict.IS_NOT}


def write_report(stores: Stores, job: Job, *rejected: int) -> bytes:
    """A CSV report in which these pictures are rejected; none of them is afterwards."""
    verdicts.set_verdicts(stores, job.id, rejected, Verdict.IS_NOT)
    report = "".join(downloads.report_csv(stores, jobs.get(stores, job.id))).encode()
    verdicts.undo_all(stores, job.id, after=0)
    return report


def test_a_report_beside_its_archive_is_restored_at_the_end_of_the_job(
    stores: Stores, finished_job: Job, executor: LocalExecutor
) -> None:
    report = write_report(stores, finished_job, 0, 1, 2)
    archive = packed(stores, drawn(2))
    (job,) = uploads.accept(stores, [archive, arrived(stores, "x/report.csv", report)])
    assert (job.total, read_verdicts(stores, job)) == (2, {})
    done = worked_off(stores, executor, job)
    assert read_verdicts(stores, job) == {0: Verdict.IS_NOT, 1: Verdict.IS_NOT}
    assert done.report_note == (
        "2 answers of “x/report.csv” restored. "
        "1 more is about a picture that this archive does not have, and is left out."
    )
    assert verdicts.read_history(stores, job.id)[1].undo_steps == 1
    assert not stores.files.report(job.id).exists()
    assert list(stores.files.uploads.iterdir()) == []


def test_a_report_that_is_sent_while_the_job_works_waits_for_its_end(
    stores: Stores, finished_job: Job, executor: LocalExecutor, tmp_path: Path
) -> None:
    file = tmp_path / "report.csv"
    file.write_bytes(write_report(stores, finished_job, 1) + b'"bad line"\r\n')
    job = queued(stores, drawn(2))
    assert restore.restore_review(stores, job.id, file, "report.csv") is None
    done = worked_off(stores, executor, job)
    assert read_verdicts(stores, job) == {1: Verdict.IS_NOT}
    assert done.report_note
    assert "1 line was left out. Line 28: it has 1 cells" in done.report_note


def test_a_kept_report_that_is_lost_does_not_fail_the_job(
    stores: Stores, finished_job: Job, executor: LocalExecutor, report: Path
) -> None:
    job = queued(stores, drawn(2))
    restore.restore_review(stores, job.id, report, "report.json")
    stores.files.report(job.id).unlink()
    done = worked_off(stores, executor, job)
    assert done.error is None
    assert done.report_note
    assert "“report.json” could not be restored" in done.report_note


@pytest.mark.parametrize(
    ("members", "reports", "sentence"),
    [(0, 1, "is a report of an earlier job"), (1, 2, "received 2")],
)
def test_one_report_belongs_beside_an_archive(
    stores: Stores, finished_job: Job, members: int, reports: int, sentence: str
) -> None:
    report = write_report(stores, finished_job, 0)
    sent = [packed(stores, drawn(2)) for _ in range(members)]
    sent += [arrived(stores, "report.csv", report) for _ in range(reports)]
    with pytest.raises(ArchiveError, match=sentence):
        uploads.accept(stores, sent)
    assert [job.id for job in recent_jobs(stores)] == [finished_job.id]
    assert list(stores.files.uploads.iterdir()) == []
