"""Make jobs of complete uploads whose client is gone.

A browser may be closed while an archive is checked, because its page says that all has arrived.
"""

from __future__ import annotations

import logging
import threading

from ml.errors import ArchiveError, TemporaryFailure
from webapp.errors import NotFound, UploadBusy
from webapp.safe_names import mask_hostile
from webapp.services import new_jobs, resumable
from webapp.services.resumable import Choices
from webapp.storage import Stores
from webapp.storage.locked_file import open_locked
from webapp.upload_records import ResumableUpload

log = logging.getLogger(__name__)

PAUSE_SECONDS = 60.0


def keep_finishing(stores: Stores) -> None:
    """Finish complete uploads once a minute, while the process lives."""
    while True:
        try:
            finish_complete(stores)
        except Exception:
            log.exception("complete uploads could not be looked for and will be again")
        threading.Event().wait(PAUSE_SECONDS)


def finish_complete(stores: Stores) -> None:
    """Make a job of each upload that is complete, a failed one if it is refused.

    An upload that a request works on is left to it.
    """
    for arrived in resumable.list_unfinished(stores):
        if arrived.offset < arrived.upload.length:
            continue
        try:
            _finish(stores, arrived.upload)
        except (NotFound, UploadBusy):
            continue  # it was cancelled or is a job by now, or a request works on it
        except TemporaryFailure as error:
            log.warning("the upload %s waits: %s", arrived.upload.id, error)
        except Exception:
            log.exception("the upload %s could not become a job", arrived.upload.id)


def _finish(stores: Stores, upload: ResumableUpload) -> None:
    with open_locked(stores.files.resumable(upload.id)):
        try:
            resumable.finish(stores, upload)
        except ArchiveError as error:
            choices = Choices.parse(upload.metadata)
            options = new_jobs.choose_options(stores, choices.target, choices.confidence)
            name = mask_hostile(upload.name)[: new_jobs.NAME_LENGTH]
            new_jobs.add_failed_job(
                stores,
                name,
                options,
                str(error),
                lambda tables: tables.uploads.remove(upload.id),
            )
