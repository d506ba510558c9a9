"""Verdicts are never lost, and every one can be undone and redone."""

from __future__ import annotations

import pytest

from ml.scoring.piles import Pile, Verdict
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import add_opposite, drawn, queued, worked_off
from webapp.errors import NotFound
from webapp.records import Job
from webapp.services import deletion, jobs, review, scores, verdicts
from webapp.storage import Stores


def read_all(stores: Stores, job: Job) -> dict[int, Verdict | None]:
    """Every picture's verdict for the target that the job shows now, by number."""
    job = jobs.get(stores, job.id)
    return {p.number: p.verdict for p in review.list_pictures(stores, job).pictures}


def test_a_verdict_overrides_the_network_and_can_be_taken_back(
    stores: Stores, finished_job: Job
) -> None:
    number = review.read_gallery(stores, finished_job, Pile.KEPT).pictures[0].number
    verdicts.set_verdict(stores, finished_job.id, number, Verdict.IS_NOT)
    answered = review.get_picture(stores, finished_job, number)
    assert (answered.pile, answered.verdict) == (Pile.REJECTED, Verdict.IS_NOT)
    verdicts.set_verdict(stores, finished_job.id, number, Verdict.IS_NOT)  # a second click
    assert review.get_picture(stores, finished_job, number).pile is Pile.REJECTED
    verdicts.set_verdict(stores, finished_job.id, number, None)
    assert review.get_picture(stores, finished_job, number).pile is Pile.KEPT


def test_a_verdict_holds_for_copies_here_and_in_other_jobs(
    stores: Stores, executor: LocalExecutor, finished_job: Job
) -> None:
    same = drawn(1)["circle-000.png"]
    twice = queued(stores, {"a.png": same, "folder/b.png": same})
    twice = worked_off(stores, executor, twice)
    verdicts.set_verdict(stores, twice.id, 0, Verdict.IS_NOT)
    assert review.count_piles(stores, twice)[Pile.REJECTED] == 2
    first = review.list_pictures(stores, finished_job).pictures[0]
    assert (first.path, first.pile) == ("circle-000.png", Pile.REJECTED)


