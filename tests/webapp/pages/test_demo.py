"""The demo by one click."""

from tests.webapp.made import recent_jobs
from tests.webapp.pages.conftest import Browser
from webapp.storage import Stores


def test_one_click_makes_the_demo_and_leads_to_it(browser: Browser, stores: Stores) -> None:
    assert "Try it with 24 drawings" in browser.text("/")
    answer = browser.post("/demo")
    (job,) = recent_jobs(stores)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs/{job.id}")
