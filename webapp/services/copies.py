"""Copy kept pictures to a storage folder at the end of their job, or link those of a folder."""

from __future__ import annotations

from collections.abc import Generator

from ml.archive.reader import OpenArchive
from ml.disk import is_disk_full
from ml.errors import MemberUnreadable, MonaError
from ml.scoring.piles import Pile
from webapp.records import Job
from webapp.safe_names import mask_hostile
from webapp.services.jobs import get
from webapp.storage import Stores
from webapp.storage.copies import Copies
from webapp.storage.picture_query import PictureQuery

_PAGE = 200


def copy_kept(stores: Stores, job: Job) -> Generator[None, None, str]:
    """Copy the kept pictures of a job, one a step. Returns a sentence about the result.

    It yields after each picture, so that the runner can serve other jobs in between. A second run
    copies nothing twice. A picture that cannot be copied is named at the end. A full disk or
    a lost folder ends the copying; the job still succeeds.
    """
    copied = 0
    refused: list[str] = []
    try:
        parent = stores.files.copy_folder(job.copy_folder or "")
        copies = Copies(parent, job.name, job.id)
        with OpenArchive(stores.files.archive(job.id), stores.settings.limits) as archive:
            after = -1
            while page := _list_kept(stores, job, after):
                for number, path in page:
                    fault = _copy(copies, archive, number, path)
                    if fault is None:
                        copied += 1
                    else:
                        refused.append(f"“{mask_hostile(path)[:80]}” ({fault})")
                    after = number
                    yield
    except (MonaError, OSError) as exc:
        return f"Copying ended after {copied:,} kept pictures: {exc}"
    return f"{copied:,} kept pictures were copied to {copies.folder}.{_describe_refused(refused)}"


def _copy(copies: Copies, archive: OpenArchive, number: int, path: str) -> str | None:
    """Copy one picture. Returns why it cannot be copied; None if it was. Raises for a full disk."""
    try:
        copies.add(path, archive.read(number), archive.find_file(number))
    except MemberUnreadable as exc:  # a file of a folder that was changed
        return str(exc)
    except OSError as exc:
        if is_disk_full(exc) or not copies.folder.is_dir():
            raise
        return f"the file system refuses it: {exc.strerror}"
    return None


def _describe_refused(pictures: list[str]) -> str:
    if not pictures:
        return ""
    more = f" and {len(pictures) - 3:,} more" if len(pictures) > 3 else ""
    return f" Not copied: {', '.join(pictures[:3])}{more}."


def _list_kept(stores: Stores, job: Job, after: int) -> list[tuple[int, str]]:
    """Return some kept pictures above a number, as (number, path in the archive)."""
    query = PictureQuery.of(get(stores, job.id))
    with stores.reading() as tables:
        page = tables.pictures.list_page(query, Pile.KEPT, after=after, limit=_PAGE)
    return [(picture.number, picture.path) for picture in page]
