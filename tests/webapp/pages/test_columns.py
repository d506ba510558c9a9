"""All pictures of a result as columns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.scoring.piles import Verdict
from ml.vision.colour import find_main_colour
from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.services import review, verdicts
from webapp.storage import Stores


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the columns, as the page's script reads them."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    columns, offset = {}, 4 + length
    for name, kind in header["columns"].items():
        assert offset % np.dtype(kind).itemsize == 0, f"a browser cannot read {name} at {offset}"
        columns[name] = np.frombuffer(data, kind, header["count"], offset)
        offset += columns[name].nbytes
    assert offset == len(data)
    return header, columns


def test_the_columns_hold_every_scored_picture_by_evidence(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 3, Verdict.IS_NOT)
    header, columns = unpack(browser.get(f"{page}/columns.bin").data)
    assert (header["count"], header["kept"], header["unsure"]) == (24, 0.95, 0.5)
    assert header["prevalence"] == finished_job.prevalence
    evidence = columns["evidence"]
    assert list(evidence) == sorted(evidence)
    for row, number in enumerate(columns["number"].tolist()):
        picture = review.get_picture(stores, finished_job, number)
        assert evidence[row] == picture.evidence
        assert columns["width"][row] == picture.width
        assert columns["height"][row] == picture.height
        assert columns["size"][row] == picture.size
        thumbnail = Image.open(stores.files.thumbnail(finished_job.id, number))
        wanted = find_main_colour(thumbnail)
        found = int(columns["colour"][row])
        assert all(abs((found >> bits & 15) - (wanted >> bits & 15)) <= 1 for bits in (8, 4, 0))
        assert columns["verdict"][row] == (-1 if number == 3 else 0)


def test_names_come_in_parts_and_are_safe_to_show(browser: Browser, page: str) -> None:
    answer = browser.get(f"{page}/names.json").json
    assert answer is not None
    assert answer["numbers"] == list(range(26))
    assert (answer["names"][0], answer["names"][24]) == ("circle-000.png", "notes.txt")
    assert answer["next"] is None
    rest = browser.get(f"{page}/names.json?after=23").json
    assert rest is not None
    assert rest["numbers"] == [24, 25]


def test_the_state_changes_with_a_verdict_and_its_removal(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    states = []
    for verdict in (None, Verdict.IS, Verdict.IS_NOT, None):
        verdicts.set_verdict(stores, finished_job.id, 3, verdict)
        answer = browser.get(f"{page}/state.json").json
        assert answer is not None
        states.append(answer["state"])
    assert len(set(states)) == 3
    assert states[0] == states[3]


def test_no_such_job_is_not_found(browser: Browser) -> None:
    for name in ("columns.bin", "names.json", "state.json"):
        assert browser.get(f"/jobs/nobodyknows12/{name}").status_code == 404
