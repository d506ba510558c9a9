"""How much room a job takes."""

from __future__ import annotations

from tests.webapp.made import drawn, queued
from webapp.records import Job
from webapp.services import disk_usage
from webapp.storage import Stores


def test_a_job_takes_the_room_of_its_archive_embeddings_and_thumbnails(
    stores: Stores, finished_job: Job
) -> None:
    waiting = queued(stores, drawn(1))
    files = [path for path in stores.files.job(finished_job.id).rglob("*") if path.is_file()]
    measured = disk_usage.measure_jobs(stores, [finished_job, waiting])
    assert measured.keys() == {finished_job.id, waiting.id}
    assert measured[finished_job.id] == sum(file.stat().st_blocks * 512 for file in files)
    assert 0 < measured[waiting.id] < measured[finished_job.id]


def test_new_thumbnails_are_counted(stores: Stores, finished_job: Job) -> None:
    before = disk_usage.measure_jobs(stores, [finished_job])[finished_job.id]
    stores.files.large(finished_job.id, 0).write_bytes(b"x" * 10_000)
    after = disk_usage.measure_jobs(stores, [finished_job])[finished_job.id]
    assert after - before >= 10_000


def test_a_job_without_files_takes_no_room(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    stores.files.remove_job(job.id)
    assert disk_usage.measure_jobs(stores, [job]) == {job.id: 0}
