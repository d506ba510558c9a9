"""Uploads become jobs, or leave no trace."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient

from tests.webapp.made import drawn, everything, recent_jobs
from tests.webapp.pages.conftest import JSON, Browser
from tests.webapp.pages.zips import zipped
from webapp.services import resumable, sight, targets
from webapp.storage import Stores


def test_a_zip_becomes_a_job_and_the_browser_goes_to_its_page(
    browser: Browser, stores: Stores
) -> None:
    answer = browser.post("/uploads", {"archive": (zipped(drawn(2)), "Ferien ö.zip")})
    (job,) = recent_jobs(stores)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert (job.name, job.total) == ("Ferien ö.zip", 2)
    assert "Ferien ö.zip" in browser.text(answer.location)


def test_a_script_is_told_the_address_as_json(browser: Browser, stores: Stores) -> None:
    answer = browser.post("/uploads", {"archive": (zipped(drawn(2)), "a.zip")}, headers=JSON)
    (job,) = recent_jobs(stores)
    assert (answer.status_code, answer.json) == (201, {"ok": True, "url": f"/jobs/{job.id}"})


def test_several_archives_become_several_jobs(browser: Browser, stores: Stores) -> None:
    sent = [(zipped(drawn(2)), "a.zip"), (zipped(drawn(3)), "b.zip")]
    assert browser.post("/uploads", {"archive": sent}).location == "/jobs"
    assert {job.name for job in recent_jobs(stores)} == {"a.zip", "b.zip"}
    assert "a.zip" in browser.text("/jobs")


def test_the_confidence_may_come_with_the_upload(browser: Browser, stores: Stores) -> None:
    browser.post("/uploads", {"archive": (zipped(drawn(2)), "a.zip"), "confidence": "0.4"})
    assert recent_jobs(stores)[0].confidence == 0.4


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.zip", b"no archive at all", "neither an archive nor a picture"),
        ("a.zip", b"", "is empty"),
        ("a.zip", zipped(drawn(2)).getvalue()[30:], "its beginning is missing"),
    ],
    ids=["no archive", "empty", "without its beginning"],
)
def test_a_refused_upload_leaves_no_trace(
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


def test_an_upload_without_a_token_is_refused(client: FlaskClient, stores: Stores) -> None:
    before = everything(stores)
    answer = client.post("/uploads", data={"archive": (zipped(drawn(2)), "a.zip")})
    assert answer.status_code == 400
    assert "Reload" in answer.text
    assert everything(stores) == before


def test_the_home_page_shows_the_limits(browser: Browser) -> None:
    page = browser.text("/")
    assert "Up to 4 GiB in one upload and 100,000 files" in page
    assert f'data-max-bytes="{4 * 1024**3}"' in page


def test_character_and_strictness_come_with_the_form(browser: Browser, stores: Stores) -> None:
    choices = {"target": "mona", "strictness": "balanced", "confidence": "0.7"}
    browser.post("/uploads", {"archive": (zipped(drawn(2)), "a.zip"), **choices})
    choices = {"target": "red_circle", "strictness": "own", "confidence": "0.7"}
    browser.post("/uploads", {"archive": (zipped(drawn(2)), "b.zip"), **choices})
    by_name = {job.name: (job.target, job.confidence) for job in recent_jobs(stores)}
    balanced = targets.get(stores, "mona").card.figures["at_0.5"]["confidence"]
    assert by_name == {"a.zip": ("mona", balanced), "b.zip": ("red_circle", 0.7)}


def test_an_unfinished_upload_is_shown_and_can_be_discarded(
    browser: Browser, stores: Stores
) -> None:
    created = resumable.create(stores, length=2048, metadata="filename YS56aXA=")
    resumable.append(stores, created.id, offset=0, pieces=[bytes(1024)])
    page = browser.text("/")
    assert "1 KiB of 2 KiB have arrived" in page
    assert f'data-unfinished="/files/{created.id}"' in page
    assert browser.post(f"/uploads/{created.id}/cancel").status_code == 303
    assert "have arrived" not in browser.text("/")


def test_an_unfinished_upload_of_many_files_says_to_choose_them_again(
    browser: Browser, stores: Stores
) -> None:
    resumable.create(stores, length=2048, metadata="filename YQ==,files MTI=")
    page = browser.text("/")
    assert "choose the same 12 files or their folder again, and the upload continues." in page
    assert "Choose the file again" not in page


def test_an_upload_that_is_here_as_a_whole_needs_no_file_again(
    browser: Browser, stores: Stores
) -> None:
    created = resumable.create(stores, length=1024, metadata="filename YS56aXA=")
    stores.files.resumable(created.id).write_bytes(bytes(1024))
    page = browser.text("/")
    assert "It becomes a job by itself, within minutes." in page
    assert "Choose the file again" not in page


def test_the_form_for_other_pages_comes_alone(browser: Browser) -> None:
    form = browser.text("/uploads/new")
    assert "<upload-drop" in form
    assert "<html" not in form


def test_pictures_are_looked_at_before_the_upload_is_here(browser: Browser, stores: Stores) -> None:
    before = everything(stores)
    sent = [(io.BytesIO(data), "blob") for data in (*drawn(12).values(), b"no picture")]
    form = {"target": "red_circle", "total": "1204", "picture": sent}
    answer = browser.post("/uploads/look", form, headers=JSON)
    title = targets.get(stores, "red_circle").card.title
    sentence = f"A look at 13 of 1,204 pictures: about 6 show {title}; 1 unreadable."
    assert answer.json == {"ok": True, "sentence": sentence}
    assert everything(stores) == before


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"total": ""}, 422, "The number of pictures is missing."),
        ({"picture": []}, 422, "No picture arrived"),
        ({"target": "nobody"}, 404, "There is no character 'nobody'."),
        ({"picture": [(io.BytesIO(b"a"), "blob") for _ in range(51)]}, 413, "at most 50 pictures"),
    ],
)
def test_a_look_that_cannot_be_taken_is_refused(
    browser: Browser, stores: Stores, changes: dict[str, object], status: int, sentence: str
) -> None:
    before = everything(stores)
    form = {"target": "red_circle", "total": "300", "picture": [(io.BytesIO(b"a"), "blob")]}
    answer = browser.post("/uploads/look", form | changes, headers=JSON)
    assert answer.status_code == status
    assert sentence in (answer.json or {})["error"]
    assert everything(stores) == before


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


def test_a_look_of_too_many_bytes_is_refused_before_they_are_read(
    client: FlaskClient, stores: Stores
) -> None:
    before = everything(stores)
    answer = client.post(
        "/uploads/look",
        input_stream=Unread(),
        environ_overrides={"CONTENT_LENGTH": str(30 * 2**20)},
        content_type="multipart/form-data; boundary=x",
        headers=JSON,
    )
    sentence = "A look takes at most 50 pictures with 20 MiB; this request has 30 MiB. Send fewer."
    assert (answer.status_code, answer.json) == (413, {"ok": False, "error": sentence})
    assert everything(stores) == before


def test_a_look_is_told_to_come_again_while_another_is_taken(browser: Browser) -> None:
    form = {"target": "red_circle", "total": "300", "picture": (io.BytesIO(b"a"), "blob")}
    with sight._asking:
        answer = browser.post("/uploads/look", form, headers=JSON)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")


def test_a_look_without_a_token_is_refused(client: FlaskClient) -> None:
    form = {"target": "red_circle", "total": "300", "picture": (io.BytesIO(b"a"), "blob")}
    assert client.post("/uploads/look", data=form).status_code == 400
