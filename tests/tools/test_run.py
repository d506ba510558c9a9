"""`make run` for real: parts that come back, and an end that leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "tools/run.py"]


def until(met: Callable[[], bool], seconds: float) -> bool:
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
    """The program as `make run` starts it, on a port and in a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.data = data
        env = {**os.environ, "PORT": str(self.port), "MONASIEVE_DATA": str(data)}
        self.log = data.parent / "log.txt"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(RUN, cwd=ROOT, env=env, stdout=log, stderr=log)

    def answers(self) -> bool:
        """Whether the home page is served."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def processes(self, *words: str) -> list[int]:
        """Ids of the living processes of this run whose command line holds all `words`."""
        mark = f"MONASIEVE_DATA={self.data}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                mine = mark in (folder / "environ").read_bytes().split(b"\0")
                line = (folder / "cmdline").read_bytes().decode()
            except OSError:  # it ended meanwhile, or is another user's
                continue
            if mine and line and all(word in line for word in words):
                found.append(int(folder.name))
        return sorted(found)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    run = Running(tmp_path / "data of mine")
    try:
        assert until(run.answers, 40), run.log.read_text()
        yield run
    finally:
        for pid in run.processes():
            os.kill(pid, signal.SIGKILL)
        run.process.wait()


def is_gone(run: Running) -> bool:
    return run.process.poll() is not None and not run.processes()


@pytest.mark.slow
@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_wished_end_leaves_no_process_within_ten_seconds(
    running: Running, wish: signal.Signals
) -> None:
    assert "MonaSieve is ready: http://127.0.0.1" in running.log.read_text()
    running.process.send_signal(wish)
    assert until(lambda: is_gone(running), 10), running.processes()
    assert running.process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("part", ["wsgi:app", "webapp.runner"])
def test_a_killed_part_is_back_in_seconds(running: Running, part: str) -> None:
    assert until(lambda: bool(running.processes(part)), 20), running.log.read_text()
    before = running.processes(part)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: bool(set(running.processes(part)) - set(before)), 10)
    assert until(running.answers, 15), running.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("part", ["tools/run.py", "supervisor.supervisord"])
def test_nothing_outlives_a_killed_parent(running: Running, part: str) -> None:
    (pid,) = [pid for pid in running.processes(part) if pid]
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: is_gone(running), 15), running.processes()


@pytest.mark.parametrize(
    ("port", "sentence"),
    [("http", "PORT is 'http'"), ("0", "PORT is '0'"), ("70000", "1 to 65535")],
)
def test_a_port_that_is_none_is_refused_with_a_sentence(
    tmp_path: Path, port: str, sentence: str
) -> None:
    env = {**os.environ, "PORT": port, "MONASIEVE_DATA": str(tmp_path)}
    run = subprocess.run(RUN, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert sentence in run.stderr


def test_a_taken_port_is_said_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "PORT": str(port), "MONASIEVE_DATA": str(tmp_path)}
        run = subprocess.run(RUN, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert f"Port {port} cannot be used" in run.stderr
    assert f"make run PORT={port + 1}" in run.stderr
