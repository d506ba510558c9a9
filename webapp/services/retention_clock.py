"""Notices that the system's clock was set, because retention must not delete by a wrong clock."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ml.disk import read_json, write_atomically

REST = timedelta(days=1)
"""After a jump nothing is deleted for so long, so that the clock can be set right before."""
TOLERANCE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=1)
"""A program that was off for longer cannot tell the pause from a jump."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The clock as the last round saw it."""

    seen: datetime
    rests_until: datetime


def advance(last: Reading | None, now: datetime, passed: timedelta | None) -> Reading:
    """Return the reading of a round; it rests for a day if the clock jumped.

    Args:
        last: the reading of the round before; None if there is no record.
        passed: the true time since then; None if the program was restarted in between.
    """
    if last is None:
        return Reading(now, rests_until=now + REST)
    shown = now - last.seen
    if passed is None:
        jumped = not timedelta() <= shown <= LONGEST_PAUSE
    else:
        jumped = abs(shown - passed) > TOLERANCE
    return Reading(now, rests_until=now + REST if jumped else last.rests_until)


class RetentionClock:
    """Compares the system's clock with its record and with the time since the computer's start."""

    def __init__(self, record: Path) -> None:
        """`record` is a file that `is_trusted` writes."""
        self._record = record
        self._last: Reading | None = None
        self._last_boot: timedelta | None = None

    def is_trusted(self, now: datetime | None = None) -> bool:
        """Take a reading. Returns False for a day after a jump of the clock. Raises OSError."""
        now, boot = now or datetime.now(UTC), _read_boot_clock()
        last = self._last or _read(self._record)
        passed = None if self._last_boot is None else boot - self._last_boot
        self._last, self._last_boot = advance(last, now, passed), boot
        write_reading(self._record, self._last)
        return now >= self._last.rests_until


def _read_boot_clock() -> timedelta:
    """The time since the computer's start. Unlike the monotonic clock it counts sleep."""
    return timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))


def _read(record: Path) -> Reading | None:
    try:
        values = read_json(record)
        return Reading(*(datetime.fromisoformat(values[key]) for key in ("seen", "rests_until")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_reading(record: Path, reading: Reading) -> None:
    """Write the record of a round. Raises OSError."""
    values = {key: moment.isoformat() for key, moment in dataclasses.asdict(reading).items()}
    write_atomically(record, [json.dumps(values).encode()])
