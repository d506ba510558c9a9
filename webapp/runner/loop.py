"""The runner's loop: a scheduler whose runs come and go with the rows of jobs.

sync     stopped and deleted jobs leave, queued ones join          (twice a second)
step     the scheduler hands out shards and stores their results
end      the job of an ended run is finished
copy     kept pictures are copied where the user wants that, or copies are taken back
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable

from ml.sieve.executor import Executor
from ml.sieve.run import Run
from ml.sieve.scheduler import Ended, Failed, Progressed, Scheduler
from webapp.records import Job
from webapp.runner.copier import Copier
from webapp.runner.running import RunningJob
from webapp.runner.stop import Stop
from webapp.services import queue, targets
from webapp.services.retention import apply_retention, clean_up
from webapp.services.retention_clock import RetentionClock
from webapp.services.trash import make_room
from webapp.storage import Stores

log = logging.getLogger(__name__)

SYNC_SECONDS = 0.5
RETRY_SECONDS = 5.0
"""Until the next try after a temporary failure, such as a full disk."""
RETENTION_SECONDS = 3600.0


class Loop:
    """Runs the queued jobs until it is told to stop."""

    def __init__(self, stores: Stores, executor: Executor, stop: Stop) -> None:
        """`executor` must not be used by anything else."""
        self._stores = stores
        self._stop = stop
        self._scheduler = Scheduler(executor)
        self._running: dict[Run, RunningJob] = {}
        self._copier = Copier(stores)
        self._blocked: list[Job] = []
        """Running jobs that wait for the end of a temporary failure."""
        self._unrecorded: dict[str, Exception] = {}
        """Jobs that failed while a full disk prevented writing their rows."""
        self._retention_clock = RetentionClock(stores.files.retention_clock)
        self._is_started = False
        self._next_sync = self._next_retention = self._next_try = 0.0

    def run(self) -> None:
        """Work until stopped; then requeue the running jobs."""
        while not self._stop.wait(0):
            self.step()
        queue.release(self._stores)

    def step(self) -> None:
        """One round. It takes half a second, or longer if storing a shard takes longer."""
        now = time.monotonic()
        if now >= self._next_sync:
            self._next_sync = now + SYNC_SECONDS
            self._guard(self._sync)
        if now >= self._next_retention:
            self._next_retention = now + RETENTION_SECONDS
            self._guard(self._apply_retention)
        if self._scheduler.is_idle and not self._copier.is_busy:
            self._stop.wait(max(0.0, self._next_sync - time.monotonic()))
            return
        for event in self._scheduler.step(0.0 if self._copier.is_busy else SYNC_SECONDS):
            if isinstance(event, Progressed):
                if (running := self._running.get(event.run)) is not None:
                    running.count(event.new, time.monotonic())
            elif isinstance(event, Ended):
                self._end(self._running.pop(event.run))
            elif isinstance(event, Failed):
                self._fail(self._running.pop(event.run), event.error)
        self._guard(self._copier.step)

    def _sync(self) -> None:
        """Follow the rows: drop stopped and deleted jobs, claim queued ones."""
        if not self._is_started:
            queue.requeue_orphans(self._stores)
            self._is_started = True
        for job_id, error in list(self._unrecorded.items()):
            queue.fail(self._stores, job_id, error)
            del self._unrecorded[job_id]
        ids = [running.job.id for running in self._running.values()]
        alive = queue.list_still_running(self._stores, ids)
        for run, running in list(self._running.items()):
            if running.job.id not in alive:
                self._scheduler.remove(run)
                del self._running[run]
        now = time.monotonic()
        if now >= self._next_try:
            make_room(self._stores)
            self._retry_blocked(now)
            for job, run in queue.claim(self._stores):
                self._add(job, run, now)
            self._copier.sync()
        if self._running:
            self._put_first()
            rates = {r.job.id: r.compute_rate(now) for r in self._running.values()}
            queue.report_rates(self._stores, rates)

    def _put_first(self) -> None:
        """Serve the jobs that the user put first before the others."""
        runs = {running.job.id: run for run, running in self._running.items()}
        first = queue.list_put_first(self._stores)
        self._scheduler.put_first([runs[job_id] for job_id in first if job_id in runs])

    def _apply_retention(self) -> None:
        clean_up(self._stores)
        if self._retention_clock.is_trusted():
            apply_retention(self._stores)
        else:
            log.info("nothing expires today: the clock was set, or this is the first start")

    def _add(self, job: Job, run: Run, now: float) -> None:
        self._running[run] = RunningJob(job, begun=now)
        self._scheduler.add(run)

    def _retry_blocked(self, now: float) -> None:
        alive = queue.list_still_running(self._stores, [job.id for job in self._blocked])
        blocked, self._blocked = self._blocked, []
        for job in blocked:
            if job.id in alive:
                again = functools.partial(self._retry, job, now)
                self._guard_job(RunningJob(job, begun=now), again)

    def _retry(self, job: Job, now: float) -> None:
        target = targets.get(self._stores, job.target)
        self._add(job, queue.make_run(self._stores, job, target), now)

    def _end(self, running: RunningJob) -> None:
        self._guard_job(running, lambda: queue.finish(self._stores, running.job.id))

    def _guard_job(self, running: RunningJob, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - it fails this job only
            self._fail(running, error)

    def _fail(self, running: RunningJob, error: Exception) -> None:
        """Fail this job only. After a temporary failure it is tried again."""
        if queue.is_temporary(error):
            self._blocked.append(running.job)
            self._wait(error)
            return
        try:
            queue.fail(self._stores, running.job.id, error)
        except Exception:
            log.exception("job %s failed, and its row could not be written", running.job.id)
            self._unrecorded[running.job.id] = error

    def _guard(self, step: Callable[[], None]) -> None:
        """Run a part of the round that belongs to no job. Its errors never end the runner."""
        try:
            step()
        except Exception as error:
            if queue.is_temporary(error):
                self._wait(error)
            else:
                log.exception("a part of the round failed and will be tried again")

    def _wait(self, error: Exception) -> None:
        """Delay the next try, and write the reason to the blocked jobs for their users."""
        now = time.monotonic()
        if now >= self._next_try:  # log once for all shards in flight
            log.warning("trying again in %g seconds: %s", RETRY_SECONDS, error)
        self._next_try = now + RETRY_SECONDS
        try:
            reason = queue.describe(error)
            queue.report_blocked(self._stores, [job.id for job in self._blocked], reason)
        except Exception:  # noqa: BLE001 - on a full disk the page finds the reason itself
            log.debug("the reason could not be written")
