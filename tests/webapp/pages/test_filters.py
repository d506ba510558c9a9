"""Figures and names as a person reads them, and what the web process must not load."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from webapp.pages.filters import ago, duration, many, path_parts, percent, size

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1536, "1.5 KiB"),
        (4 * 1024**3, "4 GiB"),
        (2**52, "4096 TiB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "< 0.1 %"),
        (0.5, "50.0\u202f%"),
        (0.9996, "> 99.9 %"),
        (1.0, "> 99.9 %"),
        (None, ""),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(probability: float | None, words: str) -> None:
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3.21, "3.2 seconds"), (42.4, "42 seconds"), (125, "2 min 5 s"), (3899, "1 h 4 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_how_long_ago(passed: timedelta, words: str) -> None:
    assert ago(datetime.now(UTC) - passed) == words


def test_counts_have_commas_and_know_the_singular() -> None:
    assert (many(1, "file"), many(1200, "file")) == ("1 file", "1,200 files")


def test_a_path_is_folder_and_name_without_what_misleads() -> None:
    assert path_parts("a/b/c.png") == ("a/b/", "c.png")
    assert path_parts("c\u202e\x00.png") == ("", "c\ufffd\ufffd.png")


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
