"""Read the names in a job's archive in another encoding."""

from __future__ import annotations

import dataclasses

from ml.archive.names import ENCODINGS
from ml.archive.reader import read_paths
from webapp.errors import PreferenceRefused
from webapp.services import archives, jobs
from webapp.storage import Stores


def change_encoding(stores: Stores, job_id: str, encoding: str) -> None:
    """Read names that tell no encoding in this one. The download keeps their bytes.

    Raises PreferenceRefused, NotFound, ArchiveError.
    """
    if encoding not in ENCODINGS:
        raise PreferenceRefused(
            f"{encoding!r} is no encoding of names. It is one of: {', '.join(ENCODINGS)}."
        )
    archive = archives.find_archive(stores, jobs.get(stores, job_id))
    paths = read_paths(archive, encoding)  # slow, so it is done before the transaction
    with stores.writing() as tables:
        job = jobs.require_job(tables, job_id)
        tables.pictures.set_paths(job_id, paths)
        tables.jobs.save(dataclasses.replace(job, names_encoding=encoding))
