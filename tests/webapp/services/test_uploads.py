import dataclasses
import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from ml.archive.limits import Limits
from ml.errors import ArchiveError, ArchiveTooLarge, MonaError, StorageFull
from ml.scoring.piles import Outcome
from tests.webapp.made import arrived, drawn, everything, packed, queued
from webapp.config import Settings
from webapp.errors import NotFound, PreferenceRefused
from webapp.records import JobState, Preferences
from webapp.services import new_jobs, preferences, review, uploads
from webapp.services.uploads import Upload
from webapp.storage import Stores

Refused = Callable[[Stores], list[Upload]]


def with_settings(stores: Stores, **changes: int) -> Stores:
    return dataclasses.replace(stores, settings=dataclasses.replace(stores.settings, **changes))  # type: ignore[arg-type]


def zip_bytes(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as zf:
        for name, data in members.items():
            zf.writestr(name, data)
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    """Set the flag of encryption in every header of a zip."""
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(mark)
        while at >= 0:
            data = data[: at + offset] + b"\x01" + data[at + offset + 1 :]
            at = data.find(mark, at + 4)
    return data


def test_a_zip_becomes_a_queued_job_that_keeps_the_very_file(stores: Stores) -> None:
    upload = packed(stores, {**drawn(2), "notes.txt": b"x"}, "../holiday.zip")
    inode, data = upload.file.stat().st_ino, upload.file.read_bytes()
    (job,) = uploads.accept(stores, [upload])
    archive = stores.files.archive(job.id)
    assert (archive.stat().st_ino, archive.read_bytes()) == (inode, data)
    assert not upload.file.exists()
    assert (job.name, job.state, job.total, job.done) == ("holiday.zip", JobState.QUEUED, 3, 1)


def test_members_are_listed_in_the_archives_order_with_their_reasons(stores: Stores) -> None:
    job = queued(stores, {"b.png": b"1", "a.txt": b"2", "__MACOSX/._b.png": b"3"})
    listed = review.list_pictures(stores, job).pictures
    assert [(p.number, p.path, p.outcome) for p in listed] == [
        (0, "b.png", Outcome.WAITING),
        (1, "a.txt", Outcome.SKIPPED),
        (2, "__MACOSX/._b.png", Outcome.SKIPPED),
    ]
    assert [p.reason for p in listed] == [None, "not a picture", "macOS system file"]


def test_each_zip_is_a_job_and_loose_pictures_are_one_together(stores: Stores) -> None:
    pictures = list(drawn(2).values())
    made = uploads.accept(
        stores,
        [
            arrived(stores, "one.png", pictures[0]),
            packed(stores, drawn(3), "a.zip"),
            arrived(stores, "../up/two.png", pictures[1]),
            arrived(stores, "notes.txt", b"among pictures it is merely skipped"),
            packed(stores, drawn(4), "b.zip"),
        ],
    )
    assert [(job.name, job.total) for job in made] == [
        ("a.zip", 3),
        ("b.zip", 4),
        ("3 pictures", 3),
    ]
    with zipfile.ZipFile(stores.files.archive(made[2].id)) as zf:
        assert zf.namelist() == ["one.png", "up/two.png", "notes.txt"]
        assert zf.read("one.png") == pictures[0]
    assert not list(stores.files.uploads.iterdir())


def test_a_single_picture_gives_its_job_its_name(stores: Stores) -> None:
    (job,) = uploads.accept(stores, [arrived(stores, "x\\me.png", drawn(1)["circle-000.png"])])
    assert (job.name, job.total) == ("me.png", 1)


def test_a_long_name_is_cut(stores: Stores) -> None:
    assert len(queued(stores, drawn(1), "n" * 5000 + ".zip").name) == 201


def test_a_name_that_misleads_is_made_visible_before_any_sentence_says_it(stores: Stores) -> None:
    assert queued(stores, drawn(1), "a\u202egpj.exe\n.zip").name == "a\ufffdgpj.exe\ufffd.zip"
    with pytest.raises(ArchiveError) as refused:
        uploads.accept(stores, [arrived(stores, "b\u202ezip.exe.zip", b"PK cut off")] * 2)
    assert "b\ufffdzip.exe.zip" in str(refused.value)


def test_a_character_is_unsure_from_a_whole_percentage(stores: Stores) -> None:
    options = new_jobs.choose_options(stores, "keqing", None)
    lowest = min(options.target.card.thresholds.values())
    assert lowest != pytest.approx(options.thresholds.unsure, abs=1e-9)
    assert f"{options.thresholds.unsure:.2f}" == f"{lowest:.2f}"
    assert 100 * options.thresholds.unsure == pytest.approx(round(100 * lowest))


def test_preferences_decide_unless_the_upload_says_more(stores: Stores) -> None:
    chosen = Preferences(
        confidence=0.7,
        target="red_circle",
        start_at_once=False,
        copy_kept=True,
        copy_folder="out",
    )
    preferences.save(stores, chosen)
    job = queued(stores, drawn(1))
    assert (job.threshold, job.unsure_threshold, job.state) == (0.7, 0.5, JobState.WAITING)
    assert (job.target_title, job.copy_folder) == ("Red circle", "out")
    (other,) = uploads.accept(
        stores, [packed(stores, drawn(1))], confidence=0.2, start_at_once=True
    )
    assert (other.threshold, other.state) == (0.2, JobState.QUEUED)


REFUSED: dict[str, tuple[Refused, type[MonaError], str]] = {
    "nothing": (lambda _: [], ArchiveError, "No file arrived"),
    "an empty file": (lambda s: [arrived(s, "a.zip", b"")], ArchiveError, "empty"),
    "an empty picture": (lambda s: [arrived(s, "a.png", b"")], ArchiveError, "empty"),
    "no archive": (lambda s: [arrived(s, "a.zip", b"hello")], ArchiveError, "^a.zip is neither an"),
    "a text": (lambda s: [arrived(s, "a.txt", b"hello")], ArchiveError, "neither an archive"),
    "an archive of nothing": (lambda s: [packed(s, {})], ArchiveError, "no file in it"),
    "an encrypted archive": (
        lambda s: [arrived(s, "a.zip", encrypted(zip_bytes(drawn(3))))],
        ArchiveError,
        "encrypted",
    ),
    "no picture in it": (lambda s: [packed(s, {"a.txt": b"x"})], ArchiveError, "no pictures"),
    "too many members": (lambda s: [packed(s, drawn(6))], ArchiveTooLarge, "6 members"),
    "too many loose pictures": (
        lambda s: [arrived(s, name, data) for name, data in drawn(6).items()],
        ArchiveTooLarge,
        "more than 5 files",
    ),
    "unpacks to too much": (
        lambda s: [packed(s, {"a.png": b"x" * 2_000_000})],
        ArchiveTooLarge,
        "unpacks to 2,000,000",
    ),
    "loose pictures of too many bytes": (
        lambda s: [arrived(s, f"{n}.png", b"x" * 600_000) for n in range(2)],
        ArchiveTooLarge,
        "more than 1,000,000 bytes",
    ),
    "one bad archive among good ones": (
        lambda s: [
            packed(s, drawn(2)),
            arrived(s, "p.png", drawn(1)["circle-000.png"]),
            arrived(s, "bad.zip", zip_bytes(drawn(2))[100:]),
        ],
        ArchiveError,
        "bad.zip: ",
    ),
    "one that is no archive among good pictures": (
        lambda s: [arrived(s, "p.png", drawn(1)["circle-000.png"]), arrived(s, "b.7z", b"7z")],
        ArchiveError,
        "b.7z: The archive is damaged or incomplete",
    ),
    "one text beside a good archive": (
        lambda s: [packed(s, drawn(2)), arrived(s, "a.txt", b"hello")],
        ArchiveError,
        r"a\.txt is neither.* None of the 2 files sent together is taken\.$",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_leaves_no_trace(stores: Stores, kind: str) -> None:
    make, error, sentence = REFUSED[kind]
    strict = with_settings(stores, max_members=5, max_unpacked_bytes=1_000_000)
    queued(stores, drawn(1))
    before = everything(stores)
    sent = make(strict)
    with pytest.raises(error, match=sentence):
        uploads.accept(strict, sent)
    assert everything(stores) == before


def test_a_confidence_that_is_none_is_refused_without_a_trace(stores: Stores) -> None:
    before = everything(stores)
    upload = packed(stores, drawn(1))
    with pytest.raises(PreferenceRefused, match="between 0 % and 100 %, not at 150 %"):
        uploads.accept(stores, [upload], confidence=1.5)
    upload.file.unlink()  # it may be accepted later
    assert everything(stores) == before


def test_a_target_that_is_gone_refuses_uploads_without_a_trace(stores: Stores) -> None:
    (stores.files.targets / "red_circle").unlink()
    before = everything(stores)
    upload = packed(stores, drawn(1))
    with pytest.raises(NotFound, match="no character 'red_circle'"):
        uploads.accept(stores, [upload])
    upload.file.unlink()  # it may be accepted later
    assert everything(stores) == before


def test_a_database_without_room_refuses_uploads_without_a_trace(stores: Stores) -> None:
    before = everything(stores)
    upload = packed(stores, {f"{n}.png": b"x" for n in range(5_000)})

    def no_more_pages(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size at least

    stores.database.close()
    event.listen(stores.database.engine, "connect", no_more_pages)
    with pytest.raises(StorageFull, match="full or failing"):
        uploads.accept(stores, [upload])
    upload.file.unlink()  # its sender may try again
    assert everything(stores) == before


def test_loose_pictures_that_fill_the_disk_leave_no_trace(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = arrived(stores, "a.png", b"x" * 100_000)
    full = stores.files.uploads / "draft"
    full.symlink_to("/dev/full")
    monkeypatch.setattr(stores.files, "new_upload", lambda: full)
    with pytest.raises(StorageFull, match="no room left"):
        uploads.accept(stores, [upload])
    assert list(stores.files.uploads.iterdir()) == [upload.file], "its sender may try again"
    assert everything(stores)["table jobs"] == []


def test_a_name_that_is_no_text_becomes_one(stores: Stores) -> None:
    assert queued(stores, drawn(1), "\ud800\0.zip").name == "?.zip"


def test_a_folder_that_cannot_be_made_leaves_no_trace(stores: Stores) -> None:
    stores.files.jobs.rmdir()
    stores.files.jobs.write_bytes(b"")  # a file in the place of the folder
    before = everything(stores)
    upload = packed(stores, drawn(1))
    with pytest.raises(NotADirectoryError):
        uploads.accept(stores, [upload])
    upload.file.unlink()  # it may be accepted later
    assert everything(stores) == before


@pytest.mark.slow
def test_a_hundred_thousand_members_are_listed_in_seconds(stores: Stores, tmp_path: Path) -> None:
    assert Settings().limits == Limits()
    job = queued(stores, {f"folder/{n:06d}.jpg": b"x" for n in range(100_000)})
    assert job.total == 100_000
    last = review.list_pictures(stores, job, after=99_998).pictures
    assert [p.path for p in last] == ["folder/099999.jpg"]
