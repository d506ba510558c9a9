"""`python -m webapp.runner`: run queued jobs until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import sys

from ml.errors import MonaError
from ml.sieve.executor import open_executor
from webapp.config import Settings
from webapp.runner.lane import hold_lane
from webapp.runner.loop import Loop
from webapp.runner.stop import Stop
from webapp.storage import Stores
from webapp.storage.migrate import require_current

LANE = "sieve"


def main() -> int:
    """Run the lane. Returns 0 after a signal, 2 after a sentence if the runner cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        _run(Settings.from_env())
    except MonaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _run(settings: Settings) -> None:
    stores = Stores.open(settings)
    stores.files.prepare()
    with hold_lane(stores.files.lock(LANE)):
        require_current(stores.database)
        stop = Stop()
        stop.listen()
        executor = open_executor(
            settings.workers,
            cluster=settings.cluster,
            seconds=settings.worker_seconds,
            memory_bytes=settings.worker_memory_bytes,
        )
        try:
            Loop(stores, executor, stop).run()
        finally:
            executor.close()


if __name__ == "__main__":
    sys.exit(main())
