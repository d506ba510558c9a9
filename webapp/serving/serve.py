"""Start MonaSieve: database, web part and runner. Ctrl-C, SIGTERM or a closed terminal end it.

Supervisor starts and restarts the parts. This process stays in front of it, because supervisor
would restart everything when the terminal is closed (SIGHUP).
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

from ml.sieve.cluster import check_cluster
from webapp.errors import ConfigError
from webapp.installation import RESOURCES
from webapp.serving.environment import (
    HOST,
    check_data_is_free,
    check_port_is_free,
    load_environment,
    parse_port,
)
from webapp.serving.tethered import PARENT
from webapp.storage import migrate

HERE = Path(__file__).resolve().parent
START_SECONDS = 120
PARTS_SECONDS = 30
"""So long, parts without a supervisor may take to end."""


def serve(env_file: Path) -> int:
    """Serve until a signal comes. Returns the exit status, 0 after a signal.

    Raises MonaError with a sentence if it cannot start.
    """
    os.umask(0o077)  # only the owner may read pictures, jobs and logs
    settings = load_environment(env_file)
    port = parse_port(os.environ.setdefault("PORT", "8000"))
    check_port_is_free(port)
    check_data_is_free(settings.data_dir)
    if settings.cluster:
        check_cluster(settings.cluster)
    return migrate.main() or supervise(port, settings.data_dir)


def supervise(port: int, data: Path) -> int:
    """Run supervisor until it ends or a signal comes. Returns the exit status."""
    end_signals: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def end(number: int, _frame: FrameType | None) -> None:
        end_signals.append(number)
        if process is not None:
            process.terminate()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    process = _start_supervisor()
    if end_signals:
        process.terminate()
    ended = threading.Event()
    threading.Thread(target=_announce, args=(port, ended), daemon=True).start()
    _forward_output(process)
    status = process.wait()
    ended.set()
    if end_signals:
        return 0
    _wait_for_parts(port, data)
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    sys.stderr.write(
        f"MonaSieve has ended, because its supervisor {how}. Start it again: jobs and uploads go "
        "on where they were.\n"
    )
    return 1


def _wait_for_parts(port: int, data: Path) -> None:
    """Wait until the parts, which tethered.py ends, have left port and data to the next start."""
    for _ in range(PARTS_SECONDS * 5):
        with contextlib.suppress(ConfigError):
            check_port_is_free(port)
            check_data_is_free(data)
            return
        threading.Event().wait(0.2)


def _start_supervisor() -> subprocess.Popen[bytes]:
    """Start supervisor in its own session, so that Ctrl-C reaches only this process, once.

    Its output is a pipe, because it opens its output by name, which fails on a service's socket.
    """
    command = [sys.executable, "-m", "supervisor.supervisord", "-n"]
    command += ["-c", str(HERE / "supervisord.conf")]
    if os.getuid() == 0:
        command += ["-u", "root"]  # without it, supervisor warns at every start
    return subprocess.Popen(
        [sys.executable, str(HERE / "tethered.py"), *command],
        cwd=RESOURCES,  # gunicorn imports wsgi.py from here
        env={**os.environ, "MONASIEVE_PYTHON": sys.executable, PARENT: str(os.getpid())},
        start_new_session=True,
        stdout=subprocess.PIPE,
        bufsize=0,
    )


def _forward_output(process: subprocess.Popen[bytes]) -> None:
    """Print the output of all parts until they have ended."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    while chunk := process.stdout.read(65536):
        with contextlib.suppress(OSError):  # the terminal is closed while the parts end
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()


def _announce(port: int, ended: threading.Event) -> None:
    """Print the address once the web part answers."""
    for _ in range(START_SECONDS * 5):
        if ended.wait(0.2):
            return
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                sys.stdout.write(f"MonaSieve is ready: http://{HOST}:{port}  (Ctrl-C ends it)\n")
                sys.stdout.flush()
                return