def test_a_verdict_outlives_its_job(
    stores: Stores, executor: LocalExecutor, finished_job: Job
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    deletion.delete(stores, finished_job.id)
    again = worked_off(stores, executor, queued(stores, drawn(1)))
    assert review.get_picture(stores, again, 0).verdict is Verdict.IS_NOT


@pytest.mark.parametrize("number", [-1, 24, 25, 26, 10**30])
def test_what_was_never_scored_takes_no_verdict(
    stores: Stores, finished_job: Job, number: int
) -> None:
    with pytest.raises(NotFound, match=f"number {number}"):  # 24: a text, 25: a broken picture
        verdicts.set_verdict(stores, finished_job.id, number, Verdict.IS)


def test_a_hundred_verdicts_are_undone_and_redone_one_by_one(
    stores: Stores, finished_job: Job
) -> None:
    states = [read_all(stores, finished_job)]
    choices = [Verdict.IS, Verdict.IS_NOT, None]
    for step in range(100):
        verdict = choices[step // 24 % 3]
        verdicts.set_verdict(stores, finished_job.id, step % 24, verdict)
        states.append(read_all(stores, finished_job))
    assert verdicts.read_history(stores, finished_job.id)[1].undo_steps == 100
    for state in reversed(states[:-1]):
        verdicts.undo(stores, finished_job.id)
        assert read_all(stores, finished_job) == state
    assert verdicts.undo(stores, finished_job.id) == []
    for state in states[1:]:
        verdicts.redo(stores, finished_job.id)
        assert read_all(stores, finished_job) == state
    assert verdicts.redo(stores, finished_job.id) == []


def test_a_bulk_verdict_is_one_step_and_restores_what_each_picture_had(
    stores: Stores, finished_job: Job
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 3, Verdict.IS)
    before = read_all(stores, finished_job)
    verdicts.set_verdicts(stores, finished_job.id, range(26), Verdict.IS_NOT)
    _, history = verdicts.read_history(stores, finished_job.id)
    assert history.undo is not None
    assert (history.undo.pictures, history.undo_steps) == (24, 2)
    verdicts.undo(stores, finished_job.id)
    assert read_all(stores, finished_job) == before


def test_a_new_verdict_ends_what_could_be_redone(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    verdicts.undo(stores, finished_job.id)
    verdicts.set_verdict(stores, finished_job.id, 2, Verdict.IS)
    _, history = verdicts.read_history(stores, finished_job.id)
    assert (history.redo, history.undo_steps, history.redo_steps) == (None, 1, 0)


def test_a_verdict_that_changes_nothing_is_no_step(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    verdicts.set_verdict(stores, finished_job.id, 2, None)
    assert verdicts.read_history(stores, finished_job.id)[1].undo_steps == 1


def test_a_request_that_comes_twice_counts_once(stores: Stores, finished_job: Job) -> None:
    first = verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS, request_id="a")
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS_NOT, request_id="b")
    again = verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS, request_id="a")
    assert again == first
    assert read_all(stores, finished_job)[1] is Verdict.IS_NOT
    newest = verdicts.read_history(stores, finished_job.id)[1].undo
    assert newest is not None
    for _ in range(2):  # the answer to the first one was lost
        assert verdicts.undo(stores, finished_job.id, entry_id=newest.id) == first
    assert read_all(stores, finished_job)[1] is Verdict.IS
    for _ in range(2):
        assert verdicts.redo(stores, finished_job.id, entry_id=newest.id) == first
    assert read_all(stores, finished_job)[1] is Verdict.IS_NOT


def test_undo_in_an_outdated_window_changes_nothing(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    shown = verdicts.read_history(stores, finished_job.id)[1].undo
    assert shown is not None
    verdicts.set_verdict(stores, finished_job.id, 2, Verdict.IS)  # in another window
    assert verdicts.undo(stores, finished_job.id, entry_id=shown.id) == []
    assert read_all(stores, finished_job)[1] is Verdict.IS


def test_undoing_all_goes_back_to_where_a_review_began(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    began = verdicts.read_history(stores, finished_job.id)[1].undo
    before = read_all(stores, finished_job)
    assert began is not None
    for number in range(1, 24):
        verdicts.set_verdict(stores, finished_job.id, number, Verdict.IS_NOT)
    assert len(verdicts.undo_all(stores, finished_job.id, after=began.id)) == 23
    assert read_all(stores, finished_job) == before
    assert verdicts.undo_all(stores, finished_job.id, after=began.id) == []
    assert verdicts.read_history(stores, finished_job.id)[1].redo_steps == 23


def test_undo_leaves_what_another_job_changed_since(
    stores: Stores, executor: LocalExecutor, finished_job: Job
) -> None:
    other = worked_off(stores, executor, queued(stores, drawn(2), "other.zip"))
    verdicts.set_verdicts(stores, finished_job.id, [0, 1], Verdict.IS_NOT)
    verdicts.set_verdict(stores, other.id, 0, Verdict.IS)
    verdicts.undo(stores, finished_job.id)
    now = read_all(stores, finished_job)
    assert (now[0], now[1]) == (Verdict.IS, None)


def test_a_picture_tells_which_job_its_verdict_comes_from(
    stores: Stores, executor: LocalExecutor, finished_job: Job
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    assert review.get_picture(stores, finished_job, 0).verdict_from is None
    later = worked_off(stores, executor, queued(stores, drawn(1), "later.zip"))
    assert review.get_picture(stores, later, 0).verdict_from == "drawn.zip"
    verdicts.set_verdict(stores, later.id, 0, Verdict.IS)
    assert review.get_picture(stores, later, 0).verdict_from is None
    verdicts.undo(stores, later.id)
    assert review.get_picture(stores, later, 0).verdict_from == "drawn.zip"


def test_each_target_has_its_own_steps(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    scores.show_target(stores, finished_job.id, add_opposite(stores))
    assert verdicts.undo(stores, finished_job.id) == []
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS)
    scores.show_target(stores, finished_job.id, "red_circle")
    verdicts.undo(stores, finished_job.id)
    assert read_all(stores, finished_job)[0] is None
    scores.show_target(stores, finished_job.id, "opposite")
    assert read_all(stores, finished_job)[0] is Verdict.IS


def test_a_deleted_job_takes_its_steps_but_not_its_verdicts(
    stores: Stores, executor: LocalExecutor, finished_job: Job
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    deletion.delete(stores, finished_job.id)
    later = worked_off(stores, executor, queued(stores, drawn(1), "later.zip"))
    assert verdicts.undo(stores, later.id) == []
    assert read_all(stores, later) == {0: Verdict.IS_NOT}
