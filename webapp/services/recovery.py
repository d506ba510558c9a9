"""Make jobs or uploads of archives whose rows were never written: their process was killed."""

from __future__ import annotations

import dataclasses
import os
import shutil
from contextlib import suppress
from pathlib import Path

from ml.archive.folder import is_listing
from ml.sieve.read_report import is_report
from webapp.errors import NotFound, UploadBusy
from webapp.records import Job
from webapp.services import folders, uploads
from webapp.services.intents import Intent, read_intent
from webapp.services.job_log import log_phase
from webapp.services.new_jobs import choose_options
from webapp.services.uploads import Upload
from webapp.storage import Stores
from webapp.storage.locked_file import open_locked


def take_back_interrupted(stores: Stores) -> None:
    """Make uploads again of archives whose job was never committed, because its process died.

    Then the client continues with an empty part. An upload that becomes a job right now is locked.
    """
    with stores.reading() as tables:
        rows = tables.uploads.list_all()
    for row in rows:
        archive, file = stores.files.archive(row.id), stores.files.resumable(row.id)
        if archive.exists():
            with suppress(NotFound, UploadBusy), open_locked(file if file.exists() else archive):
                with stores.reading() as tables:
                    is_job = tables.jobs.get(row.id) is not None
                if not is_job:
                    stores.files.hand_back(row.id, file)


def finish_intent(stores: Stores, file: Path) -> None:
    """Do what a killed process had noted and not finished. Raises what `recover` does.

    A resumable upload is left to `take_back_interrupted`.
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

    Raises MonaError or OSError if it cannot become one. The archive then stays.
    """
    archive = stores.files.archive(job_id)
    is_folder = is_listing(archive)
    # A refused upload is deleted, but what lies in the folder must stay.
    upload = stores.files.new_listing() if is_folder else stores.files.new_upload()
    report = stores.files.new_upload()
    sent = [Upload(intent.name, upload)]
    try:
        _duplicate(archive, upload)
        kept = stores.files.report(job_id)
        if intent.report and kept.is_file() and is_report(kept):
            _duplicate(kept, report)
            sent.append(Upload(intent.report, report))
        options = choose_options(stores, intent.target, intent.confidence, intent.start_at_once)
        # Its zips inside a zip were opened before, if the user wanted that.
        wanted = dataclasses.replace(options.preferences, open_inner_zips=False)
        options = dataclasses.replace(options, preferences=wanted)
        if is_folder:
            job = folders.accept_listing(stores, upload, options)
        else:
            (job,) = uploads.accept(stores, sent, options=options, note=intent.note)
    finally:
        for file in (upload, report):
            file.unlink(missing_ok=True)
    stores.files.remove_job(job_id)
    log_phase(job.id, "recovered", before=job_id)
    return job


def _duplicate(file: Path, name: Path) -> None:
    """Give a file a second name, or copy it where the file system has no hard links."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)
