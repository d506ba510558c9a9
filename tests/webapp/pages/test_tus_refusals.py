"""What the upload protocol refuses, with which status and which sentence."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webapp.made import everything
from tests.webapp.pages.tus import TUS, Sender, build_part, send_raw
from webapp.services import resumable
from webapp.storage import Stores
from webapp.storage.locked_file import open_locked


@pytest.fixture
def sender(client: FlaskClient) -> Sender:
    return Sender(client)


@pytest.mark.parametrize(
    ("metadata", "status"),
    [({"target": "nobody"}, 404), ({"confidence": "much"}, 422), ({"confidence": "150"}, 422)],
)
def test_choices_that_cannot_be_are_refused_before_a_byte_comes(
    client: FlaskClient, stores: Stores, metadata: dict[str, str], status: int
) -> None:
    before = everything(stores)
    sender = Sender(client, None, **metadata)
    assert sender.created.status_code == status
    assert sender.created.json
    assert sender.created.json["error"]
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


def test_a_second_writer_is_told_to_wait(sender: Sender, stores: Stores) -> None:
    with open_locked(stores.files.resumable(sender.url.rpartition("/")[2])):
        assert sender.send(0).status_code == 423
        assert sender.client.delete(sender.url, headers=TUS).status_code == 423
    assert sender.send(0).status_code == 204


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
    assert answer.json
    assert answer.json["error"].endswith(".")
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
    assert second.created.json
    assert "room for 500" in second.created.json["error"]


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
    assert answer.json
    assert "neither an archive nor a picture" in answer.json["error"]
    assert everything(stores) == before


def test_an_empty_file_is_refused_like_any_other(client: FlaskClient, stores: Stores) -> None:
    before = everything(stores)
    assert Sender(client, b"").created.status_code == 422
    assert everything(stores) == before


def test_another_sites_page_cannot_upload(client: FlaskClient, stores: Stores) -> None:
    before = everything(stores)
    for foreign in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        headers = {**TUS, "Upload-Length": "10", **foreign}
        assert client.post("/files/", headers=headers).status_code == 403
    assert "Access-Control-Allow-Origin" not in client.options("/files/").headers
    assert everything(stores) == before
