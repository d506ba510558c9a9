"""Copies of kept pictures: what is planned, what is written, what is taken back."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ml.scoring.piles import Pile
from webapp.copy_records import CopyState
from webapp.errors import FolderRefused, IllegalTransition, NotFound
from webapp.records import Job, JobState
from webapp.services import copies, jobs, review
from webapp.storage import Stores
from webapp.storage.copies import write_copy


def work(stores: Stores) -> str:
    """Do everything that was asked of the runner; returns the last sentence."""
    sentence = ""
    while (copy := copies.find_next(stores)) is not None:
        steps = copies.work_on(stores, copy)
        try:
            while True:
                next(steps)
        except StopIteration as end:
            sentence = str(end.value)
        copies.finish(stores, copy, sentence)
    return sentence


def copied(stores: Stores, job: Job, folder: str = "out") -> list[Path]:
    """The files of a copy that was asked for and made."""
    copies.request_copy(stores, job.id, folder)
    work(stores)
    return list_files(stores)


def list_files(stores: Stores) -> list[Path]:
    return sorted(path for path in stores.files.storage_root.rglob("*") if path.is_file())


def take_back(stores: Stores, job: Job) -> str:
    """Take the newest copy back."""
    copies.request_return(stores, job.id, copies.list_copies(stores, job.id)[0].id)
    return work(stores)


def test_a_plan_writes_nothing_and_says_what_is_there(stores: Stores, finished_job: Job) -> None:
    kept = review.list_pictures(stores, finished_job, Pile.KEPT).pictures
    plan = copies.plan_copy(stores, finished_job.id, "out")
    assert (plan.pictures, plan.present, plan.new) == (len(kept), 0, len(kept))
    assert plan.new_bytes == sum(picture.size for picture in kept)
    assert plan.has_room
    assert not list(stores.files.storage_root.iterdir())

    files = copied(stores, finished_job)
    files[0].write_bytes(b"mine now")
    again = copies.plan_copy(stores, finished_job.id, "out")
    assert (again.folder, again.new) == (plan.folder, 1)
    assert len(copied(stores, finished_job)) == len(kept) + 1, "the user's file is not overwritten"
    assert copies.plan_copy(stores, finished_job.id, "out").new == 0


def test_copies_are_taken_back_but_not_what_others_wrote(stores: Stores, finished_job: Job) -> None:
    folder = copies.plan_copy(stores, finished_job.id, "out").folder
    folder.mkdir(parents=True)
    original = review.list_pictures(stores, finished_job, Pile.KEPT).pictures[0]
    (folder / "mine.txt").write_text("mine")
    files = copied(stores, finished_job)
    changed, gone, *_ = [file for file in files if file.suffix == ".png"]
    changed.write_bytes(changed.read_bytes() + b"changed")
    gone.unlink()
    sentence = take_back(stores, finished_job)
    assert "1 were changed since" in sentence
    assert list_files(stores) == sorted([changed, folder / "mine.txt"])
    assert copies.list_copies(stores, finished_job.id) == []
    assert jobs.get(stores, finished_job.id).note == sentence
    assert original.path


def test_a_picture_that_was_there_before_is_not_taken_back(
    stores: Stores, finished_job: Job
) -> None:
    files = copied(stores, finished_job)
    journal = copies.list_copies(stores, finished_job.id)[0]
    with stores.writing() as tables:
        tables.copies.remove_file(
            journal.id, str(files[0].relative_to(stores.files.storage_root.resolve()))
        )
    take_back(stores, finished_job)
    assert list_files(stores) == [files[0]]


def test_nothing_is_left_when_all_copies_are_taken_back(stores: Stores, finished_job: Job) -> None:
    assert copied(stores, finished_job, "a/b")
    assert "changed" not in take_back(stores, finished_job)
    assert [path.name for path in stores.files.storage_root.rglob("*")] == ["a", "b"]


def test_a_second_copy_is_a_hard_link_while_the_first_is_unchanged(
    stores: Stores, finished_job: Job
) -> None:
    first = copied(stores, finished_job, "one")
    first[0].write_bytes(b"changed")
    both = copied(stores, finished_job, "two")
    second = [file for file in both if file not in first]
    inodes = {file.stat().st_ino for file in first[1:]}
    linked = [file for file in second if file.stat().st_ino in inodes]
    assert len(linked) == len(second) - 1
    take_back(stores, finished_job)
    assert list_files(stores) == first, "the first copies stay"


def test_copying_continues_after_a_crash_and_all_of_it_can_be_taken_back(
    stores: Stores, finished_job: Job
) -> None:
    copies.request_copy(stores, finished_job.id, "out")
    copy = copies.find_next(stores)
    assert copy
    for _ in itertools.islice(copies.work_on(stores, copy), 3):
        pass
    assert len(list_files(stores)) == 3
    assert "12 kept pictures were copied" in work(stores)
    assert len(list_files(stores)) == 12
    copies.request_return(stores, finished_job.id, copy.id)
    returning = copies.find_next(stores)
    assert returning
    assert returning.state is CopyState.RETURNING
    for _ in itertools.islice(copies.work_on(stores, returning), 3):
        pass
    work(stores)
    assert list_files(stores) == []


def test_what_cannot_be_copied_is_said(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = iter([True, *[False] * 100])

    def write_some(file: Path, data: bytes, twins: object) -> None:
        if next(refused):
            file.parent.mkdir(parents=True)
            raise OSError("that name is no good")
        write_copy(file, data)

    monkeypatch.setattr(copies, "write_copy", write_some)
    assert len(copied(stores, finished_job)) == 11
    assert "Not copied: “circle-" in (jobs.get(stores, finished_job.id).note or "")
    assert copies.list_copies(stores, finished_job.id)[0].files == 11


def test_a_folder_in_which_nothing_can_be_made_ends_the_copying(
    stores: Stores, finished_job: Job
) -> None:
    (stores.files.storage_root / "out").write_text("in the way")
    copied(stores, finished_job)
    note = jobs.get(stores, finished_job.id).note
    assert (note or "").startswith("Copying ended after 0 kept pictures")


def test_a_file_that_cannot_be_removed_is_left(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = copied(stores, finished_job)

    def refuse(*_: object) -> bool:
        raise PermissionError

    monkeypatch.setattr(copies, "remove_copy", refuse)
    assert "12 were changed since" in take_back(stores, finished_job)
    assert list_files(stores) == files


def test_wishes_that_make_no_sense_are_refused(stores: Stores, finished_job: Job) -> None:
    with pytest.raises(FolderRefused):
        copies.request_copy(stores, finished_job.id, "../elsewhere")
    copies.request_copy(stores, finished_job.id, "")
    with pytest.raises(IllegalTransition, match="are being copied"):
        copies.request_copy(stores, finished_job.id, "")
    with pytest.raises(NotFound, match="taken back already"):
        copies.request_return(stores, finished_job.id, 99)
    with stores.writing() as tables:
        tables.jobs.save(finished_job.to(JobState.QUEUED))
    with pytest.raises(IllegalTransition, match="not over yet"):
        copies.request_copy(stores, finished_job.id, "")
    assert not list_files(stores)
