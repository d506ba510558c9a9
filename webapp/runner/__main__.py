"""`python -m webapp.runner`: run queued jobs until SIGTERM or SIGINT."""

from __future__ import annotations

import sys

from ml.errors import MonaError
from ml.sieve.executor import open_executor
from webapp.config import Settings
from webapp.logs import configure_logging
from webapp.runner.loop import Loop
from webapp.runner.stop import Stop
from webapp.runner.watching import start_watching
from webapp.services.health import LANE
from webapp.storage import Stores
from webapp.storage.lane import hold_lane
from webapp.storage.migrate import require_current


def main() -> int:
    """Run the lane. Returns 0 after a signal, 2 after a sentence if the runner cannot start."""
    try:
        settings = Settings.from_env()
        configure_logging(settings.log)
        _run(settings)
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
            start_watching(stores, stop)
            Loop(stores, executor, stop).run()
        finally:
            executor.close()


if __name__ == "__main__":
    sys.exit(main())
