"""Copy kept pictures to a storage folder, and take the copies back.

A page asks, the runner works. The journal has each file before it is written, so that taking back
finds all of them after a crash, and only them.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

from ml.archive.reader import OpenArchive
from ml.disk import is_disk_full
from ml.errors import MemberUnreadable, MonaError
from ml.scoring.piles import Pile
from webapp.copy_records import Copy, CopyPlan, CopyState
from webapp.errors import Gone, IllegalTransition
from webapp.records import Job, Picture
from webapp.safe_names import mask_hostile
from webapp.services.jobs import get, require_job
from webapp.storage import Stores
from webapp.storage.copies import (
    CopyFolder,
    ListedCopyFolder,
    has_content,
    remove_copy,
    write_copy,
)
from webapp.storage.picture_query import PictureQuery

_PAGE = 200
_TWINS = 3
"""So many files of the same content are tried for a link."""


def plan_copy(stores: Stores, job_id: str, folder: str) -> CopyPlan:
    """Return what `request_copy` would do, without writing anything. Raises FolderRefused."""
    job = get(stores, job_id)
    parent = stores.files.copy_folder(folder)
    root = stores.files.storage_root.resolve()
    pictures = present = new_bytes = 0
    with stores.reading() as tables:
        written = tables.copies.read_hashes(job_id).items()
        known = {f"{root}/{path}": sha256 for path, sha256 in written}
        place = ListedCopyFolder(parent, job.name, job.id, known)
        is_there = place.path.is_dir()
        for path, size, sha256 in tables.columns.iter_contents(PictureQuery.of(job), Pile.KEPT):
            pictures += 1
            if is_there and sha256 and place.find_place(path, size, sha256)[1]:
                present += 1
            else:
                new_bytes += size
    free = shutil.disk_usage(root if root.is_dir() else stores.files.root).free
    return CopyPlan(place.path, pictures, present, new_bytes, free)


def request_copy(stores: Stores, job_id: str, folder: str) -> None:
    """Let the runner copy the kept pictures. Raises FolderRefused, IllegalTransition, NotFound."""
    stores.files.copy_folder(folder)
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if not job.state.is_over:
            raise IllegalTransition(f"“{job.name}” is not over yet. Copy its pictures afterwards.")
        if any(copy.state is not CopyState.DONE for copy in tables.copies.list_of_job(job_id)):
            raise IllegalTransition("Pictures of this job are being copied. Wait until it is done.")
        tables.copies.add(job_id, folder)


def request_return(stores: Stores, job_id: str, copy_id: int) -> None:
    """Let the runner take copies back. Raises NotFound."""
    with stores.writing() as tables:
        require_job(tables, job_id)
        copy = tables.copies.get(copy_id)
        if copy is None or copy.job_id != job_id:
            raise Gone("These copies have been taken back already.")
        tables.copies.set_state(copy_id, CopyState.RETURNING)


def list_copies(stores: Stores, job_id: str) -> list[Copy]:
    """Return a job's copies that were not taken back, the newest first."""
    with stores.reading() as tables:
        return tables.copies.list_of_job(job_id)


def find_next(stores: Stores) -> Copy | None:
    """Return the copy that the runner works on next."""
    with stores.reading() as tables:
        return tables.copies.find_next()


def work_on(stores: Stores, copy: Copy) -> Generator[None, None, str]:
    """Copy the pictures or take them back, one a step. Returns a sentence about the result.

    A full disk or a lost folder ends the copying; what was copied stays.
    """
    job = get(stores, copy.job_id)
    if copy.state is CopyState.RETURNING:
        return (yield from _take_back(stores, job, copy))
    return (yield from _copy_kept(stores, job, copy))


def finish(stores: Stores, copy: Copy, sentence: str) -> None:
    """Note the end of the work on a copy; the sentence becomes the job's note."""
    with stores.writing() as tables:
        if copy.state is CopyState.RETURNING:
            tables.copies.remove(copy.id)
        else:
            tables.copies.set_state(copy.id, CopyState.DONE)
        tables.jobs.set_note(copy.job_id, sentence)


