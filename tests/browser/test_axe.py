"""axe-core finds nothing wrong on any page of the app, in both colour schemes."""

import re
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.archives import write_story
from tests.browser.steps import FINISH_MS, drop, finish, wait_for_scripts
from tests.browser.test_settings import forgive
from tests.red_circle.drawing import draw, encoded
from tests.running import Running, until
from tests.webapp.made import queued
from webapp import create_app
from webapp.config import Settings
from webapp.services import jobs, review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"light": TAGS, "dark": ["color-contrast", "link-in-text-block"]}
"""Which rules are asked in which scheme; only those about colours can differ in the second."""
OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


def list_addresses(data: Path, job_id: str) -> list[str]:
    """Every address of the app's map that a browser can open with this job."""
    values = {"job_id": job_id, "number": "0", "name": "red_circle"}
    return [
        re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], rule.rule)
        for rule in create_app(Settings(data_dir=data)).url_map.iter_rules()
        if "GET" in (rule.methods or ()) and set(rule.arguments) <= set(values)
    ]


def list_pages(page: Page, addresses: list[str]) -> list[str]:
    """Those of the addresses that answer with a whole page, not with a part of one."""
    answers = {one: page.request.get(one, max_redirects=0) for one in addresses}
    return [
        address
        for address, answer in answers.items()
        if answer.status == 200 and answer.body().startswith(b"<!doctype html>")
    ]


def find_violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule of axe-core."""
    return find_in_scheme(page, "light") + find_in_scheme(page, "dark")


def find_in_scheme(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    """The same in one colour scheme. Reduced motion, because no colour may be on its way."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    options = {"runOnly": RULES[scheme], "resultTypes": ["violations"]}
    answer = Axe().run(page, options=options).response
    return [
        f"{scheme}: {violation['id']}: {node['html'][:160]}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]


def test_axe_finds_nothing_on_any_page(
    page: Page, program: Running, tmp_path: Path, complaints: list[str]
) -> None:
    archive = tmp_path / "axe.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    job = page.url.partition("?")[0]
    pages = list_pages(page, list_addresses(program.data, job.rpartition("/")[2]))
    assert {"/", "/jobs", "/settings", "/help", "/characters"} <= set(pages)
    pages += [f"{job}?pile={pile}" for pile in ("kept", "rejected", "unreadable", "skipped")]
    wrong = {}
    for address in [*pages, "/no-such-page"]:
        page.goto(address)
        page.evaluate(OPEN_ALL)
        wrong[address.removeprefix(job)] = find_violations(page)
    page.goto(f"{job}/characters")
    page.evaluate(OPEN_ALL)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Sort into folders…").click()
    page.get_by_role("heading", name="A folder for each character").wait_for()
    wrong["folders"] = find_violations(page)
    page.goto(f"{job}?pile=kept")
    wait_for_scripts(page)
    page.keyboard.press("Control+a")
    wrong["selection"] = find_violations(page)
    for address in (f"{job}?pile=kept", f"{job}/review"):
        page.goto(address, wait_until="load")
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keys").wait_for()
        wrong[f"keys of {address.removeprefix(job)}"] = find_violations(page)
    forgive(complaints, "404")
    assert not any(wrong.values()), wrong


def test_axe_finds_nothing_in_review_after_a_resize(page: Page, stores: Stores) -> None:
    members = {f"{'long ' * 40}{n}.png": encoded(draw(n, red_circle=True)) for n in range(24)}
    job = queued(stores, members)
    assert until(lambda: jobs.get(stores, job.id).state.is_over, FINISH_MS / 1000)
    review.set_confidence(stores, job.id, 0.0)
    page.goto(f"/jobs/{job.id}/review?pile=kept")
    page.locator("review-mode[data-ready]").wait_for()
    wrong = {}
    for size in ((1280, 360), (640, 320), (360, 640), (1280, 900)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        wrong[size] = find_violations(page)
    assert not any(wrong.values()), wrong
