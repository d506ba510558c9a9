from __future__ import annotations

from tests.webapp.pages.conftest import Browser


def test_one_page_has_counts_plot_estimates_and_versions(browser: Browser, page: str) -> None:
    assert f'href="{page}/handover"' in browser.text(page)
    text = browser.text(f"{page}/handover")
    assert '<tr><th scope="row">Kept</th><td>12</td>' in text
    assert '<tr><th scope="row">Together</th><td>26</td>' in text
    assert text.count('class="expected"') > 0
    assert "Wrong in Kept: " in text
    assert "about 0" not in text  # as the line below the plot has it: "0 to 2"
    assert "No picture has been answered by a person" in text
    assert "you haven't answered" not in text  # the reader is another person
    assert "No sample of the rejected pictures has been checked." in text
    assert "Red circle, version 1" in text
    assert "<kbd>" not in text  # the keys that print are others on each device, and none on a phone
