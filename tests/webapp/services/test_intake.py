"""Uploads of other formats, cut zips and zips within zips become jobs."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ml.archive.formats import ZIP
from ml.errors import ArchiveError
from tests.ml.archive.other_formats import pack_rar, pack_tar
from tests.ml.archive.zips import pack, pack_raw_names
from tests.webapp.made import arrived, drawn, everything
from tests.webapp.services.test_uploads import zip_bytes
from webapp.errors import IntakeBusy
from webapp.records import Preferences
from webapp.services import intake, preferences, review, uploads
from webapp.services.intake import list_archive
from webapp.storage import Stores


@pytest.mark.parametrize(("name", "pack_it"), [("a.tar", pack_tar), ("b.rar", pack_rar)])
def test_another_format_becomes_a_job_with_a_zip_and_leaves_no_upload(
    stores: Stores, tmp_path: Path, name: str, pack_it: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    members = {**drawn(2), "notes.txt": b"x"}
    upload = arrived(stores, name, pack_it(tmp_path / name, members).read_bytes())
    (job,) = uploads.accept(stores, [upload])
    with zipfile.ZipFile(stores.files.archive(job.id)) as zf:
        assert {info.filename: zf.read(info) for info in zf.infolist()} == members
    assert (job.name, job.total, job.skipped, job.archive_note) == (name, 3, 1, None)
    assert list(stores.files.uploads.iterdir()) == []


def test_a_cut_zip_becomes_a_job_that_says_so(stores: Stores) -> None:
    data = zip_bytes(drawn(3))
    upload = arrived(stores, "a.zip", data[: data.rindex(b"PK\3\4") + 100])
    (job,) = uploads.accept(stores, [upload])
    assert job.archive_note is not None
    assert job.archive_note.startswith(
        "The zip is incomplete: its end is missing. Before the break, MonaSieve read 3 f"
    )
    assert job.total == 3


@pytest.mark.parametrize("is_wanted", [False, True])
def test_zips_within_a_zip_are_opened_if_the_user_wants_it(stores: Stores, is_wanted: bool) -> None:
    preferences.save(stores, Preferences(target="red_circle", open_inner_zips=is_wanted))
    inner = zip_bytes({"x.png": drawn(1)["circle-000.png"]})
    upload = arrived(stores, "a.zip", zip_bytes({**drawn(1), "set.zip": inner}))
    (job,) = uploads.accept(stores, [upload])
    paths = [picture.path for picture in review.list_pictures(stores, job).pictures]
    assert paths == ["circle-000.png", "set.zip/x.png" if is_wanted else "set.zip"]


def test_the_encoding_of_names_is_stored_if_they_tell_none(stores: Stores, tmp_path: Path) -> None:
    japanese = pack_raw_names(tmp_path / "a.zip", {"写真のフォルダ.png".encode("cp932"): b"x"})
    marked = pack(tmp_path / "b.zip", {"原神.png": b"x"})
    encodings = [
        list_archive(stores, file, ZIP, tmp_path / "draft", open_inner_zips=False).encoding
        for file in (japanese, marked)
    ]
    assert encodings == ["cp932", None]


def test_a_refused_conversion_leaves_no_trace(stores: Stores) -> None:
    before = everything(stores)
    with pytest.raises(ArchiveError, match=r"a\.rar: The archive is damaged or incomp"):
        uploads.accept(stores, [arrived(stores, "a.rar", b"Rar!\x1a\x07\x01\x00 and no more")])
    assert everything(stores) == before


def test_one_part_of_a_split_archive_is_refused_as_such(stores: Stores) -> None:
    with pytest.raises(ArchiveError, match=r"^a\.7z\.001 is one part of an archive that was split"):
        uploads.accept(stores, [arrived(stores, "a.7z.001", b"7z\xbc\xaf\x27\x1c" + b"\0" * 99)])


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """Others unpack as many archives as allowed, until the test closes this."""
    monkeypatch.setattr(intake, "WAIT_SECONDS", 0.0)
    with ExitStack() as others:
        for _ in range(intake.CONVERSIONS):
            others.enter_context(intake._take_slot())
        yield others


def test_an_archive_that_gets_no_turn_to_be_unpacked_stays_and_is_accepted_later(
    stores: Stores, tmp_path: Path, busy: ExitStack
) -> None:
    upload = arrived(stores, "a.tar", pack_tar(tmp_path / "a.tar", drawn(2)).read_bytes())
    with busy, pytest.raises(IntakeBusy, match="2 other archives are being unpacked"):
        uploads.accept(stores, [upload])
    assert list(stores.files.uploads.iterdir()) == [upload.file]
    (job,) = uploads.accept(stores, [upload])
    assert job.total == 2


def test_a_zip_needs_no_turn(stores: Stores, busy: ExitStack) -> None:
    with busy:
        uploads.accept(stores, [arrived(stores, "a.zip", zip_bytes(drawn(1)))])


def test_refused_archives_give_their_turn_back(stores: Stores, busy: ExitStack) -> None:
    busy.close()
    for _ in range(intake.CONVERSIONS + 1):
        with pytest.raises(ArchiveError, match="damaged"):
            uploads.accept(stores, [arrived(stores, "a.7z", b"7z\xbc\xaf\x27\x1c and no more")])
