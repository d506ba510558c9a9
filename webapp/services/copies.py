"""Copy kept pictures to a storage folder at the end of their job."""

from __future__ import annotations

from collections.abc import Generator

from ml.archive.reader import OpenArchive
from ml.errors import MonaError
from ml.scoring.piles import Pile
from webapp.records import Job
from webapp.services.jobs import get
from webapp.storage import Stores
from webapp.storage.copies import Copies
from webapp.storage.picture_query import PictureQuery

_PAGE = 200


def copy_kept(stores: Stores, job: Job) -> Generator[None, None, str]:
    """Copy the kept pictures of a job, one a step. Returns a sentence about the result.

    It yields after each picture, so that the runner can serve other jobs in between. A second run
    copies nothing twice. An error of the folder ends the copying; the job still succeeds.
    """
    copied = 0
    try:
        parent = stores.files.copy_folder(job.copy_folder or "")
        copies = Copies(parent, job.name, job.id)
        with OpenArchive(stores.files.archive(job.id), stores.settings.limits) as archive:
            after = -1
            while page := _list_kept(stores, job, after):
                for number, path in page:
                    copies.add(path, archive.read(number))
                    copied += 1
                    after = number
                    yield
    except (MonaError, OSError) as exc:
        return f"Copying ended after {copied:,} kept pictures: {exc}"
    return f"{copied:,} kept pictures were copied to {copies.folder}."


def _list_kept(stores: Stores, job: Job, after: int) -> list[tuple[int, str]]:
    """Return some kept pictures above a number, as (number, path in the archive)."""
    query = PictureQuery.of(get(stores, job.id))
    with stores.reading() as tables:
        page = tables.pictures.list_page(query, Pile.KEPT, after=after, limit=_PAGE)
    return [(picture.number, picture.path) for picture in page]
