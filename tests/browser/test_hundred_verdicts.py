"""A hundred verdicts and as many undos survive reloads and kills. Piles and downloads add up."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from ml.scoring.piles import Pile, Verdict
from tests.browser.steps import (
    FINISH_MS,
    count_of,
    download,
    expect_count,
    open_pile,
    set_confidence,
    wait_for_scripts,
)
from tests.running import Running, until
from tests.webapp.made import drawn, queued
from webapp.records import Job
from webapp.services import jobs, review
from webapp.storage import Stores
from webapp.storage.tables import scores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 100
READ_COUNTS = """() => {
  const read = (pile) => Number(document.querySelector(`.piles [data-count=${pile}]`).innerText);
  const counts = [];
  for (const name of ["kept", "unsure", "kept"]) {
    const handle = document.querySelector(`[data-range=${name}]`);
    for (let value = -921; value <= 921; value += 20) {
      handle.value = String(value);
      handle.dispatchEvent(new Event("input", { bubbles: true }));
      counts.push(["kept", "unsure", "rejected"].map(read));
    }
  }
  return counts;
}"""


def sieve(stores: Stores, count: int) -> Job:
    """A finished job of so many pictures; half of them show a red circle."""
    made = queued(stores, drawn(count))
    assert until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    return made


def spread_scores(stores: Stores, job: Job, count: int) -> None:
    """Give each picture a score of its own; the network is sure of nearly all."""
    with stores.database.writing() as connection:
        own = scores.c.job_id == job.id
        spread = update(scores).where(own).values(evidence=(scores.c.number - count / 2) / 2)
        connection.execute(spread)


def open_wall(page: Page, job: Job) -> None:
    page.goto(f"/jobs/{job.id}?pile=kept&show=all")
    wait_for_scripts(page)


def wait_for_rejected(stores: Stores, job: Job, count: int) -> None:
    """Wait until the database has this many rejecting verdicts."""

    def is_reached() -> bool:
        pictures = review.list_pictures(stores, job).pictures
        return [picture.verdict for picture in pictures].count(Verdict.IS_NOT) == count

    assert until(is_reached)


def kill_web(program: Running) -> None:
    """End the web process with -9, and start it again."""
    program.kill()
    program.start()
    assert until(program.answers), program.log.read_text()[-2000:]


@pytest.mark.timeout(900)  # every answer is waited for
def test_a_hundred_verdicts_and_undos_survive_reloads_and_kills(
    page: Page, program: Running, stores: Stores, complaints: list[str]
) -> None:
    job = sieve(stores, PICTURES)
    review.set_confidence(stores, job.id, 0.0)
    open_wall(page, job)
    page.locator(".tile-picture").first.focus()
    for _ in range(PICTURES // 2):
        page.keyboard.press("x")
    wait_for_rejected(stores, job, PICTURES // 2)
    kill_web(program)
    for _ in range(PICTURES // 2):
        page.keyboard.press("x")
    wait_for_rejected(stores, job, PICTURES)
    page.reload()
    wait_for_scripts(page)
    assert (count_of(page, "Kept"), count_of(page, "Rejected")) == (0, PICTURES)

    for _ in range(PICTURES // 2):
        page.keyboard.press("Control+z")
    wait_for_rejected(stores, job, PICTURES // 2)
    kill_web(program)
    open_wall(page, job)
    for _ in range(PICTURES // 2):
        page.keyboard.press("Control+z")
    wait_for_rejected(stores, job, 0)
    expect_count(page, "Kept", PICTURES)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    complaints[:] = [one for one in complaints if "net::ERR" not in one]  # while it was down


def test_piles_add_up_at_every_position_and_a_download_is_the_pile_shown(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    count = 30
    job = sieve(stores, count)
    spread_scores(stores, job, count)
    open_wall(page, job)
    counts = page.evaluate(READ_COUNTS)
    assert {sum(piles) for piles in counts} == {count}
    assert len({tuple(piles) for piles in counts}) > 10
    names = list(drawn(count))
    for confidence in (0.5, 0.999):
        set_confidence(page, confidence)
        for pile in ("kept", "rejected"):
            open_pile(page, pile.capitalize())
            counted = review.count_piles(stores, jobs.get(stores, job.id))
            expect_count(page, pile.capitalize(), counted[Pile(pile)])
            shown = page.evaluate("document.querySelector('picture-wall').numbers")
            file = zipfile.ZipFile(io.BytesIO(download(page, pile, tmp_path)))
            assert file.namelist() == [names[number] for number in sorted(shown)]
