"""Downloads: piles and reports."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from html import unescape

import pytest

from ml.archive.limits import format_bytes
from ml.scoring.piles import Verdict
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, queued, worked_off
from tests.webapp.pages.conftest import JSON, Browser
from webapp.pages.downloads import make_file_name
from webapp.pages.filters import pluralize
from webapp.services import new_jobs, review, verdicts
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
    "pile", ["kept", "kept-and-unsure", "kept-largest", "rejected", "selections/0123456789abcdef"]
)
def test_a_job_that_failed_when_it_arrived_says_why_there_is_no_download(
    browser: Browser, stores: Stores, pile: str
) -> None:
    options = new_jobs.choose_options(stores, "red_circle", None)
    error = "notes.zip is empty: 0 bytes arrived. Choose an archive or pictures."
    job = new_jobs.add_failed_job(stores, "notes.zip", options, error, lambda _tables: None)
    answer = browser.get(f"/jobs/{job.id}/{pile}.zip", headers=JSON)
    assert answer.status_code == 422
    assert answer.json == {
        "ok": False,
        "error": "There is nothing to download: “notes.zip” was refused when it arrived, so no "
        f"picture was sieved. {error}",
    }


def test_kept_and_unsure_come_together(browser: Browser, stores: Stores, page: str) -> None:
    review.set_confidence(stores, page.rpartition("/")[2], 1.0, 0.0)
    answer = browser.get(f"{page}/kept-and-unsure.zip")
    assert 'filename="drawn-kept-and-unsure.zip"' in answer.headers["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert names == list(drawn(24))


def find_links(text: str) -> dict[str, str]:
    """Addresses of the zips that a page links to, by their file name."""
    found = re.findall(r'href="(/jobs/[^"]+\.zip[^"]*)"', text)
    variants = ("names=", "-largest", "sidecars=")
    links = [link for link in found if not any(word in link for word in variants)]
    return {link.partition("?")[0].rpartition("/")[2]: unescape(link) for link in links}


def test_a_link_says_how_much_it_downloads(browser: Browser, page: str) -> None:
    text = browser.text(page)
    links = find_links(text)
    assert set(links) == {"kept.zip", "kept-and-unsure.zip", "rejected.zip"}
    for name, link in links.items():
        members = zipfile.ZipFile(io.BytesIO(browser.get(link).data)).infolist()
        size = format_bytes(sum(member.file_size for member in members))
        shown = text[text.index(f"/{name}") :].partition("</a>")[0]
        counts = (f">{len(members)}<", f">{pluralize(len(members), 'picture')}<")
        assert any(count in shown for count in counts)
        assert f">{size}<" in shown


def reject_one(stores: Stores, job_id: str) -> None:
    verdicts.set_verdict(stores, job_id, 0, Verdict.IS_NOT)


def keep_all(stores: Stores, job_id: str) -> None:
    review.set_confidence(stores, job_id, 0.0)


def swap_two(stores: Stores, job_id: str) -> None:
    verdicts.set_verdict(stores, job_id, 0, Verdict.IS_NOT)
    verdicts.set_verdict(stores, job_id, 23, Verdict.IS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (reject_one, "Your page showed 12 kept; now there are 11."),
        (keep_all, "Your page showed 12 kept; now there are 24."),
        (swap_two, "The number of pictures is the same, but some of them may be others."),
    ],
)
def test_a_page_that_is_out_of_date_downloads_nothing_else_than_it_shows(
    browser: Browser,
    stores: Stores,
    page: str,
    change: Callable[[Stores, str], None],
    said: str,
) -> None:
    link = find_links(browser.text(page))["kept.zip"]
    assert browser.get(link).status_code == 200
    change(stores, page.rpartition("/")[2])
    refused = browser.get(link)
    assert refused.status_code == 409
    text = refused.get_data(as_text=True)
    assert said in " ".join(text.split())
    assert f'href="{page}"' in text, "there is no way back"
    again = browser.get(find_links(text)["kept.zip"])
    assert again.status_code == 200
    assert again.data == browser.get(f"{page}/kept.zip").data


def test_a_count_that_the_page_does_not_have_is_refused(browser: Browser, page: str) -> None:
    link = find_links(browser.text(page))["kept.zip"]
    answer = browser.get(link.replace("count=12", "count=13"))
    assert answer.status_code == 409


def test_a_name_that_misleads_is_masked_in_the_csv_and_exact_in_json(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    name = "rtl/\u202egnp.exe.png"
    job = worked_off(stores, executor, queued(stores, {name: b"no picture"}))
    data = browser.get(f"/jobs/{job.id}/report.csv").data
    assert data.startswith(codecs.BOM_UTF8)  # else a spreadsheet takes it for another encoding
    told = data.decode("utf-8-sig")
    assert "rtl/\ufffdgnp.exe.png" in told
    assert "\u202e" not in told
    exact = json.loads(browser.text(f"/jobs/{job.id}/report.json"))
    assert exact[0]["path"] == name


def test_both_reports_have_the_same_few_digits(browser: Browser, page: str) -> None:
    text = browser.get(f"{page}/report.csv").data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    for line, row in zip(lines, json.loads(browser.text(f"{page}/report.json")), strict=True):
        for field, digits in (("probability", 6), ("threshold", 6), ("seconds", 3)):
            told = row[field]
            assert line[field] == ("" if told is None else str(told))
            assert told is None or told == round(told, digits)


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
    wanted = (
        "path,pile,probability,verdict,threshold,target,version,seconds,reason,sha256,certificate,"
        "variant_of,caution"
    )
    assert list(lines[0]) == wanted.split(",")
    told = json.loads(browser.text(f"{page}/report.json"))
    assert [line["path"] for line in told] == [line["path"] for line in lines]


def test_selected_pictures_come_as_one_zip_that_can_be_continued(
    browser: Browser, page: str
) -> None:
    sent = browser.post(f"{page}/selections", {"numbers": "2-3 7"})
    assert sent.status_code == 303
    address = sent.headers["Location"]
    whole = browser.get(address)
    assert 'filename="drawn-selected.zip"' in whole.headers["Content-Disposition"]
    wanted = [list(drawn(24))[number] for number in (2, 3, 7)]
    assert zipfile.ZipFile(io.BytesIO(whole.data)).namelist() == wanted
    headers = {"Range": "bytes=100-", "If-Range": whole.headers["ETag"]}
    rest = browser.get(address, headers=headers)
    assert (rest.status_code, rest.data) == (206, whole.data[100:])
    assert browser.post(f"{page}/selections", {"numbers": "7 3 2"}).headers["Location"] == address


@pytest.mark.parametrize(
    ("numbers", "status", "said"),
    [
        ("", 422, "Select 1 to 1,000,000 pictures."),
        ("0 9000-9001", 409, "2 of the 3 selected pictures are no longer there."),
    ],
)
def test_a_selection_that_cannot_be_downloaded_is_refused(
    browser: Browser, page: str, numbers: str, status: int, said: str
) -> None:
    answer = browser.post(f"{page}/selections", {"numbers": numbers})
    assert answer.status_code == status
    assert said in " ".join(answer.text.split())


@pytest.mark.parametrize("name", ["0123456789abcdef", "..%2farchive", "x"])
def test_an_unknown_selection_is_not_found(browser: Browser, page: str, name: str) -> None:
    assert browser.get(f"{page}/selections/{name}.zip").status_code == 404


def test_the_names_in_a_download_may_hold_the_probability(browser: Browser, page: str) -> None:
    data = browser.client.get(f"{page}/kept.zip?names=probability").data
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names
    assert all(re.match(r"0\.\d{4}_c", name) for name in names)
    assert "names=probability" in browser.text(page), "without script it is a link"
    refused = browser.get(f"{page}/kept.zip?names=likelihood")
    assert refused.status_code == 422
    assert "names is probability or empty" in refused.text


def test_sidecars_lie_beside_kept_pictures(browser: Browser, page: str) -> None:
    whole = browser.get(f"{page}/kept.zip?sidecars=hydrus")
    with zipfile.ZipFile(io.BytesIO(whole.data)) as zf:
        assert zf.read("circle-000.png.txt") == b"character:red circle\n"
        assert len(zf.namelist()) == 24  # twelve pictures
    refused = browser.get(f"{page}/kept.zip?sidecars=tags")
    assert refused.status_code == 422
    assert "sidecars is one of hydrus, xmp" in refused.text
