"""The JSON API, as a script on this machine uses it."""

from __future__ import annotations

import io
import zipfile

import pytest
from flask.testing import FlaskClient

from tests.webapp.made import drawn, everything, queued, recent_jobs
from tests.webapp.pages.zips import zipped
from webapp.records import Job, JobState, Preferences
from webapp.services import jobs, preferences
from webapp.storage import Stores

API = "/api/v1/jobs"


def test_an_archive_becomes_a_job_with_an_address(client: FlaskClient, stores: Stores) -> None:
    sent = {"archive": (zipped(drawn(2)), "a.zip"), "confidence": "0.7"}
    answer = client.post(API, data=sent)
    (job,) = recent_jobs(stores)
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["ok"] is True
    assert answer.json["id"] == job.id
    assert answer.json["jobs"] == [{"id": job.id, "url": answer.json["url"]}]
    assert answer.json["url"] == answer.location == f"http://localhost{API}/{job.id}"
    assert job.confidence == 0.7


def test_several_archives_name_all_jobs(client: FlaskClient) -> None:
    sent = {"archive": [(zipped(drawn(1)), "a.zip"), (zipped(drawn(1)), "b.zip")]}
    answer = client.post(API, data=sent).json
    assert answer is not None
    first, second = answer["jobs"]
    assert first == {"id": answer["id"], "url": answer["url"]}
    assert client.get(second["url"]).status_code == 200


def test_a_confidence_may_have_a_comma(client: FlaskClient, stores: Stores) -> None:
    client.post(API, data={"archive": (zipped(drawn(1)), "a.zip"), "confidence": "0,7"})
    assert recent_jobs(stores)[0].confidence == 0.7


@pytest.mark.parametrize("confidence", ["101", "-1", "nan", "sure"])
def test_a_refused_confidence_leaves_no_trace(
    client: FlaskClient, stores: Stores, confidence: str
) -> None:
    before = everything(stores)
    sent = {"archive": (zipped(drawn(1)), "a.zip"), "confidence": confidence}
    answer = client.post(API, data=sent)
    assert answer.status_code == 422
    assert answer.json is not None
    assert confidence in answer.json["error"]
    assert everything(stores) == before


def test_no_archive_is_a_sentence(client: FlaskClient) -> None:
    answer = client.post(API, data={"archive": (io.BytesIO(b"no"), "a.zip")})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["ok"] is False
    assert "neither an archive" in answer.json["error"]
    assert client.post(API).status_code == 422


def test_a_job_of_the_api_needs_no_start_button(client: FlaskClient, stores: Stores) -> None:
    preferences.save(stores, Preferences(target="red_circle", start_at_once=False))
    answer = client.post(API, data={"archive": (zipped(drawn(1)), "a.zip")}).json
    assert answer is not None
    assert jobs.get(stores, answer["id"]).state is JobState.QUEUED


def test_files_in_another_field_are_refused_with_the_right_one(client: FlaskClient) -> None:
    answer = client.post(API, data={"file": (zipped(drawn(1)), "a.zip")})
    assert answer.status_code == 422
    assert answer.json is not None
    assert "'archive', not in 'file'" in answer.json["error"]


def test_a_bare_archive_is_refused_with_the_way_to_send_it(client: FlaskClient) -> None:
    archive = zipped(drawn(1)).getvalue()
    answer = client.post(API, data=archive, content_type="application/zip")
    assert answer.status_code == 415
    assert answer.json is not None
    assert "multipart/form-data" in answer.json["error"]
    assert "application/zip" in answer.json["error"]


def test_a_job_tells_its_state_and_its_piles(client: FlaskClient, finished_job: Job) -> None:
    answer = client.get(f"{API}/{finished_job.id}").json
    assert answer is not None
    assert (answer["state"], answer["done"], answer["total"]) == ("succeeded", 26, 26)
    assert answer["piles"] == {
        "kept": 12,
        "unsure": 0,
        "rejected": 12,
        "unreadable": 1,
        "skipped": 1,
    }
    assert answer["pictures_per_second"] > 0


def test_a_blocked_job_says_why_and_has_not_failed(
    client: FlaskClient, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 0)
    job = queued(stores, drawn(2))
    url = f"{API}/{job.id}"
    answer = client.get(url).json
    assert answer is not None
    assert answer["blocked_by"] is None
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 2**62)
    answer = client.get(url).json
    assert answer is not None
    assert "is full" in answer["blocked_by"]
    assert (answer["state"], answer["error"]) == ("queued", None)


def test_pictures_come_in_pages_and_none_is_lost(client: FlaskClient, finished_job: Job) -> None:
    url = f"{API}/{finished_job.id}/pictures"
    paths: list[str] = []
    after: int | None = None
    while True:
        asked = {"limit": 7} | ({} if after is None else {"after": after})
        answer = client.get(url, query_string=asked).json
        assert answer is not None
        paths += [picture["path"] for picture in answer["pictures"]]
        if (after := answer["next"]) is None:
            break
        assert len(answer["pictures"]) == 7
    assert len(paths) == len(set(paths)) == 26


def test_a_picture_has_path_probability_pile_and_reason(
    client: FlaskClient, finished_job: Job
) -> None:
    url = f"{API}/{finished_job.id}/pictures"
    kept = client.get(url, query_string={"pile": "kept"}).json
    assert kept is not None
    assert len(kept["pictures"]) == 12
    assert set(kept["pictures"][0]) == {"path", "probability", "pile", "reason"}
    assert all(picture["probability"] >= 0.95 for picture in kept["pictures"])
    skipped = client.get(url, query_string={"pile": "skipped"}).json
    assert skipped is not None
    assert [picture["path"] for picture in skipped["pictures"]] == ["notes.txt"]
    assert skipped["pictures"][0]["reason"]


@pytest.mark.parametrize("asked", [{"pile": "best"}, {"after": "x"}, {"limit": "-1"}])
def test_a_bad_argument_is_refused(
    client: FlaskClient, finished_job: Job, asked: dict[str, str]
) -> None:
    answer = client.get(f"{API}/{finished_job.id}/pictures", query_string=asked)
    assert answer.status_code == 422
    assert answer.json is not None
    assert next(iter(asked.values())) in answer.json["error"]


def test_the_kept_pictures_are_downloaded(client: FlaskClient, finished_job: Job) -> None:
    answer = client.get(f"{API}/{finished_job.id}/kept.zip")
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert len(zipfile.ZipFile(io.BytesIO(answer.data)).namelist()) == 12


def test_a_deleted_job_is_unknown(client: FlaskClient, finished_job: Job) -> None:
    url = f"{API}/{finished_job.id}"
    assert client.delete(url).status_code == 204
    answer = client.get(url)
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["ok"] is False
