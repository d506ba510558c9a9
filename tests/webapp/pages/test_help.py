"""The help page."""

from tests.webapp.pages.conftest import Browser


def test_the_help_page_leads_to_the_upload(browser: Browser) -> None:
    page = browser.text("/help")
    assert "<h1>Help</h1>" in page
    assert 'href="/"' in page
