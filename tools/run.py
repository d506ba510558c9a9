"""Start MonaSieve: database, web and runner. Ctrl-C, SIGTERM or a closed terminal end all of it.

`make run` calls this. Supervisor starts and restarts the parts; this process stands in front of it
because supervisor takes a closed terminal (SIGHUP) for the wish to start everything again.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

from tethered import tether

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 120


def read_env_file(file: Path) -> dict[str, str]:
    """The settings in a file of KEY=VALUE lines; comments and empty lines are left out.

    Raises ValueError for a line that is none of these.
    """
    settings = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"{file.name}, line {number}: {line!r} is not of the form KEY=VALUE.")
        settings[key.strip()] = value.strip().strip("\"'")
    return settings


def port_from(text: str) -> int:
    """The port as a number. Raises ValueError with a sentence."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def check_port_is_free(port: int) -> None:
    """Raises ValueError with a sentence when this machine's `port` cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            raise ValueError(
                f"Port {port} cannot be used ({exc.strerror}): perhaps MonaSieve runs already, "
                f"or another program does. Take another one: make run PORT={port % 65535 + 1}"
            ) from exc


def check_data_is_free(data: Path) -> None:
    """Raises ValueError with a sentence when another MonaSieve works on this folder.

    Its runner holds the lock; without this look, a second one would be started again and again.
    """
    lock = data / "sieve.lock"
    if not lock.exists():
        return
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise ValueError(
                f"MonaSieve already works on {data} (process {file.read().strip()}). Stop it "
                "first, or give this one a folder of its own: make run MONASIEVE_DATA=..."
            ) from exc


def announce(port: int, over: threading.Event) -> None:
    """Print the address once the web part answers."""
    for _ in range(START_SECONDS * 5):
        if over.wait(0.2):
            return
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                print(f"MonaSieve is ready: http://{HOST}:{port}  (Ctrl-C ends it)", flush=True)
                return


def supervise(port: int) -> int:
    """Run supervisor until it ends or a signal asks for the end; returns its exit status."""
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", "supervisord.conf"]
    if os.getuid() == 0:
        command += ["-u", "root"]  # said aloud, or it warns at every start
    wishes: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def end(number: int, _frame: FrameType | None) -> None:
        wishes.append(number)
        if process is not None:
            process.terminate()

    for wish in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wish, end)
    # In a session of its own: Ctrl-C in the terminal reaches this process only, and once.
    process = subprocess.Popen(
        [sys.executable, "tools/tethered.py", *command], start_new_session=True
    )
    if wishes:
        process.terminate()
    over = threading.Event()
    threading.Thread(target=announce, args=(port, over), daemon=True).start()
    status = process.wait()
    over.set()
    return 0 if wishes else status or 1


def main() -> int:
    """Returns the exit status: 0 after a wished end."""
    os.chdir(ROOT)
    os.umask(0o077)  # pictures, jobs and logs of all parts are their owner's alone
    tether()
    try:
        for key, value in read_env_file(ROOT / ".env").items():
            os.environ.setdefault(key, value)
        port = port_from(os.environ.setdefault("PORT", "8000"))
        check_port_is_free(port)
        check_data_is_free(Path(os.environ.setdefault("MONASIEVE_DATA", "instance")))
    except ValueError as exc:
        print(exc, file=sys.stderr)
        return 1
    upgrade = subprocess.run([sys.executable, "-m", "webapp.storage.migrate"], check=False)
    return upgrade.returncode or supervise(port)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
