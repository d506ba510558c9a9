"""A runner that is killed at random moments loses no picture and no verdict."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading

import pytest

from ml.scoring.piles import Verdict
from ml.sieve.look import LARGE
from tests.red_circle.drawing import draw, encoded
from tests.running import ROOT, until
from tests.webapp.made import held_at, queued
from webapp.records import Job, JobState, Picture
from webapp.services import jobs, review, verdicts
from webapp.services.check import check_instance
from webapp.storage import Stores

PICTURES = LARGE - 1
"""Of a large archive the first pictures are drawn by its path, so their order is not known here."""
SHARD = 8
"""What one worker gets at once of so many pictures."""
KILLS = 20


def start(stores: Stores) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        "MONASIEVE_DATA": str(stores.settings.data_dir),
        "MONASIEVE_WORKERS": "1",
    }
    return subprocess.Popen([sys.executable, "-m", "webapp.runner"], cwd=ROOT, env=env)


def kill_at_random(stores: Stores, job: Job, chance: random.Random, *, progress: bool) -> None:
    """Run a runner until a random moment, and kill it.

    It is held after two shards, or before the first one, so that some pictures always wait.
    """
    with stores.reading() as tables:
        waiting = tables.pictures.list_waiting(job.id, after=-1, limit=PICTURES)
    done = jobs.get(stores, job.id).done
    with held_at(stores, job, waiting[2 * SHARD + 1 if progress else 0]):
        runner = start(stores)
        try:
            if progress:
                assert until(lambda: jobs.get(stores, job.id).done > done)
            else:
                assert until(lambda: jobs.get(stores, job.id).attempts > 0)
            threading.Event().wait(chance.uniform(0.0, 0.1 if progress else 0.5))
        finally:
            runner.send_signal(signal.SIGKILL)
            runner.wait()


def list_all(stores: Stores, job: Job) -> list[Picture]:
    return review.list_pictures(stores, jobs.get(stores, job.id), limit=PICTURES).pictures


def list_stored(stores: Stores, job: Job) -> list[int]:
    with stores.reading() as tables:
        return tables.pictures.list_scored(job.id)


@pytest.mark.slow
@pytest.mark.timeout(900)  # twenty starts of the runner
def test_twenty_kills_at_random_moments_lose_nothing(stores: Stores) -> None:
    seed = int.from_bytes(os.urandom(4))
    sys.stdout.write(f"seed of the moments: {seed}\n")  # pytest shows it where the test fails
    chance = random.Random(seed)
    circle = encoded(draw(1, red_circle=True))
    job = queued(stores, {f"{n:03d}.png": circle + n.to_bytes(2) for n in range(PICTURES)})
    for turn in range(KILLS):
        kill_at_random(stores, job, chance, progress=turn % 3 == 0)
        stored = list_stored(stores, job)
        assert 0 < len(stored) < PICTURES
        verdicts.set_verdict(stores, job.id, chance.choice(stored), Verdict.IS_NOT)
    answered = {p.number for p in list_all(stores, job) if p.verdict is Verdict.IS_NOT}
    runner = start(stores)
    assert until(lambda: jobs.get(stores, job.id).state.is_over, 120)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(60) == 0
    ended = jobs.get(stores, job.id)
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, PICTURES)
    assert sum(review.count_piles(stores, ended).values()) == PICTURES
    assert {p.number for p in list_all(stores, job) if p.verdict is Verdict.IS_NOT} == answered
    assert list(check_instance(stores, repair=False)) == []
