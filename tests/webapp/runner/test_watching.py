"""The thread that looks into the watched folder."""

from __future__ import annotations

import dataclasses
import logging
import threading
from pathlib import Path

import pytest

from ml.errors import StorageFull
from webapp.runner import watching
from webapp.runner.stop import Stop
from webapp.storage import Stores


def test_trouble_is_logged_once_until_it_changes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gone = FileNotFoundError(2, "No such file", "/srv/in")
    looks = iter([gone, gone, None, gone, StorageFull("No room."), ZeroDivisionError("oh")])
    stop = Stop()
    pauses: list[float] = []

    class Patient:
        """Waits for no clock."""

        def wait(self, seconds: float) -> bool:
            pauses.append(seconds)
            return stop.wait(0)

    def look() -> None:
        error = next(looks)
        if isinstance(error, ZeroDivisionError):
            stop.ask()
        if error is not None:
            raise error

    with caplog.at_level(logging.WARNING):
        watching.watch(look, Patient())  # type: ignore[arg-type]
    troubles = [record.args[0] for record in caplog.records if isinstance(record.args, tuple)]
    lost = "/srv/in cannot be read: No such file."
    assert troubles[:3] == [lost, lost, "No room."]
    assert "ZeroDivisionError" in str(troubles[3])
    assert len(troubles) == 4
    assert pauses[0] == 0
    assert min(pauses[1:]) >= watching.PAUSE_SECONDS


def test_the_thread_starts_only_with_the_setting(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread))
    watching.start_watching(stores, Stop())
    assert started == []
    settings = dataclasses.replace(stores.settings, watch=str(tmp_path / "incoming"))
    watching.start_watching(dataclasses.replace(stores, settings=settings), Stop())
    assert len(started) == 1
