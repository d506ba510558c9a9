"""The engine with results in memory, for the shell and for Python."""

import collections
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.archive.conversion import convert, needs_conversion
from ml.archive.folder import LISTING_SUFFIX, list_folder
from ml.archive.formats import START_BYTES, ArchiveFormat, has_picture_suffix, is_picture
from ml.archive.intake import find_archive_kind, pack_pictures
from ml.archive.limits import Limits
from ml.archive.reader import Member, list_members
from ml.errors import ArchiveError, TemporaryFailure
from ml.scoring.piles import Outcome, Pile, Thresholds
from ml.sieve.cores import count_cores
from ml.sieve.executor import Executor, LocalExecutor
from ml.sieve.report import Reporter, ReportRow, describe_caution
from ml.sieve.results import MemoryResults
from ml.sieve.run import Run
from ml.sieve.scheduler import Ended, Failed, Scheduler
from ml.sieve.shard import PictureResult
from ml.targets.catalog import Target

OnProgress = Callable[[int, int], None]
"""Called with (pictures done, pictures in all); may raise to stop."""

OnWait = Callable[[TemporaryFailure], None]
"""Called with a temporary failure; returns when the work may be tried again, or raises."""


@dataclasses.dataclass(frozen=True)
class Galleries:
    """All members of an archive, each in exactly one pile."""

    rows: tuple[ReportRow, ...]  # in the archive's order
    seconds: float  # from opening the archive to its last picture
    caution: str | None = None  # why mistakes may be likelier than usual, as sentences

    def list_pile(self, pile: Pile) -> list[ReportRow]:
        return [row for row in self.rows if row.pile is pile]

    @property
    def kept(self) -> list[ReportRow]:
        """At least as probable as the confidence."""
        return self.list_pile(Pile.KEPT)

    @property
    def unsure(self) -> list[ReportRow]:
        """Between rejected and kept."""
        return self.list_pile(Pile.UNSURE)

    @property
    def rejected(self) -> list[ReportRow]:
        """Less probable than the confidence."""
        return self.list_pile(Pile.REJECTED)

    @property
    def unreadable(self) -> list[ReportRow]:
        """Damaged or not a picture; `reason` says which."""
        return self.list_pile(Pile.UNREADABLE)

    @property
    def skipped(self) -> list[ReportRow]:
        """Not scored; `reason` says why."""
        return self.list_pile(Pile.SKIPPED)

    def list_numbers(self, pile: Pile) -> list[int]:
        """Return the numbers of a pile's members, for `ml.archive.export.export`."""
        return [number for number, row in enumerate(self.rows) if row.pile is pile]

    def summarize(self) -> str:
        """Return counts and times as sentences, like the text box of the paper's program."""
        counts = collections.Counter(row.pile for row in self.rows)
        parts = ", ".join(f"{counts[pile]:,} {pile}" for pile in Pile if counts[pile])
        times = [row.seconds for row in self.rows if row.seconds is not None]
        files = "1 file" if len(self.rows) == 1 else f"{len(self.rows):,} files"
        summary = f"{files}: {parts}. {self.seconds:,.1f} seconds in all"
        if times:
            common = statistics.mode(round(t, 3) for t in times)
            mean = statistics.fmean(times)
            summary += f", {mean:.3f} on average for a picture, most often {common:.3f}"
        return f"{summary}.{self._explain_empty_zip()}{f' {self.caution}' if self.caution else ''}"

    def _explain_empty_zip(self) -> str:
        """Return a sentence about the likeliest picture if nothing is kept, else nothing."""
        scored = [row for row in self.rejected if row.probability is not None]
        if self.kept or not scored:
            return ""
        best = max(scored, key=lambda row: row.probability or 0.0)
        return (
            f" No picture is {100 * best.threshold:g} % likely; the likeliest is {best.path!r} "
            f"with {100 * (best.probability or 0.0):.0f} %."
        )


