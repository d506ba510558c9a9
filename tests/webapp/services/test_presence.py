"""Who is in an archive, from stored embeddings alone."""

from __future__ import annotations

import pytest

from ml.errors import ArchiveError
from tests.webapp.made import add_opposite
from webapp.records import Job
from webapp.services import presence
from webapp.storage import Stores


def test_every_character_is_counted_without_the_archive(stores: Stores, finished_job: Job) -> None:
    add_opposite(stores)
    stores.files.archive(finished_job.id).unlink()
    counts = {one.target.card.name: one for one in presence.list_presence(stores, finished_job)}
    assert set(counts) == {"red_circle", "opposite"}
    low, high = counts["red_circle"].interval
    assert low <= 12 <= high  # of 24 pictures show a red circle
    assert 10 <= counts["red_circle"].count <= 14


def test_embeddings_that_are_gone_are_said(stores: Stores, finished_job: Job) -> None:
    stores.files.embeddings(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="no longer stored"):
        presence.list_presence(stores, finished_job)
