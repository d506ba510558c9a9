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


def piles_of_tiles(text: str) -> list[str]:
    """The piles of some tiles, in their order."""
    return re.findall(r'<li class="tile"[^>]* data-pile="(\w+)"', text)


def first(stores: Stores, job: Job, pile: Pile) -> int:
    """The picture of a pile that is shown first."""
    return review.read_gallery(stores, job, pile).pictures[0].number


def test_the_tabs_add_up_to_every_member(browser: Browser, page: str) -> None:
    counted = piles(browser.text(page))
    assert counted == {"kept": 12, "rejected": 12, "unreadable": 1, "skipped": 1}


def test_a_tile_shows_name_probability_and_both_verdicts(browser: Browser, page: str) -> None:
    text = browser.text(page)
    assert len(numbers(text)) == 12
    assert re.search(r'class="tile-probability"[^>]*>(> )?\d+\.\d\u202f?\s?%<', text)
    assert text.count(">Is Red circle</span>") == text.count(">Is not Red circle</span>") == 12
    assert '<span class="name">circle-000.png</span>' in text


@pytest.mark.parametrize(("pile", "name"), [("unreadable", "broken.jpg"), ("skipped", "notes.txt")])
def test_files_without_a_picture_are_listed_with_their_reason(
    browser: Browser, stores: Stores, finished_job: Job, page: str, pile: str, name: str
) -> None:
    (picture,) = review.read_gallery(stores, finished_job, Pile(pile)).pictures
    text = browser.text(f"{page}?pile={pile}")
    assert name in text
    assert picture.reason
    assert picture.reason in text


def test_the_gallery_previews_another_confidence(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert len(numbers(browser.text(f"{page}/gallery?pile=kept&confidence=0"))) == 24
    assert "No picture is this likely" in browser.text(f"{page}/gallery?confidence=1")
    assert jobs.get(stores, finished_job.id).confidence == 0.95


def test_the_counts_of_the_slider_are_those_of_the_piles(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    answer = browser.get(f"{page}/counts.json").json
    assert answer is not None
    assert (len(answer["kept_at"]), answer["scored"]) == (1001, 24)
    for step in (0, 500, 950, 1000):
        counted = review.count_piles(stores, finished_job, step / 1000)
        assert answer["kept_at"][step] == counted[Pile.KEPT]


def test_releasing_the_slider_saves_the_confidence(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    answer = browser.post(f"{page}/confidence", {"confidence": "0"}, headers=JSON)
    assert answer.json is not None
    assert answer.json["piles"]["kept"] == 24
    assert jobs.get(stores, finished_job.id).confidence == 0


def test_without_script_the_confidence_is_a_form(browser: Browser, page: str) -> None:
    sent = {"confidence": "0", "pile": "rejected"}
    assert browser.post(f"{page}/confidence", sent).location == f"{page}?pile=rejected"
    assert piles(browser.text(page))["kept"] == 24


@pytest.mark.parametrize("value", ["1.5", "-0.1", "nan", "", "much", "0.5\n7"])
def test_a_confidence_outside_its_range_is_refused(
    browser: Browser, stores: Stores, finished_job: Job, page: str, value: str
) -> None:
    answer = browser.post(f"{page}/confidence", {"confidence": value})
    assert answer.status_code == 422
    assert "The confidence is a number from 0 to 1" in answer.text
    assert jobs.get(stores, finished_job.id).confidence == 0.95
    assert browser.get(f"{page}/gallery?confidence=7").status_code == 422
    assert browser.get(f"{page}/gallery?pile=best").status_code == 422


def test_a_confidence_may_have_a_comma(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    browser.post(f"{page}/confidence", {"confidence": "0,5"})
    assert jobs.get(stores, finished_job.id).confidence == 0.5


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
    many = {f"{n}.png": drawing for n in range(125)}
    page = f"/jobs/{worked_off(stores, executor, queued(stores, many)).id}"
    text = browser.text(page)
    assert len(numbers(text)) == 120
    more = re.search(r'class="more"><a [^>]*href="([^"]+)"', text)
    assert more
    rest = browser.text(html.unescape(more[1]))
    assert len(numbers(rest)) == 5
    assert not set(numbers(rest)) & set(numbers(text))
    assert 'class="more"' not in rest
