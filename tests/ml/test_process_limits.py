"""A limited process has a bound memory and ends with its parent."""

import multiprocessing
import os
import resource
from multiprocessing.connection import Connection

from ml.process_limits import limit_process

MEMORY = 2**28


def read_limits(sender: Connection, parent: int) -> None:
    limit_process(MEMORY, parent)
    sender.send(
        (resource.getrlimit(resource.RLIMIT_DATA), resource.getrlimit(resource.RLIMIT_CORE))
    )


def run(parent: int) -> tuple[int | None, object]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=read_limits, args=(sender, parent))
    process.start()
    process.join()
    return process.exitcode, receiver.recv() if receiver.poll() else None


def test_memory_and_core_dumps_are_limited() -> None:
    assert run(os.getpid()) == (0, ((MEMORY, MEMORY), (0, 0)))


def test_a_process_whose_parent_is_gone_ends_at_once() -> None:
    assert run(parent=1) == (1, None)
