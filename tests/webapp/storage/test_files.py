"""Files and copies: what would lose data if it broke."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.config import Settings
from webapp.errors import FolderRefused, NotFound
from webapp.records import Preferences
from webapp.storage import Stores
from webapp.storage.copies import CopyFolder, has_content, remove_copy, write_copy
from webapp.storage.files import Files
from webapp.storage.sizes import measure_idle


@pytest.mark.parametrize("job_id", ["../../etc", "a" * 33, "short", "", "a" * 11 + "/", "a\0" * 9])
def test_only_an_id_becomes_a_path(tmp_path: Path, job_id: str) -> None:
    files = Files(Settings(data_dir=tmp_path))
    for make_path in (files.archive, files.resumable):
        with pytest.raises(NotFound):
            make_path(job_id)


@pytest.mark.parametrize("folder", ["..", "/etc", "a/../../b", "link", "link/x", "\0", "x" * 300])
def test_a_storage_folder_outside_the_root_is_refused(tmp_path: Path, folder: str) -> None:
    files = Files(Settings(data_dir=tmp_path / "data"))
    files.prepare()
    (files.storage_root / "link").symlink_to("/etc")
    if folder == "x" * 300:
        assert files.copy_folder(folder)  # too long for the disk, which will say so itself
    else:
        with pytest.raises(FolderRefused, match="folder"):
            files.copy_folder(folder)


def test_a_storage_folder_may_be_the_root_or_below_it(tmp_path: Path) -> None:
    files = Files(Settings(data_dir=tmp_path / "data", storage_root=tmp_path / "out"))
    assert files.copy_folder("") == tmp_path / "out"
    assert files.copy_folder(" a/b ") == tmp_path / "out" / "a" / "b"


def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    files = Files(Settings(data_dir=tmp_path))
    tmp_path.chmod(0o755)  # as a checkout makes it
    files.prepare()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_data_folder_of_somebody_else_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    Files(Settings(data_dir=tmp_path)).prepare()
    assert (tmp_path / "jobs").is_dir()


def test_what_a_living_process_writes_is_not_abandoned(stores: Stores) -> None:
    for _ in range(2):
        stores.files.new_upload().write_bytes(b"half an upload")
    left = stores.files.uploads / "0123456789abcdef.rest"
    left.write_bytes(b"of a process that was killed")
    assert stores.files.list_abandoned_uploads() == [left]


def test_a_file_that_has_just_gone_is_not_idle(tmp_path: Path) -> None:
    assert measure_idle(tmp_path / "gone") == 0.0


def test_a_user_who_set_nothing_has_the_defaults(stores: Stores) -> None:
    with stores.reading() as tables:
        assert tables.preferences.get(2) == Preferences()


def test_removing_a_job_that_is_gone_is_no_error(stores: Stores) -> None:
    stores.files.remove_job("a" * 16)


def add(folder: CopyFolder, member: str, data: bytes) -> Path:
    """Copy a picture unless it is there."""
    file, is_there = folder.find_place(member, len(data), hashlib.sha256(data).hexdigest())
    if not is_there:
        write_copy(file, data)
    return file


@settings(max_examples=60)
@given(member=st.text(min_size=0, max_size=60) | st.from_regex(r"(\.\.?[/\\]|[a-c/\\:.\0]){1,12}"))
def test_no_members_name_leads_a_copy_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, member: str
) -> None:
    parent = tmp_path_factory.mktemp("copies")
    copies = CopyFolder(parent / "out", "../../job.zip", "a" * 16)
    file = add(copies, member, b"picture")
    assert file.read_bytes() == b"picture"
    assert file.resolve().is_relative_to((parent / "out").resolve())
    assert copies.path.parent == parent / "out"
    found = [path for path in parent.rglob("*") if path.is_file()]
    assert found == [file]


def test_a_copy_keeps_its_folders(tmp_path: Path) -> None:
    file = add(CopyFolder(tmp_path, "holiday.zip", "abcdefghijkl"), "a/b/mona.png", b"1")
    assert file == tmp_path / "holiday abcdefgh" / "a" / "b" / "mona.png"


def test_a_copy_overwrites_nothing_and_is_not_made_twice(tmp_path: Path) -> None:
    copies = CopyFolder(tmp_path, "job", "a" * 16)
    names = [
        add(copies, "mona.png", data).name for data in (b"one", b"two", b"one", b"two", b"six")
    ]
    assert names == ["mona.png", "mona (2).png", "mona.png", "mona (2).png", "mona (3).png"]
    assert [(copies.path / name).read_bytes() for name in names[:2]] == [b"one", b"two"]


def test_a_long_name_is_cut_and_keeps_its_suffix(tmp_path: Path) -> None:
    copies = CopyFolder(tmp_path, "job", "a" * 16)
    for name in ("ä" * 300 + ".png", "x" * 300):
        file = add(copies, name, b"1")
        assert len(file.name.encode()) <= 180
        assert file.suffix == Path(name).suffix


def test_a_copy_that_fails_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = CopyFolder(tmp_path, "job", "a" * 16)
    copies.path.mkdir()
    (copies.path / f".{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        add(copies, "mona.png", b"1" * 100_000)
    assert list(copies.path.iterdir()) == []


def test_a_folder_gets_a_number_where_a_copied_file_has_its_name(tmp_path: Path) -> None:
    copies = CopyFolder(tmp_path, "job", "a" * 16)
    add(copies, "a.png", b"1")
    assert add(copies, "a.png/b.png", b"2").relative_to(copies.path) == Path("a.png (2)/b.png")
    assert add(copies, "a.png/b.png", b"2").relative_to(copies.path) == Path("a.png (2)/b.png")


def test_a_path_longer_than_file_systems_allow_loses_its_first_folders(tmp_path: Path) -> None:
    copies = CopyFolder(tmp_path, "job", "a" * 16)
    file = add(copies, "/".join(["d" * 100] * 60) + "/mona.png", b"1")
    assert file.read_bytes() == b"1"
    assert file.name == "mona.png"
    assert len(str(file.relative_to(copies.path))) <= 1000


def test_a_twin_is_linked_unless_the_system_refuses(tmp_path: Path) -> None:
    twin = tmp_path / "twin.png"
    twin.write_bytes(b"1")
    write_copy(tmp_path / "a.png", b"1", [tmp_path / "gone.png", twin])
    assert (tmp_path / "a.png").stat().st_ino == twin.stat().st_ino
    write_copy(tmp_path / "b.png", b"1", [tmp_path / "gone.png"])
    assert (tmp_path / "b.png").read_bytes() == b"1"
    with pytest.raises(FileExistsError):
        write_copy(tmp_path / "b.png", b"1", [twin])


def test_only_an_ordinary_file_with_its_content_is_a_copy(tmp_path: Path) -> None:
    file, link = tmp_path / "a.png", tmp_path / "link.png"
    file.write_bytes(b"1")
    link.symlink_to(file)
    sha256 = hashlib.sha256(b"1").hexdigest()
    assert has_content(file, 1, sha256)
    assert not any(has_content(path, 1, sha256) for path in (link, tmp_path, tmp_path / "gone"))
    assert not remove_copy(link, sha256, tmp_path)
    assert remove_copy(tmp_path / "gone", sha256, tmp_path)
    assert remove_copy(file, sha256, tmp_path)
    assert not file.exists()
