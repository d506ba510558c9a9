"""Portraits of the characters: each user's own, because no pictures of them come with MonaSieve."""

from __future__ import annotations

from webapp.records import LOCAL_USER, JobOrder
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery

SEARCHED_JOBS = 50


def find_portraits(stores: Stores) -> dict[str, tuple[str, int]]:
    """Return the job and number of the surest picture of each target, from the last jobs."""
    portraits: dict[str, tuple[str, int]] = {}
    with stores.reading() as tables:
        recent = tables.jobs.list_page(
            LOCAL_USER, search="", order=JobOrder.NEWEST, limit=SEARCHED_JOBS, skip=0
        )
        for job in recent:
            if job.target not in portraits and job.done > job.skipped:
                for number in tables.pictures.list_surest(PictureQuery.of(job), 1):
                    portraits[job.target] = (job.id, number)
    return portraits
