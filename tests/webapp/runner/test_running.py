"""The rate of a running job is that of the last seconds."""

from __future__ import annotations

from tests.webapp.test_records import job
from webapp.records import JobState
from webapp.runner.running import RATE_SECONDS, RunningJob


def test_the_rate_forgets_what_is_long_ago() -> None:
    running = RunningJob(job(JobState.RUNNING), begun=0.0)
    running.count(100, now=1.0)
    running.count(50, now=20.0)
    assert running.compute_rate(20.0) == 50 / RATE_SECONDS


def test_a_job_that_has_just_begun_is_not_infinitely_fast() -> None:
    running = RunningJob(job(JobState.RUNNING), begun=0.0)
    running.count(30, now=0.1)
    assert running.compute_rate(0.1) == 30.0
