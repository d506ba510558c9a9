"""The help page."""

import re

import pytest

from tests.webapp.pages.conftest import Browser
from webapp.installation import RESOURCES

TEMPLATES = RESOURCES / "templates"
NUMBERS = ("percent", "cost", "queue", "sample", "presence", "unlike")
"""Sections about numbers that pages show."""


def test_the_help_page_leads_to_the_upload(browser: Browser) -> None:
    page = browser.text("/help")
    assert "<h1>Help</h1>" in page
    assert 'href="/"' in page


@pytest.mark.parametrize("number", NUMBERS)
def test_help_says_when_not_to_believe_a_number(browser: Browser, number: str) -> None:
    section = re.search(
        rf'aria-labelledby="{number}".*?</section>', browser.text("/help"), re.DOTALL
    )
    assert section
    words = re.sub(r"<[^>]+>", " ", section[0]).split()
    assert "not believe" in " ".join(words)
    assert len(words) > 40, "it is not explained"


def test_every_link_into_help_leads_somewhere(browser: Browser) -> None:
    page = browser.text("/help")
    text = "".join(file.read_text(encoding="utf-8") for file in TEMPLATES.rglob("*.html"))
    anchors = set(re.findall(r"help\.index', _anchor='(\w+)'", text))
    assert {"cost", "queue", "presence"} <= anchors
    assert {anchor for anchor in anchors if f'id="{anchor}"' not in page} == set()
