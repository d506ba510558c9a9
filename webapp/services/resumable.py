"""Uploads that continue after a broken line. The bytes are in a file, all else is in its row.

The file's size is the upload's offset, so the two cannot disagree. When the last byte is there, the
upload becomes a job of the same id.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Self

from ml.archive.limits import format_bytes
from ml.disk import is_disk_full
from ml.errors import StorageFull
from ml.scoring.piles import parse_confidence
from webapp.errors import (
    ChecksumMismatch,
    NotFound,
    OffsetMismatch,
    PreferenceRefused,
    TooManyTransfers,
    UploadBusy,
    UploadTooLarge,
)
from webapp.records import LOCAL_USER, Job
from webapp.services import new_jobs, uploads
from webapp.storage import Stores
from webapp.storage.locked_file import open_locked
from webapp.upload_records import ResumableUpload

EXPIRES_AFTER = timedelta(days=1)
"""An unfinished upload that gets no byte for so long is deleted."""
MOST_UNFINISHED = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class Checksum:
    """What a part's bytes must hash to."""

    algorithm: str
    digest: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Arrived:
    """An upload and how much of it is here."""

    upload: ResumableUpload
    offset: int
    expires: datetime
    job_id: str | None = None
    """The job that it became."""


@dataclasses.dataclass(frozen=True, slots=True)
class Choices:
    """What the sender chose for the job; None: as in the preferences."""

    name: str
    target: str | None
    confidence: float | None

    @classmethod
    def parse(cls, metadata: str) -> Self:
        """Read the header `Upload-Metadata`. Raises PreferenceRefused."""
        values = parse_metadata(metadata)
        try:
            confidence = parse_confidence(values["confidence"]) if "confidence" in values else None
        except ValueError as exc:
            raise PreferenceRefused(str(exc)) from exc
        return cls(
            name=values.get("filename", ""),
            target=values.get("target"),
            confidence=confidence,
        )


def parse_metadata(header: str) -> dict[str, str]:
    """`filename YS56aXA=,target bW9uYQ==` → a mapping. Raises PreferenceRefused."""
    values = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode()
        except ValueError as exc:
            raise PreferenceRefused(
                f"Upload-Metadata holds {pair[:60]!r}; write a key, a space and a value in Base64."
            ) from exc
    return values


def create(stores: Stores, *, length: int, metadata: str) -> ResumableUpload:
    """Make an empty upload. Everything that can be refused before a byte comes is refused here.

    Raises UploadTooLarge, StorageFull, TooManyTransfers, PreferenceRefused, NotFound.
    """
    choices = Choices.parse(metadata)
    new_jobs.choose_options(stores, choices.target, choices.confidence)
    _check_room(stores, length)
    upload = ResumableUpload(
        id=secrets.token_urlsafe(12),
        user_id=LOCAL_USER,
        name=choices.name,
        length=length,
        metadata=metadata,
        created=datetime.now(UTC),
    )
    with stores.writing() as tables:
        tables.uploads.add(upload)
    stores.files.resumable(upload.id).touch(mode=0o600)  # after its row: `delete_expired`
    return upload


def _check_room(stores: Stores, length: int) -> None:
    limit = stores.settings.max_upload_bytes
    if length > limit:
        raise UploadTooLarge(
            f"That upload has {format_bytes(length)}; the limit is {format_bytes(limit)}. Split "
            "the archive into smaller ones, or raise MONASIEVE_MAX_UPLOAD_BYTES."
        )
    unfinished = list_unfinished(stores)
    if len(unfinished) >= MOST_UNFINISHED:
        raise TooManyTransfers(
            f"There are {len(unfinished):,} unfinished uploads. Continue or cancel some first."
        )
    room = stores.files.free_bytes - sum(one.upload.length - one.offset for one in unfinished)
    if length > room:
        raise StorageFull(
            f"That upload has {format_bytes(length)}, and the disk has room for "
            f"{format_bytes(max(room, 0))}. Delete some jobs, then upload again."
        )


def find(stores: Stores, upload_id: str) -> Arrived:
    """Return an upload of the user, also one that has become a job.

    Raises NotFound, or UploadBusy while it becomes a job.
    """
    file = stores.files.resumable(upload_id)
    with stores.reading() as tables:
        upload = tables.uploads.get(upload_id)
        has_job = upload is not None and tables.jobs.get(upload_id) is not None
    if upload is not None and upload.user_id == LOCAL_USER:
        if has_job:
            return Arrived(upload, upload.length, upload.created + EXPIRES_AFTER, upload_id)
        with suppress(FileNotFoundError):
            return _measure(upload, file)
        if stores.files.archive(upload_id).exists():
            raise UploadBusy("This upload becomes a job right now. Try again shortly.")
    raise NotFound(f"There is no upload {upload_id!r}: it has expired, or it was cancelled.")


