"""`monasieve check` compares the file of embeddings with the rows, and repairs what can be."""

from __future__ import annotations

import os

import pytest

from ml.errors import ArchiveError
from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import add_opposite, drawn, queued, recent_jobs, worked_off
from tests.webapp.services.test_check import find
from webapp.records import Job, JobState
from webapp.services import jobs, presence, scores, sight, trash
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery

SCORED = 24  # pictures of the finished job; a text and a broken picture follow them


def read_piles(stores: Stores, job: Job) -> dict[Pile, int]:
    with stores.reading() as tables:
        return tables.pictures.count_piles(PictureQuery.of(job))


def cut(stores: Stores, job: Job, rows: float) -> None:
    """Leave so many rows of the embeddings."""
    file = stores.files.embeddings(job.id)
    os.truncate(file, int(rows * file.stat().st_size / SCORED))


@pytest.mark.parametrize("rows", [0, 9.5, 23])
def test_pictures_whose_embeddings_were_cut_off_are_scored_again(
    stores: Stores, finished_job: Job, executor: LocalExecutor, rows: float
) -> None:
    whole = stores.files.embeddings(finished_job.id).read_bytes()
    piles = read_piles(stores, finished_job)
    cut(stores, finished_job, rows)
    ((said, is_repaired),) = find(stores)
    lost = SCORED - int(rows)
    assert f"are cut short: {lost} of its 24 pictures have none." in said
    assert not is_repaired
    assert jobs.get(stores, finished_job.id) == finished_job, "nothing is written without `repair`"
    ((said, is_repaired),) = find(stores, repair=True)
    assert is_repaired
    assert said.endswith("These pictures are scored again at the next start.")
    again = jobs.get(stores, finished_job.id)
    assert (again.state, again.done) == (JobState.QUEUED, 26 - lost)
    assert find(stores) == []
    done = worked_off(stores, executor, again)
    assert (done.state, read_piles(stores, done)) == (JobState.SUCCEEDED, piles)
    assert stores.files.embeddings(finished_job.id).read_bytes() == whole
    assert find(stores) == []


def test_embeddings_that_are_gone_are_computed_again(stores: Stores, finished_job: Job) -> None:
    stores.files.embeddings(finished_job.id).unlink()
    ((said, is_repaired),) = find(stores, repair=True)
    assert "are gone. These pictures are scored again" in said
    assert is_repaired
    assert jobs.get(stores, finished_job.id).done == 2
    assert find(stores) == []


def test_a_job_that_runs_no_more_by_itself_goes_on_after_the_repair(
    stores: Stores, finished_job: Job
) -> None:
    with stores.writing() as tables:
        tables.jobs.save(finished_job.to(JobState.QUEUED).to(JobState.RUNNING))
    cut(stores, finished_job, 20)
    assert [is_repaired for _, is_repaired in find(stores, repair=True)] == [True]
    again = jobs.get(stores, finished_job.id)
    assert (again.state, again.done) == (JobState.RUNNING, 22)


@pytest.mark.parametrize("what", ["archive", "target", "trash", "stopped"])
def test_what_cannot_be_scored_again_is_left_as_it_is(
    stores: Stores, finished_job: Job, what: str
) -> None:
    cut(stores, finished_job, 9)
    if what == "archive":
        stores.files.archive(finished_job.id).unlink()
    elif what == "target":
        add_opposite(stores)
        (stores.files.targets / "red_circle").unlink()
    elif what == "trash":
        trash.discard(stores, finished_job.id)
    else:
        with stores.writing() as tables:
            tables.jobs.save(finished_job.to(JobState.QUEUED).to(JobState.CANCELLED))
    piles = read_piles(stores, finished_job)
    found = [one for one in find(stores, repair=True) if "are cut short" in one[0]]
    ((said, is_repaired),) = found
    assert said.endswith("have none. Its results can still be seen. Sieve it again.")
    assert not is_repaired
    assert read_piles(stores, finished_job) == piles


@pytest.mark.parametrize("surplus", [1, 100_000])
def test_bytes_that_belong_to_no_picture_are_removed(
    stores: Stores, finished_job: Job, surplus: int
) -> None:
    file = stores.files.embeddings(finished_job.id)
    whole = file.read_bytes()
    row = len(whole) // SCORED
    rest = bytes(2 * row)  # rows of the two files that are no pictures are no damage
    file.write_bytes(whole + rest)
    assert find(stores) == []
    file.write_bytes(whole + rest + bytes(surplus))
    ((said, is_repaired),) = find(stores)
    assert f"have {surplus:,} bytes that belong to no picture" in said
    assert not is_repaired
    assert file.stat().st_size == len(whole + rest) + surplus
    assert [is_repaired for _, is_repaired in find(stores, repair=True)] == [True]
    assert file.read_bytes() == whole + rest
    assert find(stores) == []


def test_a_row_that_is_being_written_is_no_damage(stores: Stores, finished_job: Job) -> None:
    with stores.writing() as tables:
        tables.jobs.save(finished_job.to(JobState.QUEUED))
    with stores.files.embeddings(finished_job.id).open("ab") as file:
        file.write(b"half")
    assert find(stores) == []


def test_embeddings_of_a_network_that_is_not_installed_cannot_be_measured(
    stores: Stores, finished_job: Job
) -> None:
    cut(stores, finished_job, 9)
    for folder in stores.files.targets.iterdir():
        folder.unlink()
    assert not any("embeddings" in sentence for sentence, _ in find(stores))


@pytest.mark.parametrize("rows", [0, 9.5])
def test_pages_of_a_job_with_short_embeddings_say_what_to_do(
    stores: Stores, finished_job: Job, rows: float
) -> None:
    other = add_opposite(stores)
    cut(stores, finished_job, rows)
    with pytest.raises(ArchiveError, match=r"no longer stored\. Sieve the archive again"):
        presence.list_presence(stores, finished_job)
    with pytest.raises(ArchiveError, match=r"no longer stored\. Sieve the archive again"):
        scores.show_target(stores, finished_job.id, other)
    explained = sight.explain(stores, finished_job.id, SCORED - 1)
    assert (explained.rivals, explained.similar) == (None, [])


def test_a_waiting_job_has_no_embeddings_to_miss(stores: Stores) -> None:
    job = queued(stores, drawn(2))
    assert find(stores) == []
    assert recent_jobs(stores) == [job]
