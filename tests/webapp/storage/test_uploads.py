"""Rows of resumable uploads."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from webapp.records import LOCAL_USER
from webapp.storage import Stores
from webapp.upload_records import ResumableUpload

UPLOAD = ResumableUpload(
    id="a" * 16,
    user_id=LOCAL_USER,
    name="a.zip",
    length=5_000_000_000,
    metadata="filename YS56aXA=",
    created=datetime(2026, 11, 24, tzinfo=UTC),
)


def test_an_upload_comes_back_as_it_was_added(stores: Stores) -> None:
    later = dataclasses.replace(UPLOAD, id="b" * 16, created=UPLOAD.created + timedelta(hours=1))
    with stores.writing() as tables:
        tables.uploads.add(UPLOAD)
        tables.uploads.add(later)
    with stores.reading() as tables:
        assert tables.uploads.get(UPLOAD.id) == UPLOAD
        assert tables.uploads.list_all() == [later, UPLOAD]
    with stores.writing() as tables:
        tables.uploads.remove(UPLOAD.id)
    with stores.reading() as tables:
        assert tables.uploads.get(UPLOAD.id) is None
