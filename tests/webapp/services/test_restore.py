"""A report restores a review as one step of undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.scoring.piles import Verdict
from webapp.records import Job
from webapp.services import downloads, restore, review, verdicts
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


def test_a_report_restores_different_verdicts_that_undo_takes_back_at_once(
    stores: Stores, finished_job: Job, report: Path
) -> None:
    wanted = {0: Verdict.IS, 1: Verdict.IS_NOT, 3: Verdict.IS_NOT}
    result = restore.restore_review(stores, finished_job.id, report, "report.json")
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
    restore.restore_review(stores, finished_job.id, report, "report.json")
    again = restore.restore_review(stores, finished_job.id, report, "report.json")
    assert again.restored == 3
    assert verdicts.read_history(stores, finished_job.id)[1].undo_steps == 1


def test_pictures_of_another_archive_are_counted(
    stores: Stores, finished_job: Job, tmp_path: Path
) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"sha256,verdict,target\n{'a' * 64},is,red_circle\n")
    result = restore.restore_review(stores, finished_job.id, file, "report.csv")
    assert (result.restored, result.elsewhere) == (0, 1)
    assert verdicts.read_history(stores, finished_job.id)[1].undo is None
