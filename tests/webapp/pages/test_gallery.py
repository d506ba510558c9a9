"""The piles: pictures, confidence and verdicts."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask, template_rendered
from jinja2 import Template

from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from tests.ml.sieve.contract import make_result
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import count_transactions, many, queued, worked_off
from tests.webapp.pages.conftest import JSON, Browser
from webapp.records import Job
from webapp.services import jobs, queue, review, targets
from webapp.storage import Stores
from webapp.storage.results import SqlResults

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


def test_one_click_moves_a_picture_and_undo_moves_it_back(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.REJECTED)
    url = f"{page}/pictures/{number}/verdict"
    answer = browser.post(url, {"verdict": "is"}, headers=JSON).json
    assert answer is not None
    assert numbers(answer["tiles"]) == [number]
    assert piles_of_tiles(answer["tiles"]) == ["kept"]
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (13, 11)
    assert "Your choice: Red circle<" in answer["tiles"]
    assert 'value="none"' in answer["tiles"]

    answer = browser.post(url, {"verdict": "none"}, headers=JSON).json
    assert answer is not None
    assert piles_of_tiles(answer["tiles"]) == ["rejected"]
    assert answer["piles"]["kept"] == 12
    assert "Your choice:" not in answer["tiles"]


def test_a_verdict_is_shown_on_every_copy_of_the_picture(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    drawing = encoded(draw(1, red_circle=False))
    copies = {"a.png": drawing, "b.png": drawing, "c.png": encoded(draw(2, red_circle=False))}
    job = worked_off(stores, executor, queued(stores, copies))
    sent = {"verdict": "is", "numbers": "0 1"}
    answer = browser.post(f"/jobs/{job.id}/pictures/0/verdict", sent, headers=JSON).json
    assert answer is not None
    assert answer["piles"]["kept"] == 2
    assert numbers(answer["tiles"]) == [0, 1]
    assert answer["tiles"].count("Your choice: Red circle<") == 2


def test_a_verdict_is_answered_at_the_confidence_of_its_page(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.REJECTED)
    review.set_confidence(stores, finished_job.id, 1)  # in another window
    sent = {"verdict": "is_not", "numbers": f"{number} {number + 1}", "confidence": "0"}
    answer = browser.post(f"{page}/pictures/{number}/verdict", sent, headers=JSON).json
    assert answer is not None
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (23, 1)
    assert piles_of_tiles(answer["tiles"]) == ["rejected", "kept"]
    assert jobs.get(stores, finished_job.id).confidence == 1


def test_without_script_a_verdict_comes_back_to_its_place(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.KEPT)
    form = re.search(
        rf'form="verdicts"\s+formaction="([^"]+/{number}/verdict)"\s+'
        r'name="verdict" value="is_not"',
        browser.text(page),
    )
    assert form
    answer = browser.post(form[1], {"verdict": "is_not", "pile": "kept"})
    assert answer.location == f"{page}?pile=kept#p{number}"
    assert number in numbers(browser.text(f"{page}?pile=rejected"))


@pytest.mark.parametrize("verdict", ["", "maybe", "is\n", "IS"])
def test_an_unknown_verdict_is_refused(browser: Browser, page: str, verdict: str) -> None:
    answer = browser.post(f"{page}/pictures/1/verdict", {"verdict": verdict})
    assert answer.status_code == 422
    assert "The verdict is one of: is, is_not, none." in answer.text


@pytest.mark.parametrize("number", ["x", "-1", "999", "99999999", "9" * 30])
def test_a_verdict_on_no_picture_is_not_found(browser: Browser, page: str, number: str) -> None:
    answer = browser.post(f"{page}/pictures/{number}/verdict", {"verdict": "is"})
    assert answer.status_code == 404


def test_a_bulk_verdict_rejects_pictures_and_is_undone(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    kept = [one.number for one in review.read_gallery(stores, finished_job, Pile.KEPT).pictures]
    shown = " ".join(map(str, [*kept, 24, 25, 999_999]))  # a text, a broken picture, nothing
    url = f"{page}/verdicts/bulk"
    answer = browser.post(url, {"verdict": "is_not", "numbers": shown}, headers=JSON).json
    assert answer is not None
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (0, 24)
    assert numbers(answer["tiles"]) == kept

    answer = browser.post(url, {"verdict": "none", "numbers": shown}, headers=JSON).json
    assert answer is not None
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (12, 12)
    assert "Your choice:" not in answer["tiles"]


def test_a_bulk_verdict_on_1000_pictures_takes_three_transactions_at_most(
    browser: Browser, stores: Stores
) -> None:
    queued(stores, many(1000))
    ((job, _),) = queue.claim(stores)
    target = targets.get(stores, job.target)
    results = SqlResults(stores, job, target)
    results.add([make_result(target, number, 1.0) for number in range(1000)])
    sent = {"verdict": "is_not", "numbers": " ".join(map(str, range(1000)))}
    token = {"csrf_token": browser.token()}
    with count_transactions() as transactions:
        answer = browser.client.post(
            f"/jobs/{job.id}/verdicts/bulk", data=sent | token, headers=JSON
        ).json
    assert answer is not None
    assert answer["piles"]["rejected"] == 1000
    assert 1 <= len(transactions) <= 3


def test_the_tiles_of_a_bulk_verdict_are_rendered_at_once(
    app: Flask, browser: Browser, page: str
) -> None:
    rendered: list[str | None] = []

    def note(_app: Flask, template: Template, **_context: object) -> None:
        rendered.append(template.name)

    sent = {"verdict": "is_not", "numbers": "0 1 2 3 4 5", "csrf_token": browser.token()}
    with template_rendered.connected_to(note, app):
        browser.client.post(f"{page}/verdicts/bulk", data=sent, headers=JSON)
    assert rendered == ["gallery/_tiles.html"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"verdict": "is_not"},
        {"verdict": "maybe", "numbers": "1"},
        {"verdict": "is_not", "numbers": "1,2"},
        {"verdict": "is_not", "numbers": "1\n"},
        {"verdict": "is_not", "numbers": " ".join(["1"] * 1001)},
    ],
    ids=["nothing", "no numbers", "no verdict", "comma", "newline", "too many"],
)
def test_a_malformed_bulk_verdict_is_refused(
    browser: Browser, page: str, sent: dict[str, str]
) -> None:
    assert browser.post(f"{page}/verdicts/bulk", sent).status_code == 422


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
