"""Store what a download holds, so that each part of it that is fetched comes from the same zip."""

from __future__ import annotations

import hashlib

from ml.disk import is_disk_full, write_atomically
from ml.errors import StorageFull
from webapp.storage import Stores


def save_selection(stores: Stores, job_id: str, text: str) -> str:
    """Store which pictures are to be downloaded. Returns the name: the same for the same text.

    The job's deletion removes it. Raises StorageFull.
    """
    content = text.encode()
    name = hashlib.sha256(content).hexdigest()[:16]
    file = stores.files.selection(job_id, name)
    try:
        file.parent.mkdir(exist_ok=True)
        write_atomically(file, [content])
    except OSError as error:
        if is_disk_full(error):
            raise StorageFull("The disk is full. Free some room and download again.") from error
        raise
    return name
