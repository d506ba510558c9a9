"""Requests about verdicts: one, many, undo, redo, and what each answer tells the page."""

from __future__ import annotations

import re

import pytest

from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from tests.ml.sieve.contract import make_result
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import count_transactions, drawn, many, queued, worked_off
from tests.webapp.pages.conftest import JSON, Browser
from tests.webapp.pages.test_gallery import first, numbers
from webapp.records import Job
from webapp.services import jobs, queue, review, targets
from webapp.storage import Stores
from webapp.storage.results import SqlResults


def test_one_click_moves_a_picture_and_undo_moves_it_back(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.REJECTED)
    url = f"{page}/pictures/{number}/verdict"
    answer = browser.post(url, {"verdict": "is"}, headers=JSON).json
    assert answer is not None
    assert answer["changes"]["number"] == [number]
    assert answer["changes"]["pile"] == ["kept"]
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (13, 11)
    assert answer["changes"]["verdict"] == ["is"]

    answer = browser.post(url, {"verdict": "none"}, headers=JSON).json
    assert answer is not None
    assert answer["changes"]["pile"] == ["rejected"]
    assert answer["piles"]["kept"] == 12
    assert answer["changes"]["verdict"] == [None]


def test_a_verdict_is_shown_on_every_copy_of_the_picture(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    drawing = encoded(draw(1, red_circle=False))
    copies = {"a.png": drawing, "b.png": drawing, "c.png": encoded(draw(2, red_circle=False))}
    job = worked_off(stores, executor, queued(stores, copies))
    sent = {"verdict": "is"}
    answer = browser.post(f"/jobs/{job.id}/pictures/0/verdict", sent, headers=JSON).json
    assert answer is not None
    assert answer["piles"]["kept"] == 2
    assert answer["changes"]["number"] == [0, 1]
    assert answer["changes"]["verdict"] == ["is", "is"]


def test_a_verdict_is_answered_at_the_confidence_of_its_page(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    number = first(stores, finished_job, Pile.REJECTED)
    review.set_confidence(stores, finished_job.id, 1)  # in another window
    sent = {"verdict": "is_not", "confidence": "0"}
    answer = browser.post(f"{page}/pictures/{number}/verdict", sent, headers=JSON).json
    assert answer is not None
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (23, 1)
    assert answer["changes"]["pile"] == ["rejected"]
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
    assert number in numbers(browser.text(f"{page}?pile=rejected&show=all"))


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
    assert answer["changes"]["number"] == sorted(kept)

    answer = browser.post(url, {"verdict": "none", "numbers": shown}, headers=JSON).json
    assert answer is not None
    assert (answer["piles"]["kept"], answer["piles"]["rejected"]) == (12, 12)
    assert not any(answer["changes"]["verdict"])


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


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"verdict": "is_not"},
        {"verdict": "maybe", "numbers": "1"},
        {"verdict": "is_not", "numbers": "1,2"},
        {"verdict": "is_not", "numbers": "1\n"},
        {"verdict": "is_not", "numbers": " ".join(["1"] * 10_001)},
    ],
    ids=["nothing", "no numbers", "no verdict", "comma", "newline", "too many"],
)
def test_a_malformed_bulk_verdict_is_refused(
    browser: Browser, page: str, sent: dict[str, str]
) -> None:
    assert browser.post(f"{page}/verdicts/bulk", sent).status_code == 422


def test_an_answer_names_what_changed_and_what_undo_would_do(browser: Browser, page: str) -> None:
    answer = browser.post(f"{page}/pictures/0/verdict", {"verdict": "is_not"}, headers=JSON).json
    assert answer is not None
    assert answer["changes"] == {
        "number": [0],
        "pile": ["rejected"],
        "verdict": ["is_not"],
        "verdict_from": [None],
    }
    assert answer["undo"]["words"] == "“circle-000.png” marked as not Red circle"
    assert (answer["redo"], answer["undo_steps"], answer["redo_steps"]) == (None, 1, 0)
    state = browser.get(f"{page}/verdicts.json").json
    assert state == {key: answer[key] for key in ("undo", "redo", "undo_steps", "redo_steps")}


def test_undo_and_redo_answer_with_the_pictures_that_they_change(
    browser: Browser, page: str
) -> None:
    sent = {"verdict": "is_not", "numbers": "0 2 4"}
    said = browser.post(f"{page}/verdicts/bulk", sent, headers=JSON).json
    assert said is not None
    assert said["undo"]["words"] == "3 pictures marked as not Red circle"
    entry = {"entry": said["undo"]["entry"]}
    undone = browser.post(f"{page}/verdicts/undo", entry, headers=JSON).json
    assert undone is not None
    assert undone["changes"]["number"] == [0, 2, 4]
    assert undone["changes"]["verdict"] == [None, None, None]
    assert (undone["undo"], undone["redo"]["entry"]) == (None, entry["entry"])
    again = browser.post(f"{page}/verdicts/redo", entry, headers=JSON).json
    assert again is not None
    assert again["changes"] == said["changes"]
    assert again["piles"] == said["piles"]


def test_without_script_undo_comes_back_to_its_pile(browser: Browser, page: str) -> None:
    browser.post(f"{page}/pictures/0/verdict", {"verdict": "is_not"})
    text = browser.text(f"{page}?pile=rejected")
    assert 'title="Undo: “circle-000.png” marked as not Red circle (Ctrl+Z)"' in text
    answer = browser.post(f"{page}/verdicts/undo", {"pile": "rejected"})
    assert (answer.status_code, answer.location) == (303, f"{page}?pile=rejected")
    assert 0 in numbers(browser.text(page))


def test_removing_a_verdict_is_named(browser: Browser, page: str) -> None:
    for verdict in ("is", "none"):
        answer = browser.post(f"{page}/pictures/0/verdict", {"verdict": verdict}, headers=JSON).json
    assert answer is not None
    assert answer["undo"]["words"] == "your choice removed from “circle-000.png”"


def test_a_verdict_of_an_earlier_job_is_named_on_the_tile(
    browser: Browser, stores: Stores, executor: LocalExecutor, finished_job: Job, page: str
) -> None:
    browser.post(f"{page}/pictures/0/verdict", {"verdict": "is_not"})
    later = worked_off(stores, executor, queued(stores, drawn(1), "later.zip"))
    text = browser.text(f"/jobs/{later.id}?pile=rejected&show=verdict")
    assert "from your earlier job <bdi>drawn.zip</bdi>" in text
    assert "from your earlier job" not in browser.text(f"{page}?pile=rejected&show=verdict")


@pytest.mark.parametrize("entry", ["x", "-1", str(2**70)])
def test_an_entry_that_is_no_number_is_refused(browser: Browser, page: str, entry: str) -> None:
    answer = browser.post(f"{page}/verdicts/undo", {"entry": entry}, headers=JSON)
    assert answer.status_code == 422
