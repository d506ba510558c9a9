"""In which order the wall asks for pictures after a jump."""

import pytest
from playwright.sync_api import Page

from tests.browser.steps import FINISH_MS, wait_for_scripts
from tests.red_circle.drawing import draw, encoded
from tests.running import until
from tests.webapp.made import queued
from webapp.services import jobs, review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 40
GAP = 5  # pixels between rows, rounded up
LIST_ASKED = """async () => {
  document.querySelector("wall-scrubber input").focus(); // scrolls it into view, a row or two
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  window.asked = [];
  const before = [];
  new MutationObserver((changes) => {
    const images = changes.map(({ target }) => target).filter((one) => one.hasAttribute("src"));
    if (!images.length) return;
    const tiles = images.map((image) => {
      const { top, bottom } = image.closest(".tile").getBoundingClientRect();
      return { top, bottom, distance: Math.abs(Math.round((top + bottom - innerHeight) / 2)) };
    });
    asked.push({ tiles, missing: before.filter((image) => !image.complete).length });
    before.push(...images);
  }).observe(document.querySelector(".tiles"), { subtree: true, attributeFilter: ["src"] });
}"""  # which tiles ask for a picture at once, in this order, and how many asked before still wait


def test_the_middle_of_the_window_is_asked_for_first_and_what_lies_ahead_last(
    page: Page, stores: Stores
) -> None:
    members = {f"{n:02}.png": encoded(draw(seed=n, red_circle=True)) for n in range(PICTURES)}
    job = queued(stores, members)
    assert until(lambda: jobs.get(stores, job.id).state.is_over, FINISH_MS / 1000)
    review.set_confidence(stores, job.id, 1.0, 1.0)
    page.set_viewport_size({"width": 800, "height": 450})
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    page.evaluate(LIST_ASKED)
    page.get_by_role("slider", name="Place in this pile").press("End")
    page.wait_for_function("() => asked.length > 1")
    seen, ahead = page.evaluate("asked.slice(0, 2)")
    distances = [tile["distance"] for tile in seen["tiles"]]
    assert len(set(distances)) > 2  # rows
    assert distances == sorted(distances)
    assert all(tile["bottom"] > -GAP and tile["top"] < 450 for tile in seen["tiles"])
    assert any(tile["bottom"] < -GAP for tile in ahead["tiles"])
    assert ahead["missing"] == 0
