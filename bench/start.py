"""How long until the first page, and what do the processes weigh?

    python -m bench.start            a first start and later ones, from this checkout
    python -m bench.start --clone    from a bare clone of this repository, which `make run` installs

pip may take packages from its cache, so the clone's time depends on what was installed before.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.server import ROOT, SERVE, Server

STARTS = 5
SETTLE_SECONDS = 5  # until the runner's workers are there


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clone", action="store_true", help="install from a clone first")
    options = parser.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="start-") as folder:
        if options.clone:
            measure_clone(Path(folder))
        else:
            measure_starts(Path(folder))
    return 0


def measure_clone(folder: Path) -> None:
    """Time a clone, its installation and its first page."""
    begun = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, folder / "bare"], check=True)
    subprocess.run(["git", "clone", "--quiet", folder / "bare", folder / "clone"], check=True)
    cloned = time.monotonic()
    subprocess.run(["make", "--silent", "setup"], cwd=folder / "clone", check=True)
    installed = time.monotonic()
    server = Server(folder / "clone" / "instance", ("make", "--silent", "run"), folder / "clone")
    seconds = server.wait()
    server.stop()
    print(f"clone: {cloned - begun:.1f} s")
    print(f"install: {installed - cloned:.1f} s, {measure_size(folder / 'clone' / '.venv'):.0f} MB")
    print(f"`make run` to the first page: {seconds:.1f} s")
    print(f"together: {installed - begun + seconds:.1f} s")


def measure_starts(folder: Path) -> None:
    """Time starts of `monasieve serve`, and weigh the processes of the last one."""
    print(f"first start, without compiled files, on a new data folder: {start_cold(folder):.1f} s")
    seconds = []
    for number in range(STARTS):
        server = Server(folder / "data")
        seconds.append(server.wait())
        if number == STARTS - 1:
            time.sleep(SETTLE_SECONDS)
            for task, weight in server.weigh().items():
                print(f"memory of {task}: {weight / 2**20:.0f} MiB")
        server.stop()
    print(f"later starts: {statistics.median(seconds):.1f} s (median of {STARTS})")


def start_cold(folder: Path) -> float:
    """Return the seconds of a start from a copy of the program that never ran."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "ml", "webapp", "templates", "static", "wsgi.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    copy = folder / "program"
    for name in filter(None, tracked.stdout.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    server = Server(folder / "data", SERVE, copy)
    seconds = server.wait()
    server.stop()
    return seconds


def measure_size(folder: Path) -> float:
    """Return the megabytes of all files in a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if not f.is_symlink()) / 1e6


if __name__ == "__main__":
    sys.exit(main())
