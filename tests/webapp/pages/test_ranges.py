"""A download that breaks off continues where it ended."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from ml.scoring.piles import Verdict
from ml.sieve.executor import LocalExecutor
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import queued, worked_off
from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.services import review, verdicts
from webapp.storage import Stores


@pytest.fixture
def address(page: str) -> str:
    return f"{page}/kept.zip"


def test_a_broken_download_continues_to_the_same_bytes(browser: Browser, address: str) -> None:
    whole = browser.get(address)
    assert whole.headers["Accept-Ranges"] == "bytes"
    etag, length = whole.headers["ETag"], len(whole.data)
    assert not etag.startswith("W/"), "a weak tag does not let a browser continue"
    for broken in (1, 29, 100, length // 2, length - 21, length - 1):
        headers = {"Range": f"bytes={broken}-", "If-Range": etag}
        rest = browser.get(address, headers=headers)
        assert rest.status_code == 206
        assert rest.headers["Content-Range"] == f"bytes {broken}-{length - 1}/{length}"
        assert rest.headers["Content-Length"] == str(length - broken)
        assert whole.data[:broken] + rest.data == whole.data


def test_every_part_has_the_bytes_of_its_place(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    small = [encoded(draw(seed, red_circle=True, size=(16, 12))) for seed in range(6)]
    members = {f"folder {n}/{n}.png": data for n, data in enumerate(small)}
    job = worked_off(stores, executor, queued(stores, members))
    review.set_confidence(stores, job.id, 0.0)
    address = f"/jobs/{job.id}/kept.zip"
    whole = browser.get(address).data
    step = 97  # shorter than a header with its name; `test_downloads` reads thousands without HTTP
    parts = [
        browser.get(address, headers={"Range": f"bytes={at}-{at + step - 1}"}).data
        for at in range(0, len(whole), step)
    ]
    assert b"".join(parts) == whole
    assert browser.get(address, headers={"Range": "bytes=-22"}).data == whole[-22:]
    assert browser.get(address, headers={"Range": "bytes=-99999999"}).data == whole


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-4,8-9"},
        {"Range": "lines=0-4"},
        {"Range": "bytes=four"},
        {"Range": "bytes=5-", "If-Range": '"another"'},
        {"Range": "bytes=5-", "If-Range": "Tue, 24 Nov 2026 12:00:00 GMT"},
    ],
)
def test_what_cannot_be_continued_comes_whole(
    browser: Browser, address: str, headers: dict[str, str]
) -> None:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    assert answer.data == browser.get(address).data


def test_a_tag_that_a_proxy_made_weak_does_not_continue(browser: Browser, address: str) -> None:
    etag = browser.get(address).headers["ETag"]
    headers = {"Range": "bytes=5-", "If-Range": f"W/{etag}"}
    assert browser.get(address, headers=headers).status_code == 200


def test_a_range_behind_the_end_is_refused(browser: Browser, address: str) -> None:
    length = len(browser.get(address).data)
    answer = browser.get(address, headers={"Range": f"bytes={length}-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{length}"


def test_an_unchanged_download_is_not_sent_again(browser: Browser, address: str) -> None:
    etag = browser.get(address).headers["ETag"]
    answer = browser.get(address, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def touch_archive(stores: Stores, job: Job) -> None:
    os.utime(stores.files.archive(job.id), (0, 0))


def reject_one(stores: Stores, job: Job) -> None:
    verdicts.set_verdict(stores, job.id, 0, Verdict.IS_NOT)


def test_parts_of_two_versions_are_not_mixed(
    browser: Browser, stores: Stores, finished_job: Job, address: str
) -> None:
    etag = browser.get(address).headers["ETag"]
    headers = {"Range": "bytes=5-", "If-Match": etag}
    assert browser.get(address, headers=headers).status_code == 206
    assert browser.get(address, headers=headers | {"If-Match": "*"}).status_code == 206
    reject_one(stores, finished_job)
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 412
    assert "has changed since it began" in answer.text


@pytest.mark.parametrize("change", [touch_archive, reject_one])
def test_a_changed_download_does_not_continue(
    browser: Browser,
    stores: Stores,
    finished_job: Job,
    address: str,
    change: Callable[[Stores, Job], None],
) -> None:
    etag = browser.get(address).headers["ETag"]
    change(stores, finished_job)
    answer = browser.get(address, headers={"Range": "bytes=5-", "If-Range": etag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != etag
    assert answer.data == browser.get(address).data
