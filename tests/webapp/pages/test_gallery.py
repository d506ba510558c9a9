"""The piles: pictures, confidence and verdicts."""

from __future__ import annotations

import html
import re

import pytest

from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import queued, worked_off
from tests.webapp.pages.conftest import JSON, Browser
from webapp.records import Job
from webapp.services import jobs, review
from webapp.storage import Stores

COUNT = re.compile(r'<a [^>]*data-pile="(\w+)".*?<b [^>]*>(\d+)</b>')


def piles(text: str) -> dict[str, int]:
    """The counts on the tabs of a result page."""
    return {pile: int(count) for pile, count in COUNT.findall(text)}


def numbers(text: str) -> list[int]:
    """The pictures of a gallery, in its order."""
    return [int(number) for number in re.findall(r'<li [^>]*data-number="(\d+)"', text)]


def first(stores: Stores, job: Job, pile: Pile) -> int:
    """The picture of a pile that is shown first."""
    return review.read_gallery(stores, job, pile).pictures[0].number


def test_the_tabs_add_up_to_every_member(browser: Browser, page: str) -> None:
    counted = piles(browser.text(page))
    assert counted == {"kept": 12, "unsure": 0, "rejected": 12, "unreadable": 1, "skipped": 1}


def test_a_tile_shows_name_probability_and_both_verdicts(browser: Browser, page: str) -> None:
    text = browser.text(page)
    assert len(numbers(text)) == 12
    assert re.search(r'class="tile-probability"[^>]*>(&gt; )?\d+\.\d\u202f?\s?%<', text)
    assert text.count('aria-label="Red circle"') == text.count('aria-label="not Red circle"') == 13
    assert ">circle-000.png</bdi>" in text


def test_a_tile_leads_to_its_picture_in_review_mode(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.REJECTED)
    address = f"{page}/review?pile=rejected&at={number}"
    assert f'href="{html.escape(address)}"' in browser.text(f"{page}?pile=rejected")
    assert f'data-at="{number}"' in browser.text(address)


@pytest.mark.parametrize(("pile", "name"), [("unreadable", "broken.jpg"), ("skipped", "notes.txt")])
def test_files_without_a_picture_are_listed_with_their_reason(
    browser: Browser, stores: Stores, finished_job: Job, page: str, pile: str, name: str
) -> None:
    (picture,) = review.list_pictures(stores, finished_job, Pile(pile)).pictures
    text = browser.text(f"{page}?pile={pile}")
    assert name in text
    assert picture.reason
    assert picture.reason in text


@pytest.mark.parametrize(("sent", "unsure"), [({"unsure": "0"}, 0), ({}, 0.5)])
def test_moved_thresholds_are_saved_and_answered_with_the_counts(
    browser: Browser,
    stores: Stores,
    finished_job: Job,
    page: str,
    sent: dict[str, str],
    unsure: float,
) -> None:
    before = browser.get(f"{page}/state.json").json
    answer = browser.post(f"{page}/thresholds", {"confidence": "100 %", **sent}, headers=JSON).json
    assert answer is not None
    assert answer["piles"]["unsure"] == (24 if unsure == 0 else 12)
    assert answer["state"] != (before or {})["state"]
    job = jobs.get(stores, finished_job.id)
    assert (job.threshold, job.unsure_threshold) == (1, unsure)


def test_the_unsure_pile_never_begins_above_the_kept_one(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    browser.post(f"{page}/thresholds", {"confidence": "0,2", "unsure": "40"})
    job = jobs.get(stores, finished_job.id)
    assert (job.threshold, job.unsure_threshold) == (0.2, 0.2)


def test_without_script_the_thresholds_are_a_form(browser: Browser, page: str) -> None:
    sent = {"confidence": "0", "unsure": "0", "pile": "rejected"}
    assert browser.post(f"{page}/thresholds", sent).location == f"{page}?pile=rejected"
    assert piles(browser.text(page))["kept"] == 24


@pytest.mark.parametrize("field", ["confidence", "unsure"])
@pytest.mark.parametrize("value", ["101", "-0.1", "nan", "much", "0.5\n7"])
def test_a_threshold_outside_its_range_is_refused(
    browser: Browser, stores: Stores, finished_job: Job, page: str, field: str, value: str
) -> None:
    answer = browser.post(f"{page}/thresholds", {"confidence": "0.9"} | {field: value})
    assert answer.status_code == 422
    assert "The confidence is a percentage" in answer.text
    assert jobs.get(stores, finished_job.id) == finished_job
    assert browser.get(f"{page}?pile=best").status_code == 422


def test_pictures_with_a_verdict_leave_those_to_review(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.KEPT)
    browser.post(f"{page}/pictures/{number}/verdict", {"verdict": "is", "pile": "kept"})
    assert number not in numbers(browser.text(page))
    assert numbers(browser.text(f"{page}?pile=kept&show=verdict")) == [number]
    assert len(numbers(browser.text(f"{page}?show=all"))) == 12
    chips = re.findall(r'data-show="(\w+)".*?<b>(\d+)</b>', browser.text(page))
    assert chips == [("review", "11"), ("verdict", "1"), ("all", "12")]


def test_hostile_names_are_shown_harmlessly(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    name = "<b>x</b>/\u202egnp.exe<script>alert(1)</script>.png"
    job = worked_off(stores, executor, queued(stores, {name: encoded(draw(1, red_circle=True))}))
    text = browser.text(f"/jobs/{job.id}?pile=kept")
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "&lt;b&gt;x&lt;/b&gt;/" in text
    assert "\ufffdgnp.exe&lt;script&gt;" in text


def test_a_large_pile_comes_in_pages(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    drawing = encoded(draw(1, red_circle=True))
    many = {f"{n}.png": drawing for n in range(65)}
    page = f"/jobs/{worked_off(stores, executor, queued(stores, many)).id}"
    text = browser.text(page)
    assert len(numbers(text)) == 60
    more = re.search(r'class="more"[^>]*><a [^>]*href="([^"]+)"', text)
    assert more
    rest = browser.text(html.unescape(more[1]))
    assert len(numbers(rest)) == 5
    assert not set(numbers(rest)) & set(numbers(text))
    assert 'class="more"' not in rest
