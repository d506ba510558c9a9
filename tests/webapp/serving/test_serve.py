"""`monasieve serve` for real: parts that come back, and an end that leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archives import write_slow
from tests.running import ROOT, RUN, Running, free_port, until
from webapp.config import Settings
from webapp.records import Preferences
from webapp.services import jobs, preferences, uploads
from webapp.storage import Stores
from webapp.storage.lane import hold_lane


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    run = Running(tmp_path / "data of mine")
    try:
        assert until(run.answers, 40), run.log.read_text()
        yield run
    finally:
        run.kill()


@pytest.mark.slow
def test_what_it_makes_is_its_users_alone(running: Running) -> None:
    made = [running.data, *running.data.rglob("*")]
    assert running.data / "monasieve.sqlite" in made
    assert [path for path in made if path.lstat().st_mode & 0o077] == []


@pytest.mark.slow
@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_wished_end_leaves_no_process_within_ten_seconds(
    running: Running, wish: signal.Signals
) -> None:
    assert "MonaSieve is ready: http://127.0.0.1" in running.log.read_text()
    running.process.send_signal(wish)
    assert until(lambda: running.is_gone, 10), running.processes()
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
@pytest.mark.parametrize("part", ["webapp.command", "supervisor.supervisord"])
def test_nothing_outlives_a_killed_parent(running: Running, part: str) -> None:
    (pid,) = running.processes(part)
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: running.is_gone, 15), running.processes()


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
            assert b"MonaSieve is ready" in ours.recv(65536)
        finally:
            process.terminate()
            assert process.wait(20) == 0


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
    write_slow(tmp_path / "slow.zip", 200)
    (job,) = uploads.accept(stores, [uploads.Upload("slow.zip", tmp_path / "slow.zip")])
    assert until(lambda: jobs.get(stores, job.id).done > 0, 40), running.log.read_text()
    assert running.processes("spawn_main")

    (pid,) = running.processes(part)
    os.kill(pid, how)
    assert until(lambda: running.is_gone, 10), running.processes()
    assert 0 < jobs.get(stores, job.id).done < 200
