"""Which requests are allowed, and the security headers."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.webapp.made import drawn, everything
from tests.webapp.pages.conftest import Browser
from tests.webapp.pages.zips import zipped
from webapp.records import Job
from webapp.storage import Stores

PAGES = ("/", "/jobs", "/settings", "/characters", "/characters/red_circle", "/nowhere")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "LOCALHOST:80"])
def test_the_app_answers_to_its_own_names(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "[::2]", "a b"])
def test_a_foreign_host_is_refused_with_a_sentence(client: FlaskClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "does not answer to that host name" in answer.text
    assert client.get("/api/v1/jobs/x", headers={"Host": host}).json == {
        "ok": False,
        "error": re.search(r'role="alert">([^<]+)<', answer.text)[1],  # type: ignore[index]
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_only_its_own_files_and_runs_nothing_inline(
    browser: Browser, path: str
) -> None:
    answer = browser.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", answer.text)


def test_a_result_page_has_nothing_inline_either(browser: Browser, page: str) -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", browser.text(page))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_cross_site_request_changes_nothing(
    client: FlaskClient, stores: Stores, finished_job: Job, headers: dict[str, str]
) -> None:
    before = everything(stores)
    sent = {"archive": (zipped(drawn(1)), "a.zip")}
    for answer in (
        client.post("/api/v1/jobs", data=sent, headers=headers),
        client.delete(f"/api/v1/jobs/{finished_job.id}", headers=headers),
        client.get(f"/api/v1/jobs/{finished_job.id}", headers=headers),
    ):
        assert answer.status_code == 403
        assert answer.json is not None
        assert "another site" in answer.json["error"]
    assert client.post("/jobs/x/delete", headers=headers).status_code == 403
    assert everything(stores) == before


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "none"}],
    ids=["a script", "our own page", "the address bar"],
)
def test_scripts_and_our_own_pages_may_use_the_api(
    client: FlaskClient, finished_job: Job, headers: dict[str, str]
) -> None:
    url = f"/api/v1/jobs/{finished_job.id}"
    assert client.get(url, headers=headers).status_code == 200
    assert client.delete(url, headers=headers).status_code == 204


def test_a_form_without_its_token_is_refused(client: FlaskClient, page: str) -> None:
    answer = client.post(f"{page}/thresholds", data={"confidence": "0.5"})
    assert answer.status_code == 400
    assert "Reload" in answer.text
