"""An archive and a target in, galleries out: the whole sieve for the shell and for Python."""

import collections
import dataclasses
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ml.archive.formats import has_picture_suffix, is_picture
from ml.archive.intake import folder_to_zip, is_zip, pictures_to_zip
from ml.archive.limits import Limits
from ml.archive.reader import Member, list_members
from ml.errors import ArchiveError
from ml.scoring.head import compute_evidence
from ml.scoring.piles import Outcome, Pile, Thresholds, compute_probability, decide_pile
from ml.scoring.prevalence import estimate_prevalence
from ml.sieve.executor import ShardPool
from ml.sieve.report import Row
from ml.sieve.shard import PictureResult, Shard, shard_size
from ml.targets.catalog import Target

OnProgress = Callable[[int, int], None]
"""Called with (pictures done, pictures in all); may raise to stop."""


@dataclasses.dataclass(frozen=True)
class Galleries:
    """Every member of the archive in exactly one pile, with its reason."""

    rows: tuple[Row, ...]  # in the archive's order
    seconds: float  # from opening the archive to its last picture

    def pile(self, pile: Pile) -> list[Row]:
        """The members of one pile."""
        return [row for row in self.rows if row.pile is pile]

    @property
    def kept(self) -> list[Row]:
        """At or over the confidence."""
        return self.pile(Pile.KEPT)

    @property
    def rejected(self) -> list[Row]:
        """Below the confidence."""
        return self.pile(Pile.REJECTED)

    @property
    def unreadable(self) -> list[Row]:
        """Damaged, or no picture behind the name; `reason` says which."""
        return self.pile(Pile.UNREADABLE)

    @property
    def skipped(self) -> list[Row]:
        """Not looked at; `reason` says why."""
        return self.pile(Pile.SKIPPED)

    def numbers(self, pile: Pile) -> list[int]:
        """Places of a pile's members in the archive, for `ml.archive.export.export`."""
        return [number for number, row in enumerate(self.rows) if row.pile is pile]

    def in_words(self) -> str:
        """The result as sentences, as the paper's text box gave it."""
        counts = collections.Counter(row.pile for row in self.rows)
        parts = ", ".join(f"{counts[pile]:,} {pile}" for pile in Pile if counts[pile])
        times = [row.seconds for row in self.rows if row.seconds is not None]
        words = f"{len(self.rows):,} files: {parts}. {self.seconds:,.1f} seconds in all"
        if times:
            common = statistics.mode(round(t, 3) for t in times)
            mean = statistics.fmean(times)
            words += f", {mean:.3f} on average for a picture, most often {common:.3f}"
        return f"{words}.{self._nothing_kept()}"

    def _nothing_kept(self) -> str:
        """What to make of an empty zip: how near the likeliest picture came."""
        scored = [row for row in self.rejected if row.probability is not None]
        if self.kept or not scored:
            return ""
        best = max(scored, key=lambda row: row.probability or 0.0)
        return (
            f" Nothing reaches the confidence of {best.threshold:g}: the likeliest is "
            f"{best.path!r} at {best.probability:.2f}."
        )


@contextmanager
def as_zip(source: Path, limits: Limits, *, beside: Path | None = None) -> Iterator[Path]:
    """`source` itself if it is a zip; else a zip of the folder or picture, for as long as needed.

    Args:
        beside: a folder with room for a copy of the pictures; default: that of the system.

    Raises ArchiveError, with a sentence.
    """
    if not source.exists():
        raise ArchiveError(f"There is nothing at {source}.")
    if source.is_file() and (is_zip(source) or not _is_picture(source)):
        yield source  # what is neither is refused where it is listed
        return
    with tempfile.TemporaryDirectory(prefix="monasieve-", dir=beside) as folder:
        archive = Path(folder) / "pictures.zip"
        if source.is_dir():
            folder_to_zip(source, archive, limits)
        else:
            pictures_to_zip([(source.name, source)], archive, limits)
        yield archive


def _is_picture(file: Path) -> bool:
    with file.open("rb") as stream:
        return is_picture(stream.read(16)) or has_picture_suffix(file.name)


def sieve(
    archive: Path,
    target: Target,
    thresholds: Thresholds,
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> Galleries:
    """Score every picture of a zip and sort all members into piles.

    Args:
        workers: processes; default one per core.

    Raises ArchiveError, ArtifactError.
    """
    begun = time.perf_counter()
    limits = limits or Limits()
    members = list_members(archive, limits)
    numbers = [member.number for member in members if member.skip is None]
    workers = max(1, min(workers or os.cpu_count() or 1, len(numbers)))
    size = shard_size(len(numbers), workers)
    parts = [tuple(numbers[n : n + size]) for n in range(0, len(numbers), size)]
    shards = [Shard(archive, part, target.backbone_folder, limits) for part in parts]
    scores = _run(shards, target, workers, lambda n: on_progress and on_progress(n, len(numbers)))
    share = _share(scores, target)
    rows = [
        _row(member, scores.get(member.number), target, thresholds, share) for member in members
    ]
    return Galleries(tuple(rows), time.perf_counter() - begun)


@dataclasses.dataclass(frozen=True, slots=True)
class _Score:
    """What is kept of a picture's result: an archive's embeddings would fill the memory."""

    result: PictureResult
    evidence: float | None


def _run(
    shards: Sequence[Shard], target: Target, workers: int, done: Callable[[int], object]
) -> dict[int, _Score]:
    scores: dict[int, _Score] = {}
    waiting = iter(shards)
    pool = ShardPool(workers)
    try:
        while True:
            for _, shard in zip(range(pool.free), waiting, strict=False):
                pool.submit("sieve", shard)
            if not pool.busy:
                return scores
            for finished in pool.finished(timeout=1.0):
                if finished.error is not None:
                    raise finished.error
                scores |= {r.number: _scored(r, target) for r in finished.results}
                done(len(scores))
    finally:
        pool.close()


def _scored(result: PictureResult, target: Target) -> _Score:
    if result.embeddings is None:
        return _Score(result, None)
    value = compute_evidence(target.head, target.card.calibration, result.embeddings[np.newaxis])[0]
    return _Score(dataclasses.replace(result, embeddings=None), float(value))


def _share(scores: dict[int, _Score], target: Target) -> float:
    """How much of the archive shows the target: what makes a probability of evidence."""
    known = [score.evidence for score in scores.values() if score.evidence is not None]
    return estimate_prevalence(np.array(known, np.float32), prior=target.card.prevalence).value


def _row(
    member: Member, score: _Score | None, target: Target, thresholds: Thresholds, share: float
) -> Row:
    if score is None:
        waiting = PictureResult(member.number, Outcome.WAITING, 0.0)
        skipped = PictureResult(member.number, Outcome.SKIPPED, 0.0, member.skip)
        score = _Score(skipped if member.skip else waiting, None)
    result, probability = score.result, None
    if score.evidence is not None:
        probability = compute_probability(score.evidence, share)
    pile = decide_pile(result.outcome, score.evidence, None, thresholds.to_evidence(share))
    if pile is None:
        raise RuntimeError(f"{member.path!r} was never looked at: this is a bug")
    return Row(
        path=member.path,
        pile=pile,
        probability=probability,
        verdict=None,
        threshold=thresholds.kept,
        target=target.card.name,
        version=target.card.version,
        seconds=result.seconds or None,
        reason=result.reason,
        sha256=result.sha256,
    )
