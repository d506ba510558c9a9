"""The real runner on a data folder of its own: give it an archive, time it, weigh it."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from webapp.config import Settings
from webapp.records import Job, JobState, Preferences
from webapp.services import jobs, preferences, uploads
from webapp.storage import Stores

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.05
WEIGH_SECONDS = 0.5


class Program:
    """A runner at work, and the memory of it and its workers."""

    def __init__(self, stores: Stores, process: subprocess.Popen[bytes]) -> None:
        """See `program`."""
        self.stores = stores
        self._process = process
        self._pause = threading.Event()

    def sieve_archive(self, archive: Path, target: str = "mona") -> Job:
        """Give it an archive (which stays where it is) and wait until every picture is scored."""
        preferences.save(self.stores, Preferences(target=target))
        draft = self.stores.files.new_upload()
        os.link(archive, draft)
        (job,) = uploads.accept(self.stores, [uploads.Upload(archive.name, draft)])
        while not (job := jobs.get(self.stores, job.id)).state.is_over:
            self._pause.wait(POLL_SECONDS)
        if job.state is not JobState.SUCCEEDED:
            raise RuntimeError(f"The job ended as {job.state}: {job.error}")
        return job

    def pictures_per_second(self, archive: Path, target: str = "mona") -> float:
        """Of one whole job, from the moment it was taken up to its last row."""
        job = self.sieve_archive(archive, target)
        assert job.started is not None
        assert job.finished is not None
        return (job.total - job.skipped) / (job.finished - job.started).total_seconds()

    def peak_memory(self, archive: Path) -> int:
        """Highest PSS of runner and workers together while they sieve, in bytes."""
        peaks = [0]
        over = threading.Event()

        def weigh() -> None:
            while not over.wait(WEIGH_SECONDS):
                peaks.append(pss(self._process.pid))

        scale = threading.Thread(target=weigh)
        scale.start()
        try:
            self.sieve_archive(archive)
        finally:
            over.set()
            scale.join()
        return max(peaks)


@contextlib.contextmanager
def program(data: Path) -> Iterator[Program]:
    """Start a runner on the empty folder `data`; it ends with this context."""
    stores = Stores.open(Settings(data_dir=data))
    env = {**os.environ, "MONASIEVE_DATA": str(data)}
    subprocess.run([sys.executable, "-m", "webapp.storage.migrate"], cwd=ROOT, env=env, check=True)
    process = subprocess.Popen([sys.executable, "-m", "webapp.runner"], cwd=ROOT, env=env)
    try:
        yield Program(stores, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def pss(pid: int) -> int:
    """Proportional set size of a process and all below it, in bytes: shared pages count once."""
    total = 0
    for one in (pid, *list_descendants(pid)):
        with contextlib.suppress(OSError):  # it ended meanwhile
            total += measure_pss(one)
    return total


def measure_pss(pid: int) -> int:
    """Proportional set size of one process, in bytes. Raises OSError if it has ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def list_descendants(pid: int) -> list[int]:
    """Processes that this one started, and theirs."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *list_descendants(child)]
    return found