@contextmanager
def open_source(
    source: Path,
    limits: Limits,
    *,
    beside: Path | None = None,
    open_inner_zips: bool = False,
    on_note: Callable[[str], object] | None = None,
) -> Iterator[Path]:
    """Yield `source` itself if it is a zip, a temporary listing of a folder, else a temporary zip.

    A folder is read in place.

    Args:
        beside: a folder with room for a copy of the pictures; default: the system's temporary one.
        open_inner_zips: whether pictures of zips within the zip count as well.
        on_note: called with a sentence if an archive breaks off.

    Raises ArchiveError, with a sentence.
    """
    if not source.exists():
        raise ArchiveError(f"There is nothing at {source}.")
    kind = find_archive_kind(source, source.name) if source.is_file() else None
    if source.is_file() and not _must_copy(source, kind, open_inner_zips=open_inner_zips):
        yield source  # neither archive nor picture: `list_members` raises the error
        return
    with tempfile.TemporaryDirectory(prefix="monasieve-", dir=beside) as folder:
        archive = Path(folder) / "pictures.zip"
        if source.is_dir():
            archive = archive.with_suffix(LISTING_SUFFIX)
            list_folder(source, archive, limits)
        elif kind is not None:
            note = convert(source, kind, archive, limits)
            if note is not None and on_note is not None:
                on_note(note)
        else:
            pack_pictures([(source.name, source)], archive, limits)
        yield archive


def _must_copy(source: Path, kind: ArchiveFormat | None, *, open_inner_zips: bool) -> bool:
    if kind is None:
        return _is_picture(source)
    return needs_conversion(source, kind, open_inner_zips=open_inner_zips)


def _is_picture(file: Path) -> bool:
    with file.open("rb") as stream:
        return is_picture(stream.read(START_BYTES)) or has_picture_suffix(file.name)


def sieve_archive(
    archive: Path,
    target: Target,
    thresholds: Thresholds,
    *,
    limits: Limits | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
    on_wait: OnWait | None = None,
) -> Galleries:
    """Score every picture of a zip and sort all members into piles.

    Args:
        executor: where shards run; it stays open. Default: processes of this machine.
        workers: of the default executor; default: one per core.
        on_wait: default: a temporary failure is raised.

    Raises ArchiveError, ArtifactError, TemporaryFailure.
    """
    start = time.perf_counter()
    limits = limits or Limits()
    members = list_members(archive, limits)
    numbers = [member.number for member in members if member.skip is None]
    results = MemoryResults(numbers, target.backbone)
    run = Run(archive, target, results, limits=limits, pictures=len(numbers))
    own = executor or LocalExecutor(max(1, min(workers or count_cores(), len(numbers))))
    try:
        _run_to_end(
            run,
            own,
            lambda: on_progress and on_progress(len(results.results), len(numbers)),
            on_wait,
        )
    finally:
        results.close()
        if executor is None:
            own.close()
    caution = describe_caution(results.unlikeness, results.kinds, target.card.title)
    rows = _make_rows(members, results, target, thresholds, caution)
    return Galleries(rows, time.perf_counter() - start, caution)


def _run_to_end(
    run: Run, executor: Executor, report: Callable[[], object], on_wait: OnWait | None
) -> None:
    """Drive a scheduler with this one run until it ends. Raises the run's error if it fails."""
    scheduler = Scheduler(executor)
    scheduler.add(run)
    while True:
        for event in scheduler.step(timeout=1.0):
            if isinstance(event, Ended):
                return
            if isinstance(event, Failed):
                if on_wait is None or not isinstance(event.error, TemporaryFailure):
                    raise event.error
                on_wait(event.error)
                run.restart()
                scheduler.add(run)
            report()


def _make_rows(
    members: list[Member],
    results: MemoryResults,
    target: Target,
    thresholds: Thresholds,
    caution: str | None,
) -> tuple[ReportRow, ...]:
    prevalence = results.prevalence.value if results.prevalence else target.card.prevalence
    reporter = Reporter(target.card.name, target.card.version, prevalence, thresholds, caution)
    rows = []
    for member in members:
        skipped = PictureResult(member.number, Outcome.SKIPPED, reason=member.skip)
        result = results.results.get(member.number, skipped)
        row = reporter.make_row(
            path=member.path,
            outcome=result.outcome,
            evidence=results.evidence.get(member.number),
            verdict=None,
            reason=result.reason,
            seconds=result.seconds,
            sha256=result.sha256,
            variant_of=results.find_largest_variant(member.number),
        )
        assert row is not None  # noqa: S101 - an ended run has an outcome for every member
        rows.append(row)
    return tuple(rows)
