"""Archives come in: to the data folder and nowhere else, as a whole or not at all."""

from __future__ import annotations

import dataclasses
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.webapp.made import drawn, everything
from tests.webapp.pages.conftest import JSON, Browser
from tests.webapp.pages.zips import zipped
from webapp import PARTS_BESIDE_FILES, create_app
from webapp.services import jobs
from webapp.storage import Stores

OPEN = Path("/proc/self/fd")


class Watched(io.BytesIO):
    """A request's body that lets the test look around while it is read."""

    def __init__(self, body: bytes, look: Callable[[], None]) -> None:
        super().__init__(body)
        self.look = look

    def read(self, size: int | None = -1) -> bytes:
        self.look()
        return super().read(min(size or 0, 65536) if size and size > 0 else size)

    def readinto(self, buffer: Any) -> int:
        self.look()
        return super().readinto(memoryview(buffer)[:65536])


def environment(files: dict[str, bytes], token: str) -> dict[str, Any]:
    """A browser's upload, as the server hands it to the app."""
    data = {"csrf_token": token, "archive": [(io.BytesIO(d), n) for n, d in files.items()]}
    return EnvironBuilder("/uploads", method="POST", data=data).get_environ()


def test_a_zip_becomes_a_job_and_the_browser_goes_to_its_page(
    browser: Browser, stores: Stores
) -> None:
    answer = browser.post("/uploads", {"archive": (zipped(drawn(2)), "Ferien ö.zip")})
    (job,) = jobs.recent(stores)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert (job.name, job.total) == ("Ferien ö.zip", 2)
    assert "Ferien ö.zip" in browser.text(answer.location)


def test_a_script_is_told_the_address_as_json(browser: Browser, stores: Stores) -> None:
    answer = browser.post("/uploads", {"archive": (zipped(drawn(2)), "a.zip")}, headers=JSON)
    (job,) = jobs.recent(stores)
    assert (answer.status_code, answer.json) == (201, {"ok": True, "url": f"/jobs/{job.id}"})


def test_several_archives_become_several_jobs(browser: Browser, stores: Stores) -> None:
    sent = [(zipped(drawn(2)), "a.zip"), (zipped(drawn(3)), "b.zip")]
    assert browser.post("/uploads", {"archive": sent}).location == "/jobs"
    assert {job.name for job in jobs.recent(stores)} == {"a.zip", "b.zip"}
    assert "a.zip" in browser.text("/jobs")


def test_the_confidence_may_come_with_the_upload(browser: Browser, stores: Stores) -> None:
    browser.post("/uploads", {"archive": (zipped(drawn(2)), "a.zip"), "confidence": "0.4"})
    assert jobs.recent(stores)[0].confidence == 0.4


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.zip", b"no archive at all", "neither a zip archive nor a picture"),
        ("a.zip", b"", "is empty"),
        ("a.zip", zipped(drawn(2)).getvalue()[:-30], "zip"),
    ],
    ids=["no archive", "empty", "truncated"],
)
def test_a_refused_upload_is_explained_on_the_page_and_leaves_no_trace(
    browser: Browser, stores: Stores, name: str, content: bytes, sentence: str
) -> None:
    before = everything(stores)
    answer = browser.post("/uploads", {"archive": (io.BytesIO(content), name)})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'role="alert"' in answer.text
    assert everything(stores) == before


def test_a_refused_upload_among_good_ones_refuses_them_all(
    browser: Browser, stores: Stores
) -> None:
    before = everything(stores)
    sent = [(zipped(drawn(2)), "good.zip"), (io.BytesIO(b"bad"), "bad.zip")]
    answer = browser.post("/uploads", {"archive": sent}, headers=JSON)
    assert (answer.status_code, answer.json and answer.json["ok"]) == (422, False)
    assert everything(stores) == before


def test_an_upload_without_a_file_says_what_to_do(browser: Browser) -> None:
    answer = browser.post("/uploads", {"archive": (io.BytesIO(), "")})
    assert answer.status_code == 422
    assert "Choose a zip archive" in answer.text


def test_an_upload_that_no_page_of_ours_sent_is_refused_and_leaves_no_trace(
    client: FlaskClient, stores: Stores
) -> None:
    before = everything(stores)
    answer = client.post("/uploads", data={"archive": (zipped(drawn(2)), "a.zip")})
    assert answer.status_code == 400
    assert "Reload" in answer.text
    assert everything(stores) == before


def test_an_upload_grows_in_the_data_folder_and_never_in_the_temporary_one(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sizes: list[int] = []
    large = zipped({"noise.png": os.urandom(600_000), **drawn(1)}).getvalue()
    environ = environment({"large.zip": large}, browser.token())
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
    environ = environment(pictures, browser.token())
    counts: list[int] = []
    environ["wsgi.input"] = Watched(
        environ["wsgi.input"].read(), lambda: counts.append(sum(1 for _ in OPEN.iterdir()))
    )
    assert browser.client.open(environ).status_code == 303
    assert max(counts) - counts[0] < 10
    (job,) = jobs.recent(stores)
    assert job.total == 600


def test_an_upload_that_breaks_off_leaves_nothing(browser: Browser, stores: Stores) -> None:
    environ = environment({"a.zip": zipped(drawn(4)).getvalue()}, browser.token())
    before = everything(stores)
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read()[:-5_000])
    assert browser.client.open(environ).status_code == 400
    assert everything(stores) == before


def test_an_upload_over_the_limit_is_read_to_its_end_and_answered_with_the_limit(
    stores: Stores,
) -> None:
    small = dataclasses.replace(stores.settings, max_upload_bytes=2048)
    browser = Browser(create_app(small).test_client())
    environ = environment({"a.zip": os.urandom(300_000)}, browser.token())
    answer = browser.client.open(environ)
    assert answer.status_code == 413
    assert "the limit is 2 KiB" in answer.text
    assert environ["wsgi.input"].read() == b"", "a browser that is still sending shows no answer"
    assert list(stores.files.uploads.iterdir()) == []


def test_an_upload_of_unknown_length_over_the_limit_is_answered_with_the_limit(
    stores: Stores,
) -> None:
    app = create_app(dataclasses.replace(stores.settings, max_upload_bytes=2048))
    environ = environment({"a.zip": os.urandom(300_000)}, "no token")
    del environ["CONTENT_LENGTH"]
    environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer, status, _ = run_wsgi_app(app, environ)  # the client would work out the length
    assert status.startswith("413")
    assert b"That upload is larger; the limit is 2 KiB." in b"".join(answer)


def test_too_many_files_are_answered_with_how_many_there_may_be(stores: Stores) -> None:
    few = dataclasses.replace(stores.settings, max_members=3)
    browser = Browser(create_app(few).test_client())
    files = {f"{number}.png": b"" for number in range(3 + PARTS_BESIDE_FILES)}
    answer = browser.client.open(environment(files, browser.token()))
    assert answer.status_code == 413
    assert "more than 3 files" in answer.text
    assert list(stores.files.uploads.iterdir()) == []


def test_a_field_that_is_far_too_long_is_not_taken_for_a_large_upload(browser: Browser) -> None:
    answer = browser.post("/uploads", {"confidence": "1" * 600_000, "archive": (io.BytesIO(), "")})
    assert answer.status_code == 413
    assert "A field of that form is far too long" in answer.text


def test_the_limits_stand_on_the_page_before_anything_is_sent(browser: Browser) -> None:
    page = browser.text("/")
    assert "Up to 4 GiB in one upload and 100,000 files" in page
    assert f'data-max-bytes="{4 * 1024**3}"' in page