def _copy_kept(stores: Stores, job: Job, copy: Copy) -> Generator[None, None, str]:
    copied = 0
    refused: list[str] = []
    try:
        place = _open_folder(stores, job, copy.folder)
        with OpenArchive(stores.files.archive(job.id), stores.settings.limits) as archive:
            for picture in _iter_kept(stores, job):
                fault = _copy(stores, copy, place, archive, picture)
                if fault is None:
                    copied += 1
                else:
                    refused.append(f"“{mask_hostile(picture.path)[:80]}” ({fault})")
                yield
    except (MonaError, OSError) as exc:
        return f"Copying ended after {copied:,} kept pictures: {exc}"
    return f"{copied:,} kept pictures were copied to {place.path}.{_describe_refused(refused)}"


def _copy(
    stores: Stores, copy: Copy, place: CopyFolder, archive: OpenArchive, picture: Picture
) -> str | None:
    """Copy one picture unless it is there. Returns why it cannot be copied; None if it can.

    Raises OSError if no picture can be copied.
    """
    try:
        data = archive.read(picture.number)
        _write(stores, copy, place, picture.path, data, archive.find_file(picture.number))
    except MemberUnreadable as exc:  # a file of a folder that was changed
        return str(exc)
    except OSError as exc:
        if is_disk_full(exc) or not place.path.is_dir():
            raise
        return f"the file system refuses it: {exc.strerror or exc}"
    return None


def _write(
    stores: Stores, copy: Copy, place: CopyFolder, member: str, data: bytes, original: Path | None
) -> None:
    """Write a copy, or link it to `original` or to another file of this content. Raises OSError."""
    sha256 = hashlib.sha256(data).hexdigest()
    file, is_there = place.find_place(member, len(data), sha256)
    if is_there:
        return
    root = stores.files.storage_root.resolve()
    path = str(file.relative_to(root))
    with stores.writing() as tables:
        twins = [root / twin for twin in tables.copies.list_same(sha256, limit=_TWINS)]
        twins += [original] if original else []
        tables.copies.add_file(copy.id, path, sha256)
    try:
        write_copy(file, data, (twin for twin in twins if has_content(twin, len(data), sha256)))
    except OSError:
        with stores.writing() as tables:
            tables.copies.remove_file(copy.id, path)
        raise


def _take_back(stores: Stores, job: Job, copy: Copy) -> Generator[None, None, str]:
    root = stores.files.storage_root.resolve()
    folder = _open_folder(stores, job, copy.folder).path
    changed = 0
    after = ""
    while True:
        with stores.reading() as tables:
            page = tables.copies.list_files(copy.id, after=after, limit=_PAGE)
        if not page:
            break
        for path, sha256 in page:
            after = path
            try:
                is_removed = remove_copy(root / path, sha256, folder.parent)
            except OSError:
                is_removed = False
            if is_removed:
                with stores.writing() as tables:
                    tables.copies.remove_file(copy.id, path)
            else:
                changed += 1
            yield
    left = f" {changed:,} were changed since, so they are left there." if changed else ""
    return f"The copies in {folder} were taken back.{left}"


def _open_folder(stores: Stores, job: Job, folder: str) -> CopyFolder:
    """Return the job's own folder in one that the user named. Raises FolderRefused."""
    return CopyFolder(stores.files.copy_folder(folder), job.name, job.id)


def _describe_refused(pictures: list[str]) -> str:
    if not pictures:
        return ""
    more = f" and {len(pictures) - 3:,} more" if len(pictures) > 3 else ""
    return f" Not copied: {', '.join(pictures[:3])}{more}."


def _iter_kept(stores: Stores, job: Job) -> Iterator[Picture]:
    """Yield the kept pictures in archive order. Each page has its own short transaction."""
    after = -1
    while True:
        query = PictureQuery.of(get(stores, job.id))
        with stores.reading() as tables:
            page = tables.pictures.list_page(query, Pile.KEPT, after=after, limit=_PAGE)
        if not page:
            return
        yield from page
        after = page[-1].number
