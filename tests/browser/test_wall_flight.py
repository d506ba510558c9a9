"""What the wall asks the server for while it flies by, and after it has stopped."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import FINISH_MS, wait_for_scripts
from tests.red_circle.drawing import draw, encoded
from tests.running import until
from tests.webapp.made import queued
from webapp.services import jobs, review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 40
FLY = """async ([frames, busyMs]) => {
  const slider = document.querySelector("wall-scrubber input");
  let asked = 0;
  const observer = new MutationObserver((changes) => {
    asked += changes.filter(({ target }) => target.hasAttribute("src")).length;
  });
  observer.observe(document.querySelector(".tiles"), { subtree: true, attributeFilter: ["src"] });
  for (let frame = 0; frame < frames; frame += 1) {
    slider.value = frame % 2 ? slider.min : slider.max;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const begun = performance.now();
    while (performance.now() - begun < busyMs); // as a slow processor is
    await new Promise(requestAnimationFrame);
  }
  observer.disconnect();
  return asked;
}"""
ASKED = """([least, most]) => [...document.querySelectorAll(".tile")].filter((tile) => {
  const { bottom } = tile.getBoundingClientRect();
  return bottom > least * innerHeight && bottom <= most * innerHeight
    && tile.querySelector("img[src]");
}).length"""  # tiles with a picture whose lower edges are in a stretch of the page, in windows
SEEN = [0, 1]
AHEAD = [-0.5, 0]
REST = """async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => requestIdleCallback(resolve));
  }
}"""


@pytest.fixture
def wall(page: Page, stores: Stores) -> Page:
    """The rejected pictures of a finished job, in a small window."""
    members = {f"{n:02}.png": encoded(draw(seed=n, red_circle=True)) for n in range(PICTURES)}
    job = queued(stores, members)
    assert until(lambda: jobs.get(stores, job.id).state.is_over, FINISH_MS / 1000)
    review.set_confidence(stores, job.id, 1.0, 1.0)
    page.set_viewport_size({"width": 800, "height": 450})
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    return page


def test_a_wall_that_flies_by_asks_for_nothing_on_a_slow_processor(wall: Page) -> None:
    assert wall.evaluate(FLY, [8, 120]) == 0
    expect(wall.locator(".tile-loaded").first).to_be_attached()


def test_what_lies_ahead_is_asked_for_when_the_window_has_its_pictures(wall: Page) -> None:
    held: list[Route] = []
    wall.route("**/thumbnails/*", lambda route: held.append(route))
    wall.evaluate(FLY, [1, 0])  # to the end
    wall.wait_for_function(f"(stretch) => ({ASKED})(stretch) > 0", arg=SEEN)
    wall.evaluate(REST)
    assert wall.evaluate(ASKED, AHEAD) == 0
    for route in list(held):  # it grows by what lies ahead
        route.continue_()
    wall.wait_for_function(f"(stretch) => ({ASKED})(stretch) > 0", arg=AHEAD)
