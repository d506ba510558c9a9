from __future__ import annotations

from tests.webapp.pages.conftest import Browser
from webapp.records import Job


def test_the_slider_gets_a_number_for_each_step(browser: Browser, finished_job: Job) -> None:
    answer = browser.get(f"/jobs/{finished_job.id}/mistakes.json").json
    assert answer is not None
    assert len(answer["wrong"]["middle"]) == len(answer["left_behind"]["high"]) == 1401
    assert answer["left_behind"]["high"][0] == 0
    assert answer["verdicts"] == 0
    assert answer["certificate"] is None
    assert set(answer["misses"]) == {"to_look_at", "found"}
    assert browser.get("/jobs/unknown/mistakes.json").status_code == 404
