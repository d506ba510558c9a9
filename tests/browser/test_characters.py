"""The trade-off slider on a character's page."""

import html
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_the_dots_follow_the_slider_and_the_prevalence_as_the_server_has_it(page: Page) -> None:
    page.goto("/characters/mona")
    slider = page.get_by_role("slider", name="Keep pictures that are at least")
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    page.get_by_role("link", name="Only sure ones").click()
    assert page.url.endswith("/characters/mona")
    expect_as_served(page, int(slider.input_value()), 50)
    slider.press("Home")
    expect_as_served(page, 0, 50)
    slider.press("ArrowRight")
    expect_as_served(page, 1, 50)
    page.get_by_label("How many of your pictures show Mona?").select_option("200")
    expect_as_served(page, 1, 200)
    slider.press("End")
    last = int(slider.input_value())
    expect_as_served(page, last, 200)
    expect(page.get_by_text("The test was never this strict.")).to_be_visible()
    assert (slider.get_attribute("aria-valuetext") or "").startswith("99\u202f%: ")


def expect_as_served(page: Page, step: int, one_in: int) -> None:
    """Compare the dots and their sentences with those of the page without script."""
    served = page.request.get(f"/characters/mona?step={step}&one_in={one_in}").text()
    sentences = re.findall(r'<svg[^>]* aria-label="([^"]* of 100 [^"]*)"', served)
    assert len(sentences) == 2
    for sentence in sentences:
        expect(page.get_by_role("img", name=html.unescape(sentence), exact=True)).to_be_visible()
    for kind in ("sure", "likely", "possible", "none"):
        expect(page.locator(f".dots .dot-{kind}")).to_have_count(served.count(f'"dot-{kind}"'))


def test_the_names_of_confidences_lie_beside_the_curve(page: Page) -> None:
    page.goto("/characters/mona")
    page.locator("details:has(.chart)").evaluate_all("(all) => all.forEach((e) => (e.open = true))")
    expect(page.locator("[data-beside]").first).to_be_visible()
    on_curve = page.locator("[data-beside]").evaluate_all("""(names) => names.filter((name) => {
      const { x, y, width, height } = name.getBBox();
      const line = name.ownerSVGElement.querySelector("polyline");
      return Array.from({ length: 1001 }, (_, n) =>
        line.getPointAtLength((n * line.getTotalLength()) / 1000)).some((point) =>
        point.x > x - 3 && point.x < x + width + 3 && point.y > y && point.y < y + height);
    }).map((name) => name.textContent)""")
    assert on_curve == []
