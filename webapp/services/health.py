"""Whether the parts of the program work, and figures about its jobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from webapp.records import JobState
from webapp.storage import Stores
from webapp.storage.jobs import StateCount
from webapp.storage.lane import find_holder

LANE = "sieve"


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """What a monitor asks for."""

    is_runner_alive: bool
    free_bytes: int
    states: Mapping[JobState, StateCount]
    trashed: int


def is_runner_alive(stores: Stores) -> bool:
    """Tell whether a runner works off the jobs."""
    return find_holder(stores.files.lock(LANE)) is not None


def read_figures(stores: Stores) -> Figures:
    """Return the figures of this moment. Raises StorageFull or ConfigError of the database."""
    with stores.reading() as tables:
        states = tables.jobs.count_states()
        trashed = tables.jobs.count_trash()
    return Figures(is_runner_alive(stores), stores.files.free_bytes, states, trashed)
