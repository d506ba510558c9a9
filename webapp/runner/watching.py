"""Look into the watched folder in a thread of the runner, so that scoring never waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from webapp.runner.stop import Stop
from webapp.services import queue
from webapp.services.watched import Watcher
from webapp.storage import Stores

log = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0
_PAUSES = 20
"""A look that takes long is followed by a pause of so many times its length."""


def start_watching(stores: Stores, stop: Stop) -> None:
    """Start the thread, if the operator named a folder. It ends with the process."""
    if stores.settings.watch:
        watcher = Watcher(stores)
        threading.Thread(target=watch, args=(watcher.look, stop), daemon=True).start()


def watch(look: Callable[[], None], stop: Stop) -> None:
    """Call `look` until stopped. An error is logged once and tried again."""
    trouble, pause = "", 0.0
    while not stop.wait(pause):
        begun = time.monotonic()
        before, trouble = trouble, _try(look)
        if trouble and trouble != before:
            log.warning("the watched folder waits: %s", trouble)
        pause = max(PAUSE_SECONDS, _PAUSES * (time.monotonic() - begun))


def _try(look: Callable[[], None]) -> str:
    """Call `look`. Returns what went wrong, as a sentence; empty if nothing did."""
    try:
        look()
    except OSError as error:
        return f"{error.filename or ''} cannot be read: {error.strerror}."
    except Exception as error:  # noqa: BLE001 - it must not end the thread
        return queue.describe(error)
    return ""
