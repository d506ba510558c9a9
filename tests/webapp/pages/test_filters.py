"""Filters of the templates, and what the web process must not load."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ml.archive.limits import format_bytes
from webapp.pages.filters import (
    format_age,
    format_duration,
    format_percent,
    format_probability,
    format_time_left,
    pluralize,
    split_path,
)

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1536, "1.5 KiB"),
        (4 * 1024**3, "4 GiB"),
        (2**52, "4096 TiB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "< 0.1\u202f%"),
        (0.5, "50.0\u202f%"),
        (0.9996, "> 99.9\u202f%"),
        (1.0, "> 99.9\u202f%"),
        (None, ""),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(probability: float | None, text: str) -> None:
    assert format_probability(probability) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0274, "27 ms"), (3.21, "3.2 s"), (42.4, "42 s"), (125, "2 min 5 s"), (3899, "1 h 4 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_how_long_ago(passed: timedelta, text: str) -> None:
    assert format_age(datetime.now(UTC) - passed) == text


@pytest.mark.parametrize(("fraction", "text"), [(0.95, "95\u202f%"), (0.9755, "97.55\u202f%")])
def test_a_confidence_in_percent_is_exact(fraction: float, text: str) -> None:
    assert format_percent(fraction) == text


def test_counts_have_commas_and_know_the_singular() -> None:
    assert (pluralize(1, "file"), pluralize(1200, "file")) == ("1 file", "1,200 files")


def test_a_path_is_split_and_made_safe() -> None:
    assert split_path("a/b/c.png") == ("a/b/", "c.png")
    assert split_path("c\u202e\x00.png") == ("", "c\ufffd\ufffd.png")


@pytest.mark.slow
def test_the_web_process_loads_neither_tensorflow_nor_litert(tmp_path: Path) -> None:
    program = (
        "import sys, wsgi\n"
        "heavy = {'tensorflow', 'keras', 'ai_edge_litert', 'PIL'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy & {'tensorflow', 'keras', 'ai_edge_litert'} else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"MONASIEVE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "almost done"), (4.6, "5 s left"), (125.2, "2 min 5 s left"), (3700, "1 h 1 min left")],
)
def test_the_time_left_has_no_tenths(seconds: float, text: str) -> None:
    assert format_time_left(seconds) == text
