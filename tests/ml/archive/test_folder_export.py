"""The chosen files of a folder as a zip: whole, from any offset, and never another file's bytes."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from ml.archive.export import export
from ml.archive.exported_zip import NewNames
from ml.errors import ArchiveError
from tests.ml.archive.folders import draw_files, listed
from tests.ml.archive.zips import picture


def test_files_keep_bytes_paths_times_and_modes(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "a.png", "sub/ü.png", "z.png")
    (tmp_path / "in" / "sub" / "ü.png").chmod(0o640)
    os.utime(tmp_path / "in" / "sub" / "ü.png", (0, 1_600_000_000))
    result = export(listed(tmp_path / "in"), [2, 0, 2])
    data = b"".join(result.chunks)
    assert len(data) == result.length
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert zf.testzip() is None
        assert zf.namelist() == ["a.png", "sub/ü.png"]
        info = zf.infolist()[1]
        assert zf.read(info) == picture() + "sub/ü.png".encode()
        assert info.external_attr >> 16 == 0o100640
        assert info.extra[-4:] == (1_600_000_000).to_bytes(4, "little")
        assert info.compress_type == zipfile.ZIP_STORED


def test_any_range_has_the_bytes_of_the_whole(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "a.png", "b.png")
    listing = listed(tmp_path / "in")
    whole = b"".join(export(listing, [0, 1]).chunks)
    for start in range(0, len(whole), 7):
        for end in (start + 1, start + 100, len(whole)):
            result = export(listing, [0, 1])
            assert b"".join(result.iter_range(start, end)) == whole[start:end]


def test_a_changed_file_is_named_before_a_byte_is_sent(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "a.png", "b.png", "c.png")
    listing = listed(tmp_path / "in")
    (tmp_path / "in" / "a.png").unlink()
    (tmp_path / "in" / "b.png").write_bytes(b"other")
    with pytest.raises(ArchiveError, match=r"'a.png': no longer .*, and 1 more files like it"):
        export(listing, [0, 1, 2])
    assert export(listing, [2]).length > 0


def test_a_file_that_changes_meanwhile_ends_the_download_with_an_error(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "a.png")
    result = export(listed(tmp_path / "in"), [0])
    (tmp_path / "in" / "a.png").write_bytes(b"other")
    with pytest.raises(ArchiveError, match=r"'a.png': changed since"):
        list(result.chunks)


def test_a_changed_folder_has_another_version(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "a.png")
    before = export(listed(tmp_path / "in"), [0]).version
    assert export(listed(tmp_path / "in"), [0]).version == before
    os.utime(tmp_path / "in" / "a.png", ns=(1, 1))
    assert export(listed(tmp_path / "in"), [0]).version != before


def test_a_prefix_goes_behind_the_folders(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "sub/a.png")
    names = NewNames(prefixes={0: b"0.9731_"})
    data = b"".join(export(listed(tmp_path / "in"), [0], names).chunks)
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert zf.read("sub/0.9731_a.png") == picture() + b"sub/a.png"


def test_a_lost_folder_is_named_before_a_byte_is_sent(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "a.png")
    listing = listed(tmp_path / "in")
    (tmp_path / "in").rename(tmp_path / "unmounted")
    with pytest.raises(ArchiveError, match=r"The folder .* is gone"):
        export(listing, [0])
