"""The protocol tus 1.0 as a client speaks it, part by part."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import run_wsgi_app

from tests.ml.archive.other_formats import pack_tar
from tests.webapp.made import drawn, everything, recent_jobs
from tests.webapp.pages.tus import PART, TUS, Sender, build_part, encode_metadata, send_raw
from tests.webapp.pages.zips import zipped
from webapp.services import deletion, intake
from webapp.storage import Stores


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


def test_a_part_that_is_sent_again_after_the_last_one_is_told_of_the_job(sender: Sender) -> None:
    job = sender.send(0).headers["Job-Location"]
    again = sender.send(0)
    assert again.status_code == 409
    assert f"{len(sender.data):,} bytes are here" in again.text
    assert sender.send(len(sender.data)).headers["Job-Location"] == job


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


def test_what_came_before_the_line_broke_stays(sender: Sender, app: Flask) -> None:
    environ = build_part(sender.url, sender.data[:1234])
    environ["CONTENT_LENGTH"] = str(len(sender.data))
    assert send_raw(app, environ) == "400"
    assert sender.offset == 1234
    assert "Job-Location" in sender.send(1234).headers


def test_what_came_before_the_client_was_too_slow_stays(sender: Sender, app: Flask) -> None:
    class Stalled(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            if size := super().readinto(buffer):
                return size
            raise TimeoutError

    environ = build_part(sender.url, sender.data[:1234])
    environ |= {
        "CONTENT_LENGTH": str(len(sender.data)),
        "wsgi.input": Stalled(sender.data[:1234]),
        "wsgi.input_terminated": True,
    }
    answer, status, _ = run_wsgi_app(app, environ)
    assert status.startswith("408")
    assert b"came too slowly" in b"".join(answer)
    assert sender.offset == 1234


def test_a_part_with_a_checksum_that_breaks_off_is_not_kept(sender: Sender, app: Flask) -> None:
    digest = base64.b64encode(hashlib.sha256(sender.data).digest()).decode()
    environ = build_part(sender.url, sender.data[:1234])
    environ["CONTENT_LENGTH"] = str(len(sender.data))
    environ["HTTP_UPLOAD_CHECKSUM"] = f"sha256 {digest}"
    assert send_raw(app, environ) == "400"
    assert sender.offset == 0


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


def test_an_archive_that_gets_no_turn_to_be_unpacked_is_finished_by_an_empty_part(
    client: FlaskClient, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tar = pack_tar(tmp_path / "a.tar", drawn(2)).read_bytes()
    sender = Sender(client, tar, filename="a.tar")
    with monkeypatch.context() as busy:
        busy.setattr(intake, "WAIT_SECONDS", 0.0)
        busy.setattr(intake, "_slots", threading.BoundedSemaphore(0))
        answer = sender.send(0)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "as many as allowed at once" in answer.text
    assert sender.offset == len(tar)
    answer = sender.send(len(tar))
    assert answer.headers["Job-Location"] == f"/jobs/{recent_jobs(stores)[0].id}"


def test_a_finished_upload_whose_job_was_deleted_is_gone(sender: Sender, stores: Stores) -> None:
    sender.send(0)
    deletion.delete(stores, recent_jobs(stores)[0].id)
    assert sender.client.head(sender.url, headers=TUS).status_code == 404
