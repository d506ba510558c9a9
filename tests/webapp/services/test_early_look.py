"""A look at some pictures of an upload that is still on its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.errors import ArchiveError
from ml.scoring.kind_counts import KindCounts
from ml.sieve.look import LOOK_PICTURES, Look
from tests.webapp.made import drawn, everything
from webapp.errors import NotFound, ProcessBusy, UploadTooLarge
from webapp.services import early_look, sight
from webapp.storage import Stores


def write(folder: Path, pictures: list[bytes]) -> list[Path]:
    """Files with these bytes."""
    files = [folder / str(number) for number in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        file.write_bytes(picture)
    return files


def test_pictures_are_looked_at_and_nothing_is_kept(stores: Stores, tmp_path: Path) -> None:
    before = everything(stores)
    files = write(tmp_path, [*drawn(12).values(), b"no picture", b""])
    found = early_look.take_look(stores, "red_circle", files)
    assert found == Look(
        14, showing=6, unreadable=2, copies=0, kinds=KindCounts(12, 0, 0), is_unlike=False
    )
    assert everything(stores) == before


def test_nobody_waits_while_other_pictures_are_looked_at(stores: Stores, tmp_path: Path) -> None:
    before = everything(stores)
    with sight._asking, pytest.raises(ProcessBusy, match="looking at other pictures"):
        early_look.take_look(stores, "red_circle", write(tmp_path, [b"a"]))
    assert everything(stores) == before


def test_what_is_no_look_is_refused(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ArchiveError, match="No picture arrived"):
        early_look.take_look(stores, "red_circle", [])
    with pytest.raises(NotFound, match="no character"):
        early_look.take_look(stores, "nobody", write(tmp_path, [b"a"]))
    with pytest.raises(UploadTooLarge, match="received 51 with 51 bytes"):
        early_look.take_look(stores, "red_circle", write(tmp_path, [b"a"] * (LOOK_PICTURES + 1)))
    monkeypatch.setattr(early_look, "LOOK_BYTES", 3)
    with pytest.raises(UploadTooLarge, match="at most 50 pictures with 3 bytes; received 1 with 4"):
        early_look.take_look(stores, "red_circle", write(tmp_path, [b"four"]))
