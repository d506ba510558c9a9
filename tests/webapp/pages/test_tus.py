"""The protocol tus 1.0 as a client speaks it, part by part."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from tests.webapp.made import drawn, everything, recent_jobs
from tests.webapp.pages.zips import zipped
from webapp.services import jobs, resumable
from webapp.storage import Stores
from webapp.storage.locked_file import open_locked

TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


def encode_metadata(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def build_part(url: str, body: bytes) -> dict[str, Any]:
    """The WSGI environment of a PATCH at offset 0, whose headers the test may change."""
    builder = EnvironBuilder(url, method="PATCH", content_type=PART["Content-Type"])
    environ = builder.get_environ() | {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_OFFSET": "0"}
    environ.pop("CONTENT_LENGTH", None)
    return environ | {"wsgi.input": io.BytesIO(body)}


def send_raw(app: Flask, environ: dict[str, Any]) -> str:
    """The status of the answer to these very headers, which a client would put right."""
    return run_wsgi_app(app, environ)[1].partition(" ")[0]


class Sender:
    """A client that sends one archive in parts."""

    def __init__(self, client: FlaskClient, data: bytes | None = None, **metadata: str) -> None:
        self.client = client
        self.data = zipped(drawn(4)).getvalue() if data is None else data
        metadata = {"filename": "a.zip"} | metadata
        self.created = client.post(
            "/files/",
            headers={
                **TUS,
                "Upload-Length": str(len(self.data)),
                "Upload-Metadata": encode_metadata(**metadata),
            },
        )
        self.url = self.created.headers.get("Location", "")

    def send(self, start: int, end: int | None = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.patch(
            self.url,
            data=self.data[start:end],
            headers={**PART, "Upload-Offset": str(start), **named},
        )

    @property
    def offset(self) -> int:
        """How much the server says it has."""
        return int(self.client.head(self.url, headers=TUS).headers["Upload-Offset"])


@pytest.fixture
def sender(client: FlaskClient) -> Sender:
    return Sender(client)


def test_options_tell_the_version_the_extensions_and_the_limit(client: FlaskClient) -> None:
    answer = client.options("/files/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(4 * 1024**3)
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "termination", "checksum", "expiration",
    }  # fmt: skip
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"]


def test_an_archive_in_three_parts_becomes_a_job_at_the_last_byte(
    sender: Sender, stores: Stores
) -> None:
    assert sender.created.status_code == 201
    assert "GMT" in sender.created.headers["Upload-Expires"]
    third = len(sender.data) // 3
    for start, end in ((0, third), (third, 2 * third)):
        answer = sender.send(start, end)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
        assert recent_jobs(stores) == []
    answer = sender.send(2 * third)
    (job,) = recent_jobs(stores)
    assert answer.headers["Job-Location"] == f"/jobs/{job.id}"
    assert (job.name, job.total) == ("a.zip", 4)
    assert stores.files.archive(job.id).read_bytes() == sender.data
    assert list(stores.files.uploads.iterdir()) == []


def test_the_answer_that_names_the_job_can_be_asked_for_again(sender: Sender) -> None:
    job = sender.send(0).headers["Job-Location"]
    answer = sender.client.head(sender.url, headers=TUS)
    assert answer.headers["Job-Location"] == job
    assert answer.headers["Upload-Offset"] == answer.headers["Upload-Length"]


def test_the_first_bytes_may_come_with_the_creation(client: FlaskClient, stores: Stores) -> None:
    data = zipped(drawn(2)).getvalue()
    head = {"Upload-Length": str(len(data)), "Upload-Metadata": encode_metadata(filename="b.zip")}
    answer = client.post("/files/", data=data[:1000], headers={**PART, **head})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "1000")
    whole = client.post("/files/", data=data, headers={**PART, **head})
    assert whole.headers["Job-Location"] == f"/jobs/{recent_jobs(stores)[0].id}"


def test_the_head_tells_what_is_here_and_what_was_said(sender: Sender) -> None:
    sender.send(0, 700)
    answer = sender.client.head(sender.url, headers=TUS)
    assert answer.headers["Upload-Offset"] == "700"
    assert answer.headers["Upload-Length"] == str(len(sender.data))
    assert answer.headers["Upload-Metadata"] == encode_metadata(filename="a.zip")
    assert answer.headers["Cache-Control"] == "no-store"


def test_character_and_confidence_come_with_the_upload(client: FlaskClient, stores: Stores) -> None:
    Sender(client, target="mona", confidence="0.4").send(0)
    (job,) = recent_jobs(stores)
    assert (job.target, job.confidence) == ("mona", 0.4)


@pytest.mark.parametrize(
    ("metadata", "status"),
    [({"target": "nobody"}, 404), ({"confidence": "much"}, 422), ({"confidence": "1.5"}, 422)],
)
def test_choices_that_cannot_be_are_refused_before_a_byte_comes(
    client: FlaskClient, stores: Stores, metadata: dict[str, str], status: int
) -> None:
    before = everything(stores)
    sender = Sender(client, None, **metadata)
    assert sender.created.status_code == status
    assert sender.created.json and sender.created.json["error"]
    assert everything(stores) == before


def test_a_part_from_the_wrong_place_is_refused(sender: Sender) -> None:
    sender.send(0, 700)
    for start in (0, 699, 701):
        assert sender.send(start, start + 10).status_code == 409
    assert sender.offset == 700


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_part_with_a_wrong_checksum_is_taken_back(sender: Sender, algorithm: str) -> None:
    right, wrong = (
        base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
        for data in (sender.data[:500], b"other")
    )
    assert sender.send(0, 500, Upload_Checksum=f"{algorithm} {wrong}").status_code == 460
    assert sender.offset == 0
    assert sender.send(0, 500, Upload_Checksum=f"{algorithm} {right}").status_code == 204
    assert sender.offset == 500


@pytest.mark.parametrize("text", ["crc32 AAAA", "sha1 AAAA", "sha1", "sha1 ***"])
def test_a_checksum_that_is_none_is_refused(sender: Sender, text: str) -> None:
    assert sender.send(0, 500, Upload_Checksum=text).status_code == 400
    assert sender.offset == 0


def test_more_than_was_announced_is_refused_before_it_is_read(sender: Sender) -> None:
    sender.data += b"more"
    assert sender.send(0).status_code == 413
    assert sender.offset == 0


def test_an_endless_body_stops_at_the_announced_length(sender: Sender, app: Flask) -> None:
    environ = build_part(sender.url, bytes(10_000_000))
    environ |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert send_raw(app, environ) == "413"
    assert sender.offset <= len(sender.data)


def test_what_came_before_the_line_broke_stays(sender: Sender, app: Flask) -> None:
    environ = build_part(sender.url, sender.data[:1234])
    environ["CONTENT_LENGTH"] = str(len(sender.data))
    assert send_raw(app, environ) == "400"
    assert sender.offset == 1234
    assert "Job-Location" in sender.send(1234).headers


def test_a_part_with_a_checksum_that_breaks_off_is_not_kept(sender: Sender, app: Flask) -> None:
    digest = base64.b64encode(hashlib.sha256(sender.data).digest()).decode()
    environ = build_part(sender.url, sender.data[:1234])
    environ["CONTENT_LENGTH"] = str(len(sender.data))
    environ["HTTP_UPLOAD_CHECKSUM"] = f"sha256 {digest}"
    assert send_raw(app, environ) == "400"
    assert sender.offset == 0


def test_a_second_writer_is_told_to_wait(sender: Sender, stores: Stores) -> None:
    with open_locked(stores.files.resumable(sender.url.rpartition("/")[2])):
        assert sender.send(0).status_code == 423
        assert sender.client.delete(sender.url, headers=TUS).status_code == 423
    assert sender.send(0).status_code == 204


def test_two_parts_at_once_end_in_one_right_file(
    app: Flask, sender: Sender, stores: Stores
) -> None:
    sender.send(0, 100)
    answers: list[int] = []
    together = threading.Barrier(6)

    def race() -> None:
        other = Sender.__new__(Sender)
        other.client, other.data, other.url = app.test_client(), sender.data, sender.url
        together.wait()
        answers.append(other.send(100).status_code)

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(204) == 1
    assert set(answers) <= {204, 423, 409, 404, 413}
    (job,) = recent_jobs(stores)
    assert stores.files.archive(job.id).read_bytes() == sender.data


def test_a_cancelled_upload_is_gone(sender: Sender, stores: Stores) -> None:
    before = everything(stores)
    other = Sender(sender.client)
    other.send(0, 500)
    assert sender.client.delete(other.url, headers=TUS).status_code == 204
    assert sender.client.head(other.url, headers=TUS).status_code == 404
    assert everything(stores) == before


def test_a_client_behind_a_narrow_network_sends_the_method_as_a_header(sender: Sender) -> None:
    headers = {**PART, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert sender.client.post(sender.url, data=b"PK", headers=headers).status_code == 204
    assert sender.client.post(sender.url, headers=TUS).status_code == 405
    headers = {**TUS, "X-HTTP-Method-Override": "DELETE"}
    assert sender.client.post(sender.url, headers=headers).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 412),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({**TUS}, 400),
        ({**TUS, "Upload-Length": "-1"}, 400),
        ({**TUS, "Upload-Length": "9" * 30}, 400),
        ({**TUS, "Upload-Defer-Length": "1"}, 400),
        ({**TUS, "Upload-Length": str(5 * 1024**3)}, 413),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "filename ***"}, 422),
    ],
)
def test_a_creation_that_cannot_be_is_refused_with_a_sentence(
    client: FlaskClient, stores: Stores, headers: Mapping[str, str], status: int
) -> None:
    before = everything(stores)
    answer = client.post("/files/", headers=dict(headers))
    assert answer.status_code == status
    assert answer.json and answer.json["error"].endswith(".")
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert everything(stores) == before


def test_a_part_of_another_kind_is_refused(sender: Sender) -> None:
    answer = sender.client.patch(sender.url, data=b"PK", headers={**TUS, "Upload-Offset": "0"})
    assert answer.status_code == 415


def test_an_upload_that_the_disk_cannot_hold_is_refused_before_a_byte_comes(
    client: FlaskClient, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(stores.files), "free_bytes", property(lambda _: 1_500))
    Sender(client, b"x" * 1_000)
    second = Sender(client, b"x" * 1_000)
    assert second.created.status_code == 507
    assert second.created.json and "room for 500" in second.created.json["error"]


def test_too_many_unfinished_uploads_are_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "MOST_UNFINISHED", 2)
    answers = [Sender(client).created.status_code for _ in range(3)]
    assert answers == [201, 201, 429]


def test_a_refused_archive_says_why_and_leaves_nothing(client: FlaskClient, stores: Stores) -> None:
    before = everything(stores)
    sender = Sender(client, b"no archive at all")
    answer = sender.send(0)
    assert answer.status_code == 422
    assert answer.json and "a.zip is neither a zip archive nor a picture" in answer.json["error"]
    assert everything(stores) == before


def test_an_empty_file_is_refused_like_any_other(client: FlaskClient, stores: Stores) -> None:
    before = everything(stores)
    assert Sender(client, b"").created.status_code == 422
    assert everything(stores) == before


def test_an_archive_that_meets_a_full_disk_at_its_end_can_be_finished_later(
    sender: Sender, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(upload: Path, _job_id: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("webapp.storage.files.Files.take_over", lambda _self, a, b: fail(a, b))
        answer = sender.send(0)
        assert answer.status_code == 507
    assert sender.offset == len(sender.data)
    answer = sender.send(len(sender.data))
    assert answer.headers["Job-Location"] == f"/jobs/{recent_jobs(stores)[0].id}"


def test_another_sites_page_cannot_upload(client: FlaskClient, stores: Stores) -> None:
    before = everything(stores)
    for foreign in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        headers = {**TUS, "Upload-Length": "10", **foreign}
        assert client.post("/files/", headers=headers).status_code == 403
    assert "Access-Control-Allow-Origin" not in client.options("/files/").headers
    assert everything(stores) == before


def test_a_finished_upload_whose_job_was_deleted_is_gone(sender: Sender, stores: Stores) -> None:
    sender.send(0)
    jobs.delete(stores, recent_jobs(stores)[0].id)
    assert sender.client.head(sender.url, headers=TUS).status_code == 404
