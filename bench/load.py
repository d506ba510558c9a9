"""Many people at once: do pages stay quick, does every job end, is the order fair?

    python -m bench.load [--people 20] [--seconds 120]

Each person uploads drawn pictures, watches the job, looks at its pages, downloads what was kept and
deletes the job, again and again. A last part times a small job alone and beside a large one.
All requests go to a server of this program's own on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import json
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from bench import pictures
from bench.server import ROOT, Server, serve

SIZE = (480, 270)
DRAWN = 60  # different pictures; archives repeat them
FEW, MANY = 50, 5_000  # pictures of the jobs whose order is measured
REPEATS = 5
ARCHIVES = (10, 30, 60)  # pictures of the people's archives
WEIGH_SECONDS = 0.5
WATCH_SECONDS = 0.3
BOUNDARY = "the-end-of-a-part"
AT_WORK = ("queued", "running")
PERCENTILES = (50, 95, 99, 100)


class Figures:
    """What all people measure together."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.peaks: dict[str, int] = {}
        self.jobs = self.pictures = 0
        self._lock = threading.Lock()

    def add(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.seconds[kind].append(seconds)

    def fail(self, what: str) -> None:
        with self._lock:
            self.errors[what] += 1

    def count_job(self, count: int) -> None:
        with self._lock:
            self.jobs += 1
            self.pictures += count

    def note_weights(self, weights: dict[str, int]) -> None:
        for task, weight in weights.items():
            self.peaks[task] = max(self.peaks.get(task, 0), weight)


class Person:
    """Uses the program as a browser does."""

    def __init__(self, server: Server, figures: Figures) -> None:
        self._server = server
        self._figures = figures

    def use(self, archives: dict[int, bytes], until: float, first: int) -> None:
        """Sieve one archive after the other until the time is over."""
        turn = first
        while time.monotonic() < until:
            count = ARCHIVES[turn % len(ARCHIVES)]
            turn += 1
            try:
                self.sieve_once(archives[count], count)
            except (OSError, http.client.HTTPException, LookupError) as error:
                self._figures.fail(f"{type(error).__name__}: {error}")

    def sieve_once(self, archive: bytes, count: int) -> None:
        job_id = self.upload(archive)
        while self.look(job_id)["state"] in AT_WORK:
            for kind, path in (("home", "/"), ("jobs", "/jobs"), ("job", f"/jobs/{job_id}")):
                self.ask(kind, "GET", path)
            time.sleep(WATCH_SECONDS)
        seen = self.look(job_id)
        self.ask("result", "GET", f"/jobs/{job_id}")
        kept = self.ask("download", "GET", f"/jobs/{job_id}/kept.zip")
        with zipfile.ZipFile(io.BytesIO(kept)) as download:
            if len(download.namelist()) != seen["piles"]["kept"]:
                self._figures.fail("a download with other pictures than the page says")
        if seen["state"] != "succeeded" or sum(seen["piles"].values()) != count:
            self._figures.fail(f"a job that ended as {seen['state']}: {seen['piles']}")
        self.ask("delete", "DELETE", f"/api/v1/jobs/{job_id}")
        self._figures.count_job(count)

    def upload(self, archive: bytes) -> str:
        """Return the id of the archive's job."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n'
        )
        body = head.encode() + b"\r\n" + archive + f"\r\n--{BOUNDARY}--\r\n".encode()
        form = f"multipart/form-data; boundary={BOUNDARY}"
        return str(json.loads(self.ask("upload", "POST", "/api/v1/jobs", body, form))["id"])

    def look(self, job_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.ask("progress", "GET", f"/api/v1/jobs/{job_id}"))
        return answer

    def sieve(self, archive: bytes) -> float:
        """Return the seconds from an upload's begin until its job is over."""
        begun = time.monotonic()
        job_id = self.upload(archive)
        while self.look(job_id)["state"] in AT_WORK:
            time.sleep(0.05)
        return time.monotonic() - begun

    def ask(self, kind: str, method: str, path: str, body: bytes = b"", form: str = "") -> bytes:
        """Return the body of an answer, and note how long it took. Raises LookupError."""
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=120)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": form} if form else {})
            answer = connection.getresponse()
            received = answer.read()
        self._figures.add(kind, time.monotonic() - begun)
        if answer.status >= 400:
            raise LookupError(f"{kind}: {answer.status} {received[:200]!r}")
        return received


