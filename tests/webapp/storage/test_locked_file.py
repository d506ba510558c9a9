"""One request at a time changes an upload's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.errors import NotFound, UploadBusy
from webapp.storage.locked_file import open_locked


def test_a_second_request_is_turned_away_until_the_first_is_done(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"abc")
    with open_locked(path) as file:
        file.seek(0, 2)
        file.write(b"def")
        with pytest.raises(UploadBusy, match="Try again"), open_locked(path):
            pass
    with open_locked(path) as file:
        assert file.read() == b"abcdef"


def test_a_file_that_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="expired"), open_locked(tmp_path / "nothing"):
        pass


def test_a_file_that_went_before_the_lock_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "upload"
    path.touch()
    monkeypatch.setattr("fcntl.flock", lambda *_: path.unlink())
    with pytest.raises(NotFound), open_locked(path):
        pass
