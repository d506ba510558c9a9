"""Make jobs of archives whose rows were never written, because their process was killed."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from ml.archive.folder import is_listing
from ml.errors import MonaError
from webapp.records import Job
from webapp.services import folders, uploads
from webapp.services.intents import Intent, read_intent
from webapp.services.job_log import log_phase
from webapp.services.new_jobs import choose_options
from webapp.services.uploads import Upload
from webapp.storage import Stores


def finish_intent(stores: Stores, file: Path) -> None:
    """Do what a killed process had noted and not finished. Raises what `recover` does.

    A resumable upload is left to `resumable.take_back_interrupted`.
    """
    job_id = stores.files.read_intended(file)
    try:
        claimed = file.rename(stores.files.intent(job_id))  # so no other process does it as well
    except FileNotFoundError:
        return
    with stores.reading() as tables:
        is_known = tables.jobs.get(job_id) is not None or tables.uploads.get(job_id) is not None
    if not is_known and stores.files.archive(job_id).exists():
        intent = read_intent(claimed, job_id)
        if intent.is_repeated:
            stores.files.remove_job(job_id)
        else:
            recover(stores, job_id, intent)
    claimed.unlink()


def recover(stores: Stores, job_id: str, intent: Intent) -> Job:
    """Make a job of the archive in a folder that has no row, and remove that folder.

    Raises MonaError if it cannot become one. The archive then stays.
    """
    archive = stores.files.archive(job_id)
    is_folder = is_listing(archive)
    link = stores.files.new_listing() if is_folder else stores.files.new_upload()
    os.link(archive, link)  # a refused upload is deleted, but the archive must stay
    try:
        options = choose_options(stores, intent.target, intent.confidence, intent.start_at_once)
        # Its zips inside a zip were opened before, if the user wanted that.
        wanted = dataclasses.replace(options.preferences, open_inner_zips=False)
        options = dataclasses.replace(options, preferences=wanted)
        if is_folder:
            job = folders.accept_listing(stores, link, options)
        else:
            upload = Upload(intent.name, link)
            (job,) = uploads.accept(stores, [upload], options=options, note=intent.note)
    except MonaError:
        link.unlink(missing_ok=True)
        raise
    stores.files.remove_job(job_id)
    log_phase(job.id, "recovered", before=job_id)
    return job
