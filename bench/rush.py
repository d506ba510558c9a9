"""Many complete requests for the home page at once: do a monitor and one more reader wait?

    python -m bench.rush [--readers 200]

The home page lists six finished jobs. All readers ask at the same moment and never again. A second
later, while they wait, one more asks for `/healthz`, and another for the home page.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bench.load import ARCHIVES, Figures, Person, draw_pictures, pack
from bench.server import ROOT, Server, serve

JOBS = 6  # as many as the home page lists
LATER_SECONDS = 1.0
PATHS = ("/healthz", "/")
MOST_SECONDS = 300
PERCENTILES = (50, 95, 100)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=200)
    readers: int = parser.parse_args().readers
    (ROOT / "build").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="rush-") as folder,
        serve(Path(folder)) as server,
    ):
        archive = pack(draw_pictures(), ARCHIVES[0])
        for _ in range(JOBS):
            Person(server, Figures()).sieve(archive)
        alone = [ask(server, path)[1] for path in PATHS]
        print(f"alone: /healthz {alone[0]:.2f} s, home page {alone[1]:.2f} s")
        print(make_table(server, readers))
    return 0


def make_table(server: Server, readers: int) -> str:
    """Let all readers ask, and the other one later. Returns what a person reads."""
    answers: list[tuple[str, float]] = []
    together = threading.Barrier(readers + 1)

    def read() -> None:
        together.wait()
        answers.append(ask(server, "/"))

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    together.wait()
    time.sleep(LATER_SECONDS)
    with ThreadPoolExecutor() as others:
        asked = [(path, others.submit(ask, server, path)) for path in PATHS]
    lines = [
        "one more, {}: {} after {:.2f} s".format(path, *answer.result()) for path, answer in asked
    ]
    for thread in threads:
        thread.join()
    lines.append(f"of {readers:,} readers:")
    for status, count in Counter(status for status, _ in answers).most_common():
        values = [seconds for one, seconds in answers if one == status]
        spread = ", ".join(f"p{p} {np.percentile(values, p):.2f} s" for p in PERCENTILES)
        lines.append(f"  {count:,} got {status}: {spread}")
    return "\n".join(lines)


def ask(server: Server, path: str) -> tuple[str, float]:
    """Return the status of an answer, or the error instead, and the seconds that it took."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=MOST_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            status = str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
    return status, time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
