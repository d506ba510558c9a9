"""A real Dask cluster on this machine: a scheduler and workers, each a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from distributed import Client

from tests.running import ROOT, free_port, until

START_SECONDS = 60


class Cluster:
    """A scheduler on a port of its own, and workers of one thread; all of them on loopback."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """`folder` gets logs; `settings` are environment variables of every process."""
        self.folder = folder
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
        self.start_scheduler()

    def start_scheduler(self) -> None:
        """Start the scheduler, again on the same port."""
        self.scheduler = self._start("scheduler", "--port", str(self.port))

    def add_worker(self, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start one more worker and wait until it has joined."""
        before = self.count_workers()
        worker = self._start("worker", self.address, "--nthreads", "1", *options, **settings)
        self.workers.append(worker)
        assert until(lambda: self.count_workers() == before + 1, START_SECONDS), self.read_logs()
        return worker

    def count_workers(self) -> int:
        """Workers that the scheduler knows; 0 while it cannot be reached."""
        try:
            with Client(  # type: ignore[no-untyped-call]
                self.address, timeout=START_SECONDS, set_as_default=False
            ) as client:
                return len(client.scheduler_info()["workers"])
        except (OSError, TimeoutError):
            return 0

    def read_logs(self) -> str:
        """What all processes printed."""
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        """Kill every process that is left."""
        for process in (*self.workers, self.scheduler):
            kill(process)

    def _start(self, kind: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"{kind}-{len(list(self.folder.glob('*.log')))}.log"
        local = [f"--local-directory={self.folder}"] if kind == "worker" else []
        command = [sys.executable, "-m", "dask", kind, "--host", "127.0.0.1", "--no-dashboard"]
        with log.open("wb") as out:
            return subprocess.Popen(
                [*command, *arguments, *local],
                cwd=self.folder,
                env={**self._environment, **settings},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and those that it started, as a power cut does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def suspend(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and those that it started, so that it finishes nothing until it is killed."""
    os.killpg(process.pid, signal.SIGSTOP)


def resume(process: subprocess.Popen[bytes]) -> None:
    """Let a suspended process and those that it started go on."""
    os.killpg(process.pid, signal.SIGCONT)
