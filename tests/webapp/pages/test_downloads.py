"""Downloads: piles and reports."""

from __future__ import annotations

import codecs
import csv
import io
import json
import zipfile

import pytest

from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, queued, worked_off
from tests.webapp.pages.conftest import Browser
from webapp.pages.downloads import make_file_name
from webapp.storage import Stores


@pytest.mark.parametrize(("pile", "word"), [("kept", "circle"), ("rejected", "other")])
def test_a_pile_is_downloaded_with_its_exact_length(
    browser: Browser, page: str, pile: str, word: str
) -> None:
    answer = browser.get(f"{page}/{pile}.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Length"] == str(len(answer.data))
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(archive.namelist())
        assert len(archive.namelist()) == 12
        assert all(name.startswith(word) for name in archive.namelist())


def test_the_length_is_known_before_anything_is_sent(browser: Browser, page: str) -> None:
    head = browser.client.head(f"{page}/kept.zip")
    assert head.data == b""
    whole = browser.get(f"{page}/kept.zip")
    assert head.headers["Content-Length"] == str(len(whole.data))


def test_a_download_has_the_name_of_the_archive(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    job = worked_off(stores, executor, queued(stores, drawn(2), '莫娜 "1" ö.zip'))
    header = browser.get(f"/jobs/{job.id}/kept.zip").headers["Content-Disposition"]
    assert header.startswith("attachment; filename=\"1 o-kept.zip\"; filename*=UTF-8''")
    assert header.endswith("%E8%8E%AB%E5%A8%9C%20%221%22%20%C3%B6-kept.zip")


@pytest.mark.parametrize(
    ("archive", "name"),
    [
        ("holiday.zip", "holiday-kept.zip"),
        ("HOLIDAY.ZIP", "HOLIDAY-kept.zip"),
        ("a/b\\c.zip", "c-kept.zip"),
        ("..zip", "pictures-kept.zip"),
        ("\u202e\r\n.zip", "pictures-kept.zip"),
        ("3 pictures", "3 pictures-kept.zip"),
        ("x" * 300 + ".zip", "x" * 150 + "-kept.zip"),
    ],
)
def test_the_name_of_a_download_is_a_valid_file_name(archive: str, name: str) -> None:
    assert make_file_name(archive, "kept.zip") == name


def test_the_report_has_a_line_for_every_member(browser: Browser, page: str) -> None:
    answer = browser.get(f"{page}/report.csv")
    assert answer.mimetype == "text/csv"
    assert 'filename="drawn-report.csv"' in answer.headers["Content-Disposition"]
    assert answer.data.startswith(codecs.BOM_UTF8), "a spreadsheet would read umlauts wrongly"
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(lines) == 26
    wanted = "path,pile,probability,verdict,threshold,target,version,seconds,reason,sha256"
    assert list(lines[0]) == wanted.split(",")
    told = json.loads(browser.text(f"{page}/report.json"))
    assert [line["path"] for line in told] == [line["path"] for line in lines]
