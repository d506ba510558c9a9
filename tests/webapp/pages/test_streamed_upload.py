"""Uploads are written to the data folder while they arrive."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.made import drawn, everything, full_disk, recent_jobs
from tests.webapp.pages.conftest import Browser
from tests.webapp.pages.requests import build_upload
from tests.webapp.pages.zips import zipped
from webapp.storage import Stores

OPEN = Path("/proc/self/fd")


class Watched(io.BytesIO):
    """A request's body that calls the test back while it is read."""

    def __init__(self, body: bytes, look: Callable[[], None]) -> None:
        super().__init__(body)
        self.look = look

    def read(self, size: int | None = -1) -> bytes:
        self.look()
        return super().read(min(size or 0, 65536) if size and size > 0 else size)

    def readinto(self, buffer: Any) -> int:
        self.look()
        return super().readinto(memoryview(buffer)[:65536])


def test_an_upload_grows_in_the_data_folder(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sizes: list[int] = []
    large = zipped({"noise.png": os.urandom(600_000), **drawn(1)}).getvalue()
    environ = build_upload({"large.zip": large}, browser.token())
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = Watched(
        body, lambda: sizes.append(sum(f.stat().st_size for f in stores.files.uploads.iterdir()))
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    answer = browser.client.open(environ)
    assert answer.status_code == 303
    assert 0 < max(sizes[:-1]) < len(large), "it is on disk while it still comes in"
    assert list(stores.files.uploads.iterdir()) == []


def test_many_loose_pictures_are_not_as_many_open_files(browser: Browser, stores: Stores) -> None:
    pictures = {f"folder/{n}.png": b"\x89PNG\r\n\x1a\n" + os.urandom(100) for n in range(600)}
    environ = build_upload(pictures, browser.token())
    counts: list[int] = []
    environ["wsgi.input"] = Watched(
        environ["wsgi.input"].read(), lambda: counts.append(sum(1 for _ in OPEN.iterdir()))
    )
    assert browser.client.open(environ).status_code == 303
    assert max(counts) - counts[0] < 10
    (job,) = recent_jobs(stores)
    assert job.total == 600


def test_an_upload_that_breaks_off_leaves_nothing(browser: Browser, stores: Stores) -> None:
    environ = build_upload({"a.zip": zipped(drawn(4)).getvalue()}, browser.token())
    before = everything(stores)
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read()[:-5_000])
    assert browser.client.open(environ).status_code == 400
    assert everything(stores) == before


def test_a_form_that_fills_the_disk_says_so_and_can_be_sent_again(
    browser: Browser, stores: Stores
) -> None:
    data = zipped(drawn(4)).getvalue()
    environ = [build_upload({"a.zip": data}, browser.token()) for _ in range(2)]
    before = everything(stores)
    with full_disk(2_000):
        refused = browser.client.open(environ[0])
    assert refused.status_code == 507
    assert "The disk is full. Make room" in refused.text
    assert everything(stores) == before
    assert browser.client.open(environ[1]).status_code == 303


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b'name="archive"; filename="caf\xe9.zip"', "A file name in this upload is not UTF-8."),
        (b"", "This form cannot be read"),
    ],
)
def test_a_form_that_cannot_be_read_is_not_taken_for_an_empty_one(
    browser: Browser, stores: Stores, header: bytes, says: str
) -> None:
    before = everything(stores)
    disposition = b"Content-Disposition: form-data; " + header if header else b"X-Odd: 1"
    body = b"--XyZ\r\n" + disposition + b"\r\n\r\n" + zipped(drawn(1)).getvalue() + b"\r\n--XyZ--"
    answer = browser.client.post(
        "/uploads", data=body, content_type="multipart/form-data; boundary=XyZ"
    )
    assert answer.status_code == 400
    assert says in answer.text
    assert everything(stores) == before
