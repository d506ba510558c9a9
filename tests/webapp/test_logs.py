"""Log lines as text and as JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from webapp.errors import ConfigError
from webapp.logs import configure_logging
from webapp.services.job_log import log_phase


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_phase_is_one_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("text")
    log_phase("abc", "started", done=3, total=9)
    line = "INFO webapp.services.job_log: job abc started, done 3, total 9\n"
    assert capsys.readouterr().err == line


def test_a_phase_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    log_phase("abc", "started", done=3, total=9)
    logging.getLogger("x").error("two\nlines")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["job"], first["phase"], first["done"], first["total"]) == ("abc", "started", 3, 9)
    assert (first["levelname"], second["message"]) == ("INFO", "two\nlines")
    assert first.keys() >= {"time", "name", "message"}


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(ConfigError, match="'xml'; it must be text or json"):
        configure_logging("xml")
