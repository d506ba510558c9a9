"""`monasieve serve` on a data folder of its own, and the memory of its processes by their task."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench.program import list_descendants, measure_pss

ROOT = Path(__file__).resolve().parent.parent
SERVE = (sys.executable, "-m", "webapp.command", "serve")
START_SECONDS = 120
TASKS = {
    "wsgi:app": "web (gunicorn and its worker)",
    "webapp.runner": "runner",
    "spawn_main": "scoring workers, together",
    "multiprocessing.resource_tracker": "runner",
    "supervisor": "supervisor",
    "serve": "start",
}
"""What a word of a process's command line tells about its task."""


class Server:
    """The program, and what its processes weigh."""

    def __init__(self, data: Path, command: tuple[str, ...] = SERVE, folder: Path = ROOT) -> None:
        """Start it; `wait` tells how long the first page took."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.port = port
        self._begun = time.monotonic()
        env = {**os.environ, "PORT": str(port), "MONASIEVE_DATA": str(data)}
        self._process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL)

    def wait(self) -> float:
        """Wait for the first page. Returns the seconds since the start. Raises RuntimeError."""
        while (seconds := time.monotonic() - self._begun) < START_SECONDS:
            if self._process.poll() is not None:
                raise RuntimeError(f"the program ended with status {self._process.returncode}")
            with contextlib.suppress(OSError):
                self._read_page()
                return time.monotonic() - self._begun
            time.sleep(0.02)
        raise RuntimeError(f"no page within {seconds:.0f} seconds")

    def _read_page(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            connection.getresponse().read()

    def weigh(self) -> dict[str, int]:
        """Return the proportional set size of the processes by task, in bytes."""
        weights: dict[str, int] = defaultdict(int)
        for pid in (self._process.pid, *list_descendants(self._process.pid)):
            with contextlib.suppress(OSError):  # it ended meanwhile
                line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
                task = next((task for word, task in TASKS.items() if word in line), "others")
                weights[task] += measure_pss(pid)
        return dict(weights)

    def stop(self) -> None:
        """End all processes."""
        self._process.terminate()
        self._process.wait(timeout=30)


@contextlib.contextmanager
def serve(data: Path) -> Iterator[Server]:
    """The program, which answers."""
    server = Server(data)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
