"""The program as `monasieve serve` starts it, on a port and in a data folder of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = [sys.executable, "-m", "webapp.command", "serve"]


def until(met: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until `met` holds; whether it came to hold within `seconds`."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not met():
        if time.monotonic() > end:
            return False
        pause.wait(0.1)
    return True


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """One run of the whole program; `data` is its data folder, `log` what it printed."""

    def __init__(
        self,
        data: Path,
        *,
        command: Sequence[str] = RUN,
        folder: Path = ROOT,
        log: Path | None = None,
    ) -> None:
        """Start `command` in a folder; `answers` says when it is ready."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = data
        self.log = log or data.parent / "log.txt"
        self.command, self.folder = command, folder
        self.start()

    def start(self) -> None:
        """Start the command; after `kill`, it gets the same port again."""
        env = {**os.environ, "PORT": str(self.port), "MONASIEVE_DATA": str(self.data)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=env, stdout=out, stderr=out
            )

    def answers(self) -> bool:
        """Whether the home page is served."""
        try:
            with urllib.request.urlopen(self.url, timeout=5) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def processes(self, word: str = "") -> list[int]:
        """Ids of this run's living processes whose command line holds `word`."""
        mark = f"MONASIEVE_DATA={self.data}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                mine = mark in (folder / "environ").read_bytes().split(b"\0")
                line = (folder / "cmdline").read_bytes().decode()
            except OSError:  # it ended meanwhile, or is another user's
                continue
            if mine and line and word in line:
                found.append(int(folder.name))
        return sorted(found)

    @property
    def is_gone(self) -> bool:
        """Whether it ended and left no process."""
        return self.process.poll() is not None and not self.processes()

    def kill(self) -> None:
        """End it, whatever state it is in."""
        while left := self.processes():  # supervisor may start a part while the others are killed
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
