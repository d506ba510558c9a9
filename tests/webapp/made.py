"""What the tests of the app upload, and how they look at what is left."""

from __future__ import annotations

import dataclasses
import functools
import os
import resource
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from ml.scoring.head import save_head
from ml.sieve.executor import Executor
from ml.vision.card import write_card
from tests.red_circle.drawing import drawings, encoded
from webapp.records import Job
from webapp.runner.loop import Loop
from webapp.runner.stop import Stop
from webapp.services import job_list, jobs, targets, uploads
from webapp.services.uploads import Upload
from webapp.storage import Stores
from webapp.storage.tables import metadata


def drawn(count: int, *, seed: int = 1) -> dict[str, bytes]:
    """Members of an archive: every second one shows a red circle."""
    return dict(_draw(count, seed))


@functools.cache
def _draw(count: int, seed: int) -> Mapping[str, bytes]:
    return {
        f"{'circle' if one.is_red_circle else 'other'}-{n:03d}.png": encoded(one.image)
        for n, one in enumerate(drawings(seed, count))
    }


def many(count: int) -> dict[str, bytes]:
    """Members of an archive that takes a while to score: one circle under many names."""
    (circle,) = drawn(1).values()
    return {f"{n:04d}.png": circle for n in range(count)}


def packed(stores: Stores, members: Mapping[str, bytes], name: str = "drawn.zip") -> Upload:
    """An upload that has just come in: a zip of these members."""
    file = stores.files.new_upload()
    with zipfile.ZipFile(file, "w") as zf:
        for path, data in members.items():
            zf.writestr(path, data)
    return Upload(name, file)


def arrived(stores: Stores, name: str, data: bytes) -> Upload:
    """An upload that has just come in: these bytes."""
    file = stores.files.new_upload()
    file.write_bytes(data)
    return Upload(name, file)


def queued(stores: Stores, members: Mapping[str, bytes], name: str = "drawn.zip") -> Job:
    """The job of an accepted archive."""
    (job,) = uploads.accept(stores, [packed(stores, members, name)])
    return job


def queued_file(stores: Stores, file: Path) -> Job:
    """The job of a copy of an archive on disk."""
    (job,) = uploads.accept(stores, [arrived(stores, file.name, file.read_bytes())])
    return job


def loop(stores: Stores, executor: Executor) -> Loop:
    """The runner's loop, to be stepped by the test."""
    return Loop(stores, executor, Stop())


def worked_off(stores: Stores, executor: Executor, job: Job) -> Job:
    """The job after the runner's loop is through with it."""
    running = loop(stores, executor)
    while not jobs.get(stores, job.id).state.is_over:
        running.step()
    return jobs.get(stores, job.id)


def recent_jobs(stores: Stores) -> list[Job]:
    """The user's jobs, the newest first."""
    return [listed.job for listed in job_list.list_jobs(stores, limit=1_000)]


def add_opposite(stores: Stores) -> str:
    """Install a target that likes what the red circle does not; it has the same backbone."""
    card = targets.get(stores, "red_circle").card
    head = targets.get(stores, "red_circle").head
    folder = stores.files.targets / "opposite"
    write_card(folder, dataclasses.replace(card, name="opposite", title="Opposite"))
    save_head(folder, dataclasses.replace(head, weight=-head.weight, bias=-head.bias))
    return "opposite"


@contextmanager
def held_at(stores: Stores, job: Job, number: int) -> Iterator[Callable[[], None]]:
    """Hold whoever stores this picture's thumbnail, until the function is called.

    What was handed out before is stored, this picture and later ones are not. The thumbnail itself
    is lost, because it goes into a pipe; the block must last until something later has happened.
    """
    pipe = stores.files.thumbnail(job.id, number)
    pipe.parent.mkdir(exist_ok=True)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    with ExitStack() as stack:
        stack.callback(pipe.unlink, missing_ok=True)

        def let_go() -> None:
            reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            stack.callback(os.close, reader)  # later: a write without a reader is an error
            pipe.unlink()

        yield let_go


@contextmanager
def count_transactions() -> Iterator[list[object]]:
    """Notes every transaction on any database meanwhile."""
    begun: list[object] = []

    def note(connection: Connection) -> None:
        begun.append(connection)

    event.listen(Engine, "begin", note)
    try:
        yield begun
    finally:
        event.remove(Engine, "begin", note)


@contextmanager
def full_disk(free: int = 0) -> Iterator[None]:
    """No file of this process grows beyond `free` bytes meanwhile, as on a disk without room."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def everything(stores: Stores) -> dict[str, Any]:
    """All files with their sizes and all rows of all tables: what a refusal must not change."""
    root = stores.settings.data_dir
    files = {
        str(path.relative_to(root)): path.is_file() and path.stat().st_size
        for path in root.rglob("*")
        if not path.name.startswith("monasieve.sqlite") and "writers" not in path.parts
    }
    with stores.database.reading() as connection:
        rows = {
            f"table {t.name}": connection.execute(select(t)).all() for t in metadata.sorted_tables
        }
    return {**files, **rows}
