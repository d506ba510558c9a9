"""The home page and the frame of every page."""

from __future__ import annotations

from flask import Flask

from tests.webapp.pages.conftest import Browser
from webapp.records import Job


def test_the_home_page_says_what_to_do_before_there_is_a_job(browser: Browser) -> None:
    page = browser.text("/")
    assert "only those that show Red circle" in page
    assert "They are deleted after 30 days." in page


def test_the_home_page_lists_the_last_jobs(browser: Browser, finished_job: Job, page: str) -> None:
    home = browser.text("/")
    assert f'href="{page}"' in home
    assert "drawn.zip" in home


def test_the_foot_shows_the_version(app: Flask, browser: Browser) -> None:
    app.jinja_env.globals["version"] = "9.8.7"
    assert "<p>MonaSieve 9.8.7 ·" in browser.text("/")
