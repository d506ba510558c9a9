"""Lists of jobs: search, order, rename."""

import pytest

from ml.scoring.piles import Pile
from ml.sieve.executor import Executor
from tests.webapp.made import drawn, queued, worked_off
from webapp.errors import NotFound, PreferenceRefused
from webapp.records import JobOrder
from webapp.services import job_list, jobs
from webapp.storage import Stores


def list_names(
    stores: Stores, search: str = "", order: JobOrder = JobOrder.NEWEST, *, skip: int = 0
) -> list[str]:
    found = job_list.list_jobs(stores, search=search, order=order, limit=3, skip=skip)
    return [listed.job.name for listed in found]


def test_the_last_jobs_come_first_and_a_list_has_pages(stores: Stores) -> None:
    made = [queued(stores, drawn(1), f"{n}.zip").name for n in range(4)]
    assert list_names(stores) == made[:0:-1]
    assert list_names(stores, skip=3) == made[:1]


def test_jobs_are_ordered_as_asked(stores: Stores) -> None:
    for name, count in (("b.zip", 2), ("A.zip", 1), ("c.zip", 3)):
        queued(stores, drawn(count), name)
    assert list_names(stores, order=JobOrder.OLDEST) == ["b.zip", "A.zip", "c.zip"]
    assert list_names(stores, order=JobOrder.NAME) == ["A.zip", "b.zip", "c.zip"]
    assert list_names(stores, order=JobOrder.LARGEST) == ["c.zip", "b.zip", "A.zip"]


def test_a_search_finds_parts_of_a_name_in_any_case_and_the_character(stores: Stores) -> None:
    for name in ("Holiday 100%.zip", "work.zip"):
        queued(stores, drawn(1), name)
    assert list_names(stores, "holi") == ["Holiday 100%.zip"]
    assert list_names(stores, "%") == ["Holiday 100%.zip"]
    assert list_names(stores, "red CIRCLE") == ["work.zip", "Holiday 100%.zip"]
    assert list_names(stores, "nothing like it") == []


def test_a_listed_job_has_its_piles_and_its_surest_pictures(
    stores: Stores, executor: Executor
) -> None:
    job = worked_off(stores, executor, queued(stores, {**drawn(12), "a.txt": b"a"}))
    (listed,) = job_list.list_by_id(stores, [job.id, "unknown"])
    assert sum(listed.piles.values()) == 13
    assert listed.piles[Pile.SKIPPED] == 1
    assert len(listed.surest) == min(4, listed.piles[Pile.KEPT])
    assert listed.seconds_left is None


def test_a_job_is_renamed(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    job_list.rename(stores, job.id, "  Summer \u202egpj.zip ")
    assert jobs.get(stores, job.id).name == "Summer \ufffdgpj.zip"
    with pytest.raises(PreferenceRefused, match="needs a name"):
        job_list.rename(stores, job.id, " ")
    with pytest.raises(NotFound):
        job_list.rename(stores, "unknown", "name")
