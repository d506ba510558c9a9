"""Nothing expires by a clock that was set."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ml.sieve.executor import LocalExecutor
from tests.webapp.made import loop, recent_jobs
from webapp.records import Job
from webapp.services import resumable
from webapp.services.retention_clock import Reading, RetentionClock, advance, write_reading
from webapp.storage import Stores

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRUSTED = Reading(NOW, rests_until=NOW)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "passed"),
    [
        (NOW + HOUR, HOUR),
        (NOW + 9 * DAY, 9 * DAY),  # the computer slept
        (NOW + HOUR, None),  # the program was restarted
        (NOW + HOUR - timedelta(minutes=1), HOUR),  # NTP corrected it
    ],
)
def test_a_clock_that_goes_on_is_trusted(now: datetime, passed: timedelta | None) -> None:
    assert advance(TRUSTED, now, passed).rests_until <= now


@pytest.mark.parametrize(
    ("now", "passed"),
    [
        (NOW + 40 * DAY, HOUR),
        (NOW - 80 * DAY, HOUR),
        (NOW + 40 * DAY, None),
        (NOW - HOUR, None),
    ],
)
def test_after_a_jump_retention_rests_for_a_day(now: datetime, passed: timedelta | None) -> None:
    jumped = advance(TRUSTED, now, passed)
    assert jumped.rests_until == now + DAY
    for hours in range(1, 25):
        moment = now + hours * HOUR
        jumped = advance(jumped, moment, HOUR)
        assert (moment >= jumped.rests_until) == (hours == 24)


def test_the_rest_outlives_the_program(tmp_path: Path) -> None:
    record = tmp_path / "clock.json"
    assert not RetentionClock(record).is_trusted(NOW)
    assert not RetentionClock(record).is_trusted(NOW + 20 * HOUR)
    assert RetentionClock(record).is_trusted(NOW + 25 * HOUR)
    assert not RetentionClock(record).is_trusted(NOW + 40 * DAY)


@pytest.mark.parametrize("content", ["", "[]", '{"seen": 1}', '{"seen": "x", "rests_until": "y"}'])
def test_a_damaged_record_is_no_record(tmp_path: Path, content: str) -> None:
    record = tmp_path / "clock.json"
    record.write_text(content)
    assert not RetentionClock(record).is_trusted(NOW)


def test_a_runner_whose_clock_jumped_deletes_nothing(
    stores: Stores, finished_job: Job, executor: LocalExecutor
) -> None:
    created = resumable.create(stores, length=10, metadata="")
    resumable.append(stores, created.id, offset=0, pieces=[b"comes in"])
    upload = stores.files.resumable(created.id)
    long_ago = datetime.now(UTC) - 40 * DAY
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(finished_job, finished=long_ago))
    os.utime(upload, (long_ago.timestamp(), long_ago.timestamp()))
    seen = Reading(long_ago, rests_until=long_ago)  # the clock stood at `long_ago` an hour before
    for last, is_kept in ((seen, True), (dataclasses.replace(seen, seen=datetime.now(UTC)), False)):
        write_reading(stores.files.retention_clock, last)
        loop(stores, executor).step()
        assert (bool(recent_jobs(stores)), upload.exists()) == (is_kept, is_kept)
