"""The program on a disk that is full for a while: it says so, loses nothing and goes on.

The disk is a small one of memory where this user may mount one. Elsewhere no file may grow.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from ml.scoring.piles import Verdict
from tests.running import Running, until
from tests.webapp.made import drawn, held_at
from tests.webapp.pages.tus import PART, TUS
from tests.webapp.pages.zips import zipped
from webapp.config import Settings
from webapp.records import JobState, Preferences
from webapp.services import jobs, preferences, review
from webapp.services.check import check_instance
from webapp.storage import Stores

PICTURES = 40


class Disk(Protocol):
    """Holds the data folder of a run, and can be full."""

    def fill(self, run: Running) -> None:
        """Let nothing more be written."""

    def free(self, run: Running) -> None:
        """Make room."""

    def is_said(self, run: Running, job_id: str) -> bool:
        """Whether a job that cannot continue says why."""


class SmallDisk:
    """A file system in memory."""

    def __init__(self, folder: Path) -> None:
        self.ballast = folder / "ballast"

    def fill(self, run: Running) -> None:
        del run
        with self.ballast.open("wb", buffering=0) as out:
            for size in (1_000_000, 4096):
                with suppress(OSError):
                    while out.write(bytes(size)) == size:
                        pass

    def free(self, run: Running) -> None:
        del run
        self.ballast.unlink()

    def is_said(self, run: Running, job_id: str) -> bool:
        with urllib.request.urlopen(f"{run.url}/api/v1/jobs/{job_id}", timeout=60) as answer:
            return "disk is full" in (json.load(answer)["blocked_by"] or "")


class LimitedFiles:
    """No process of the run may write to a file. The page cannot say it: the disk looks empty."""

    def fill(self, run: Running) -> None:
        self._limit(run, 0)

    def free(self, run: Running) -> None:
        self._limit(run, resource.RLIM_INFINITY)

    def _limit(self, run: Running, most: int) -> None:
        for pid in set(run.processes()) - set(run.processes("webapp.command")):  # it logs
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def is_said(self, run: Running, job_id: str) -> bool:
        del job_id
        return "is full" in run.log.read_text()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield LimitedFiles()
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def running(tmp_path: Path, disk: Disk, red_circle: Path) -> Iterator[Running]:
    del disk
    run = Running(tmp_path / "disk" / "data", log=tmp_path / "log.txt")
    try:
        assert until(run.answers), run.log.read_text()
        shutil.copytree(red_circle, run.data / "targets", dirs_exist_ok=True)
        preferences.save(open_stores(run), Preferences(target="red_circle"))
        yield run
    finally:
        run.kill()


def open_stores(run: Running) -> Stores:
    return Stores.open(Settings(data_dir=run.data))


class Client:
    """Sends requests, and forms as a browser does."""

    def __init__(self, run: Running) -> None:
        self.url = run.url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], str]:
        """The answer's status, headers and text."""
        request = urllib.request.Request(self.url + path, body or None, headers, method=method)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def set_verdict(self, job_id: str, number: int, verdict: Verdict) -> int:
        """The status of the answer to a form."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.send("GET", "/", {})[2])
        assert token
        form = urlencode({"csrf_token": token[1], "verdict": verdict.value}).encode()
        url = f"/jobs/{job_id}/pictures/{number}/verdict"
        return self.send("POST", url, {"Accept": "application/json"}, form)[0]


def send_signal(run: Running, number: signal.Signals) -> None:
    """Send a signal to the runner."""
    for pid in run.processes("webapp.runner"):
        os.kill(pid, number)


@pytest.mark.slow
def test_a_full_disk_stops_nothing_for_good(running: Running, disk: Disk) -> None:
    stores, client = open_stores(running), Client(running)
    data = zipped(drawn(PICTURES)).getvalue()
    created = client.send("POST", "/files/", {**TUS, "Upload-Length": str(len(data))})
    upload = created[1]["Location"]
    half = len(data) // 2
    assert client.send("PATCH", upload, {**PART, "Upload-Offset": "0"}, data[:half])[0] == 204

    disk.fill(running)
    headers = {**PART, "Upload-Offset": str(half)}
    status, _, sentence = client.send("PATCH", upload, headers, data[half:])
    assert status == 507
    assert "make room" in sentence
    assert client.send("GET", "/", {})[0] == 200
    disk.free(running)

    offset = int(client.send("HEAD", upload, TUS)[1]["Upload-Offset"])
    assert half <= offset < len(data)
    headers = {**PART, "Upload-Offset": str(offset)}
    send_signal(running, signal.SIGSTOP)
    status, answer, _ = client.send("PATCH", upload, headers, data[offset:])
    assert status == 204
    job_id = answer["Job-Location"].rpartition("/")[2]
    assert stores.files.archive(job_id).read_bytes() == data

    with held_at(stores, jobs.get(stores, job_id), PICTURES // 2) as let_go:
        send_signal(running, signal.SIGCONT)
        assert until(lambda: jobs.get(stores, job_id).done > 0), running.log.read_text()
        disk.fill(running)
        let_go()
        assert until(lambda: disk.is_said(running, job_id)), running.log.read_text()
    with stores.reading() as tables:
        number = tables.pictures.list_scored(job_id)[0]
    status = client.set_verdict(job_id, number, Verdict.IS_NOT)
    assert status in (200, 507), "a page of the database may still have room"
    job = jobs.get(stores, job_id)
    assert (job.state, job.error) == (JobState.RUNNING, None)
    disk.free(running)

    assert until(lambda: jobs.get(stores, job_id).state.is_over), running.log.read_text()
    ended = jobs.get(stores, job_id)
    assert ended.error is None
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, PICTURES)
    assert sum(review.count_piles(stores, ended).values()) == PICTURES
    first = review.list_pictures(stores, ended, after=number - 1, limit=1).pictures[0]
    assert first.verdict is (Verdict.IS_NOT if status == 200 else None)
    assert client.set_verdict(job_id, number, Verdict.IS_NOT) == 200
    assert list(check_instance(stores, repair=False)) == []
