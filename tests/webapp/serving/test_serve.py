"""`monasieve serve` for real: parts that come back, and an end that leaves nothing behind."""

import configparser
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.archives import write_slow
from tests.running import ROOT, RUN, Running, free_port, until
from webapp.config import Settings
from webapp.records import Preferences
from webapp.services import jobs, preferences, uploads
from webapp.serving.gunicorn_config import graceful_timeout
from webapp.serving.tethered import PARENT
from webapp.storage import Stores
from webapp.storage.lane import hold_lane

END_SECONDS = 60
"""For the end of all processes. An idle machine takes two or three; a busy one may take more than
the promised ten, which `test_the_parts_have_less_than_ten_seconds_to_end` therefore reads from the
settings that make them: supervisor kills a part that does not end in time."""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    yield from run_program(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A run for the tests that leave it running."""
    yield from run_program(tmp_path_factory.mktemp("shared"))


def run_program(folder: Path) -> Iterator[Running]:
    """The program, once it answers; it ends when the iterator does."""
    run = Running(folder / "data of mine")
    try:
        assert until(run.answers), run.log.read_text()
        yield run
    finally:
        run.kill()


@pytest.mark.slow
def test_what_it_makes_is_its_users_alone(shared: Running) -> None:
    made = [shared.data, *shared.data.rglob("*")]
    assert shared.data / "monasieve.sqlite" in made
    assert [path for path in made if path.lstat().st_mode & 0o077] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", ["wsgi:app", "webapp.runner"])
def test_a_killed_part_comes_back(shared: Running, part: str) -> None:
    assert until(lambda: bool(shared.processes(part))), shared.log.read_text()
    before = shared.processes(part)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: bool(set(shared.processes(part)) - set(before)))
    assert until(shared.answers), shared.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGHUP])
def test_a_wished_end_leaves_no_process(running: Running, wish: signal.Signals) -> None:
    assert "MonaSieve is ready: http://127.0.0.1" in running.log.read_text()
    running.process.send_signal(wish)
    assert until(lambda: running.is_gone, END_SECONDS), running.processes()
    assert running.process.returncode == 0


def test_the_parts_have_less_than_ten_seconds_to_end() -> None:
    config = configparser.RawConfigParser()
    config.read(ROOT / "webapp" / "serving" / "supervisord.conf")
    for part in ("program:web", "program:sieve"):
        assert graceful_timeout < config.getint(part, "stopwaitsecs") < 10


@pytest.mark.slow
def test_nothing_outlives_a_killed_parent(running: Running) -> None:
    (pid,) = running.processes("webapp.command")
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: running.is_gone, END_SECONDS), running.processes()


@pytest.mark.parametrize(("parent", "starts"), [(os.getpid, True), (os.getppid, False)])
def test_a_part_whose_parent_died_before_its_start_does_not_start(
    parent: Callable[[], int], starts: bool
) -> None:
    say_parent = f"import os; print(os.environ['{PARENT}'] == str(os.getpid()))"
    run = subprocess.run(
        [sys.executable, ROOT / "webapp/serving/tethered.py", sys.executable, "-c", say_parent],
        env={**os.environ, PARENT: str(parent())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode == 0, run.stdout) == (starts, "True\n" if starts else "")


@pytest.mark.slow
def test_after_the_supervisor_was_killed_it_says_so_and_starts_again(running: Running) -> None:
    (pid,) = running.processes("supervisor.supervisord")
    os.kill(pid, signal.SIGKILL)
    assert running.process.wait(END_SECONDS) == 1
    assert "its supervisor was killed by signal 9. Start it again" in running.log.read_text()
    running.start()  # at once: port and data are free
    assert until(lambda: running.answers() or running.process.poll() is not None, 60)
    assert running.process.poll() is None, running.log.read_text()


@pytest.mark.slow
def test_a_service_reads_the_log_from_a_socket(tmp_path: Path) -> None:
    """systemd hands a socket over, and a socket cannot be opened by name as supervisor does."""
    ours, theirs = socket.socketpair()
    env = {**os.environ, "PORT": str(free_port()), "MONASIEVE_DATA": str(tmp_path / "data")}
    with ours, theirs:
        process = subprocess.Popen(
            RUN, cwd=ROOT, env=env, stdout=theirs.fileno(), stderr=theirs.fileno()
        )
        try:
            ours.settimeout(60)
            received = b""
            while b"MonaSieve is ready" not in received:
                received += ours.recv(65536)
        finally:
            process.terminate()
            assert process.wait(END_SECONDS) == 0


def test_a_port_that_is_none_is_refused_with_a_sentence(tmp_path: Path) -> None:
    env = {**os.environ, "PORT": "http", "MONASIEVE_DATA": str(tmp_path)}
    run = subprocess.run(RUN, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "PORT is 'http'" in run.stderr


def test_an_address_of_a_cluster_that_is_none_is_refused(tmp_path: Path) -> None:
    env = {**os.environ, "MONASIEVE_DATA": str(tmp_path), "MONASIEVE_CLUSTER": "scheduler"}
    env["PORT"] = str(free_port())
    run = subprocess.run(RUN, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "such as tcp://192.168.1.5:8786; received 'scheduler'" in run.stderr


def test_a_taken_port_is_said_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "PORT": str(port), "MONASIEVE_DATA": str(tmp_path)}
        run = subprocess.run(RUN, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert f"Port {port} cannot be used" in run.stderr
    assert f"PORT={port + 1} make run" in run.stderr


def test_a_data_folder_in_use_is_said_with_a_way_out(tmp_path: Path) -> None:
    with hold_lane(tmp_path / "sieve.lock"):
        env = {**os.environ, "PORT": str(free_port()), "MONASIEVE_DATA": str(tmp_path)}
        run = subprocess.run(RUN, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert f"already works on {tmp_path} (process {os.getpid()})" in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "how"), [("webapp.command", signal.SIGINT), ("supervisor.supervisord", signal.SIGKILL)]
)
def test_an_end_in_the_middle_of_a_job_ends_the_workers_too(
    running: Running, red_circle: Path, tmp_path: Path, part: str, how: signal.Signals
) -> None:
    shutil.copytree(red_circle, running.data / "targets", dirs_exist_ok=True)
    stores = Stores.open(Settings(data_dir=running.data))
    preferences.save(stores, Preferences(target="red_circle"))
    write_slow(tmp_path / "slow.zip", 200)  # half a minute's work
    (job,) = uploads.accept(stores, [uploads.Upload("slow.zip", tmp_path / "slow.zip")])
    assert until(lambda: jobs.get(stores, job.id).done > 0), running.log.read_text()
    assert running.processes("spawn_main")

    (pid,) = running.processes(part)
    os.kill(pid, how)
    assert until(lambda: running.is_gone, END_SECONDS), running.processes()
    assert 0 < jobs.get(stores, job.id).done < 200
