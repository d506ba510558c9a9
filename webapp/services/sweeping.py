"""One word of the user on many pictures: the ones that a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ml.scoring.piles import Outcome, Verdict
from webapp.records import Job
from webapp.services.jobs import current
from webapp.storage import Stores
from webapp.storage.pictures import PictureQuery


def say_of_all(
    stores: Stores, job: Job, numbers: Sequence[int], verdict: Verdict | None
) -> list[int]:
    """Say the same of several pictures, over what the network said; None takes it back.

    All of it is kept, or nothing. Numbers that name no scored picture are left out; the others
    are returned. Raises NotFound when the job is gone.
    """
    said = []
    with stores.writing() as tables:
        query = PictureQuery.of(current(tables, job.id))
        for number in numbers:
            found = tables.pictures.get(query, number)
            if found is None or found.sha256 is None or found.outcome is not Outcome.SCORED:
                continue
            now = datetime.now(UTC)
            tables.verdicts.say(job.user_id, job.target, found.sha256, verdict, now=now)
            said.append(number)
    return said