def _measure(upload: ResumableUpload, file: Path) -> Arrived:
    facts = file.stat()
    changed = datetime.fromtimestamp(facts.st_mtime, UTC)
    return Arrived(upload, facts.st_size, changed + EXPIRES_AFTER)


def list_unfinished(stores: Stores) -> list[Arrived]:
    """Return the uploads that have not become a job, the newest first."""
    with stores.reading() as tables:
        rows = tables.uploads.list_all()
    unfinished = []
    for row in rows:
        with suppress(FileNotFoundError):  # it has become a job
            unfinished.append(_measure(row, stores.files.resumable(row.id)))
    return unfinished


def append(
    stores: Stores,
    upload_id: str,
    *,
    offset: int,
    pieces: Iterable[bytes],
    checksum: Checksum | None = None,
) -> tuple[Arrived, Job | None]:
    """Write a part to its place. The last byte makes the upload a job, which is returned.

    What arrived before an error stays, except for a part with a checksum: it is kept whole or not
    at all. A refused archive is deleted.
    Raises OffsetMismatch, UploadBusy, UploadTooLarge, ChecksumMismatch, StorageFull, NotFound, and
    what `uploads.accept` raises.
    """
    arrived = find(stores, upload_id)
    upload = arrived.upload
    if arrived.job_id is not None:  # its client did not get the answer to the last part
        _check_offset(offset, arrived.offset)
        return arrived, None
    with open_locked(stores.files.resumable(upload_id)) as file:
        _check_offset(offset, file.seek(0, 2))
        try:
            if checksum:
                _write_checked(file, pieces, checksum, room=upload.length - offset)
            else:
                _write(file, pieces, room=upload.length - offset)
        except OSError as exc:
            if not is_disk_full(exc):
                raise
            raise StorageFull("The disk is full: make room, then the upload continues.") from exc
        job = finish(stores, upload) if file.tell() == upload.length else None
    return find(stores, upload_id), job


def _check_offset(offset: int, end: int) -> None:
    if offset != end:
        raise OffsetMismatch(f"{end:,} bytes are here, so that part cannot begin at {offset:,}.")


def _write(file: FileIO, pieces: Iterable[bytes], *, room: int) -> None:
    """Append the pieces. Raises UploadTooLarge before a byte too many is written."""
    for piece in pieces:
        if (room := room - len(piece)) < 0:
            raise UploadTooLarge("That part is longer than the rest of its upload.")
        left = memoryview(piece)
        while left:
            left = left[file.write(left) or 0 :]


def _write_checked(file: FileIO, pieces: Iterable[bytes], checksum: Checksum, *, room: int) -> None:
    """Append the pieces if they come whole and have this checksum; else write nothing."""
    start = file.tell()
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)

    def read_pieces() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    is_right = False
    try:
        _write(file, read_pieces(), room=room)
        is_right = digest.digest() == checksum.digest
    finally:
        if not is_right:
            file.truncate(start)
    if not is_right:
        raise ChecksumMismatch("That part was damaged on its way. Send it again.")


def finish(stores: Stores, upload: ResumableUpload) -> Job:
    """Make a job of a complete upload, whose file is locked. Raises what `uploads.accept` does."""
    choices = Choices.parse(upload.metadata)
    file = stores.files.resumable(upload.id)
    try:
        (job,) = uploads.accept(
            stores,
            [uploads.Upload(upload.name, file, id=upload.id)],
            target=choices.target,
            confidence=choices.confidence,
        )
    except BaseException:
        if not file.exists():
            _forget(stores, upload.id)
        raise
    return job


def cancel(stores: Stores, upload_id: str) -> None:
    """Delete an upload and what has arrived of it. Raises NotFound, UploadBusy."""
    find(stores, upload_id)
    file = stores.files.resumable(upload_id)
    with open_locked(file):
        file.unlink()
        _forget(stores, upload_id)


def _forget(stores: Stores, upload_id: str) -> None:
    with stores.writing() as tables:
        tables.uploads.remove(upload_id)


def delete_expired(stores: Stores, now: datetime) -> None:
    """Delete unfinished uploads that nobody continued, rows without use, and stray files."""
    present = stores.files.list_resumable()  # before the rows, because a row is older than its file
    with stores.reading() as tables:
        rows = {row.id: row for row in tables.uploads.list_all()}
    for upload_id in present - rows.keys():
        stores.files.resumable(upload_id).unlink(missing_ok=True)
    for row in rows.values():
        with suppress(NotFound, UploadBusy):
            arrived = find(stores, row.id)
            if arrived.offset < row.length and arrived.expires < now:  # a whole one becomes a job
                cancel(stores, row.id)
        if row.created + EXPIRES_AFTER < now and not stores.files.resumable(row.id).exists():
            _forget(stores, row.id)
