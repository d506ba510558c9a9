"""Copies kept pictures, and takes copies back, between the shards of running jobs."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Generator

from webapp.copy_records import Copy
from webapp.errors import NotFound
from webapp.services import copies, queue
from webapp.storage import Stores

log = logging.getLogger(__name__)

STEP_SECONDS = 0.2
"""For so long it works before jobs are served again."""


@dataclasses.dataclass(slots=True)
class Copier:
    """Works on one request at a time, the oldest first."""

    stores: Stores
    _copy: Copy | None = None
    _work: Generator[None, None, str] | None = None

    @property
    def is_busy(self) -> bool:
        """There is something left to do."""
        return self._work is not None

    def sync(self) -> None:
        """Begin with the next request, if there is one."""
        if self._work is None and (copy := copies.find_next(self.stores)) is not None:
            self._copy, self._work = copy, copies.work_on(self.stores, copy)

    def step(self) -> None:
        """Work for a moment. Raises a temporary failure; the work then begins again later."""
        copy, work = self._copy, self._work
        if copy is None or work is None:
            return
        until = time.monotonic() + STEP_SECONDS
        try:
            while time.monotonic() < until:
                next(work)
        except StopIteration as end:
            self._work = None
            copies.finish(self.stores, copy, str(end.value))
        except NotFound:  # the user deleted the job
            self._work = None
        except Exception as error:
            self._work = None
            if queue.is_temporary(error):
                raise
            log.exception("copying pictures of job %s failed", copy.job_id)
            copies.finish(self.stores, copy, queue.describe(error))