def main() -> int:
    """Measure and print. Returns 1 if there was an error."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    drawn = draw_pictures()
    figures = Figures()
    (ROOT / "build").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="load-") as folder,
        serve(Path(folder)) as server,
    ):
        Person(server, Figures()).sieve(pack(drawn, FEW))  # the network is loaded now
        use_together(server, figures, drawn, options.people, options.seconds)
        print(make_table(figures, options.people, options.seconds))
        alone, beside = measure_order(server, drawn)
    print(f"{FEW} pictures alone: {alone:.1f} s; beside {MANY:,}: {beside:.1f} s, ", end="")
    print(f"{beside / alone:.1f} times as long (aim: at most 2)")
    return 1 if figures.errors else 0


def draw_pictures() -> list[tuple[str, bytes]]:
    rng = np.random.default_rng(pictures.SEED)
    drawn = []
    for _ in range(DRAWN):
        out = io.BytesIO()
        pictures.draw(rng, SIZE).save(out, "JPEG", quality=85)
        drawn.append(("jpg", out.getvalue()))
    return drawn


def pack(drawn: list[tuple[str, bytes]], count: int) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        pictures.write_archive(Path(file.name), drawn, count)
        return Path(file.name).read_bytes()


def use_together(
    server: Server, figures: Figures, drawn: list[tuple[str, bytes]], people: int, seconds: float
) -> None:
    """Let all people use the program, and weigh its processes meanwhile."""
    archives = {count: pack(drawn, count) for count in ARCHIVES}
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=Person(server, figures).use, args=(archives, until, number))
        for number in range(people)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        figures.note_weights(server.weigh())
        time.sleep(WEIGH_SECONDS)


def measure_order(server: Server, drawn: list[tuple[str, bytes]]) -> tuple[float, float]:
    """Return the median seconds of a small job alone and beside a large one."""
    person = Person(server, Figures())
    few, many = pack(drawn, FEW), pack(drawn, MANY)
    alone = [person.sieve(few) for _ in range(REPEATS)]
    large = person.upload(many)
    while person.look(large)["done"] == 0:
        time.sleep(0.1)
    beside = [person.sieve(few) for _ in range(REPEATS)]
    if person.look(large)["state"] != "running":
        raise RuntimeError("the large job ended too early")
    person.ask("delete", "DELETE", f"/api/v1/jobs/{large}")
    alone += [person.sieve(few) for _ in range(REPEATS)]  # other programs may be busier by now
    return statistics.median(alone), statistics.median(beside)


def make_table(figures: Figures, people: int, seconds: float) -> str:
    """Return the figures as a person reads them."""
    lines = [
        f"{people} people, {seconds:.0f} s: {figures.jobs} jobs, {figures.pictures:,} pictures, "
        f"{sum(map(len, figures.seconds.values())):,} requests, "
        f"{sum(figures.errors.values())} errors",
        f"{'milliseconds':<14}{'n':>7}" + "".join(f"{f'p{p}':>8}" for p in PERCENTILES),
    ]
    for kind, values in figures.seconds.items():
        columns = "".join(f"{1000 * np.percentile(values, p):>8.0f}" for p in PERCENTILES)
        lines.append(f"{kind:<14}{len(values):>7}{columns}")
    lines += [f"peak of {task}: {peak / 2**20:.0f} MiB" for task, peak in figures.peaks.items()]
    lines += [f"{count} x {error}" for error, count in figures.errors.most_common()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
