"""A run: one archive, one target, one result store."""

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.archive.limits import Limits
from ml.errors import ArtifactError
from ml.scoring.head import compute_evidence
from ml.scoring.piles import Outcome
from ml.scoring.prevalence import Prevalence, estimate_prevalence
from ml.scoring.unlikeness import measure_unlikeness
from ml.sieve.kinds import Kind, count_kinds
from ml.sieve.look import LARGE, LOOK_PICTURES
from ml.sieve.presence import subtract_other_shipped
from ml.sieve.results import Results
from ml.sieve.shard import PictureResult, Shard
from ml.sieve.variants import find_variants
from ml.targets.catalog import Target

_ALL = 2**31  # members: more than an archive may have
_FIRST_ESTIMATE = 32  # pictures after which the prevalence is estimated for the first time


class Run:
    """Hands out an archive's waiting members as shards, and stores their results."""

    def __init__(
        self,
        archive: Path,
        target: Target,
        results: Results,
        *,
        limits: Limits,
        pictures: int,
        thumbnails: bool = False,
        closely: bool = True,
    ) -> None:
        """Prepare a run; nothing is read yet.

        Args:
            pictures: number of members to score, including those that have a result.
            thumbnails: whether shards make thumbnails.
            closely: whether pictures are also seen at the backbone's close scale, if it has one.
        """
        self.pictures = pictures
        self._archive = archive
        self._target = target
        self._results = results
        self._limits = limits
        self._thumbnails = thumbnails
        self._closely = closely
        self._after = -1  # number of the last member that was handed out
        self._taken = 0  # number of new results
        self._look: list[int] | None = None  # numbers of the first look; None: not chosen yet
        self._looked = 0  # how many of them were handed out
        self._kinds: dict[int, tuple[Kind, ...]] = {}  # of pictures that were looked at
        self._next_estimate = _FIRST_ESTIMATE

    def make_next_shard(self, size: int) -> Shard | None:
        """Return a shard of the next members without an outcome; None if all are handed out.

        The first ones are from all over the archive, so that what it is like shows early.
        """
        numbers = self._list_next(size)
        if not numbers:
            return None
        return Shard(
            archive=self._archive,
            numbers=tuple(numbers),
            backbone=self._target.backbone_folder,
            limits=self._limits,
            thumbnails=self._thumbnails,
            closely=self._closely,
            kinds=self.pictures < LARGE or numbers[0] in (self._look or ()),
        )

    def _list_next(self, size: int) -> list[int]:
        if self._look is None:
            self._look = self._choose_look()
        if numbers := self._look[self._looked : self._looked + size]:
            self._looked += len(numbers)
            return numbers
        while waiting := self._results.list_waiting(after=self._after, limit=size):
            self._after = waiting[-1]
            if numbers := [number for number in waiting if number not in self._look]:
                return numbers
        return []

    def _choose_look(self) -> list[int]:
        """Return one member at random of each of equal stretches of a large, untouched archive.

        Evenly spread members would be all of one kind where a thumbnail follows every picture.
        The same archive at the same place gives the same members.
        """
        waiting = self._results.list_waiting(after=-1, limit=_ALL)
        if len(waiting) < max(LARGE, self.pictures):
            return []
        edges = np.arange(LOOK_PICTURES + 1) * len(waiting) // LOOK_PICTURES
        draw = np.random.default_rng(list(bytes(self._archive)))
        return [waiting[place] for place in draw.integers(edges[:-1], edges[1:])]

    def take(self, results: Sequence[PictureResult]) -> int:
        """Compute the evidence and store the results. Returns the number of new ones.

        The prevalence is estimated again whenever the number of results has doubled.
        """
        new = self._results.add(self._add_evidence(results))
        self._kinds |= {r.number: r.kinds for r in results if r.kinds is not None}
        if self._look and self._taken < LOOK_PICTURES <= self._taken + new:
            self._results.set_unlikeness(self._measure_unlikeness())
            self._results.set_kinds(count_kinds(self._kinds.values()))
        self._taken += new
        if self._taken >= self._next_estimate:
            self._next_estimate = 2 * self._taken
            _, evidence = self._results.read_evidence()
            self._results.set_prevalence(self._estimate_from(evidence), is_final=False)
        return new

    def restart(self) -> bool:
        """Start again with the members that have no outcome. Returns False if there are none."""
        self._after = -1
        self._look = []
        return bool(self._results.list_waiting(after=-1, limit=1))

    def finish(self) -> Prevalence:
        """Set what all results together say: variants, unlikeness, kinds, and the prevalence."""
        self._results.set_variants(find_variants(self._results))
        self._results.set_unlikeness(self._measure_unlikeness())
        if self._kinds:
            self._results.set_kinds(count_kinds(self._kinds.values()))
        prevalence = self._estimate_beside_others(*self._results.read_evidence())
        self._results.set_prevalence(prevalence, is_final=True)
        return prevalence

    def _measure_unlikeness(self) -> float | None:
        """Return None if bank or embeddings cannot be read: the archive is sieved all the same."""
        embeddings = (block for _, block in self._results.read_embeddings())
        try:
            return measure_unlikeness(
                self._target.backbone_folder, self._target.backbone, embeddings
            )
        except (OSError, ValueError, ArtifactError):
            return None

    def rescore(self) -> Prevalence:
        """Score the stored embeddings with this run's head: no picture is decoded.

        Raises OSError or ValueError if the embeddings are gone, ArtifactError if the head gives
        NaN. The old evidence stays in these cases.
        """
        head, calibration = self._target.head, self._target.card.calibration
        numbers: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        evidence: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
        for block, embeddings in self._results.read_embeddings():
            numbers.append(block)
            evidence.append(compute_evidence(head, calibration, embeddings))
        all_numbers, values = np.concatenate(numbers), np.concatenate(evidence)
        if not np.isfinite(values).all():
            raise ArtifactError(f"{self._target.card.title} gives NaN for some pictures.")
        prevalence = self._estimate_beside_others(all_numbers, values)
        self._results.replace_evidence(all_numbers, values, prevalence)
        return prevalence

    def _add_evidence(self, results: Sequence[PictureResult]) -> list[PictureResult]:
        scored = [r.embeddings for r in results if r.embeddings is not None]
        if not scored:
            return list(results)
        head, calibration = self._target.head, self._target.card.calibration
        evidence = iter(compute_evidence(head, calibration, np.stack(scored)).tolist())
        return [
            _attach_evidence(result, next(evidence)) if result.embeddings is not None else result
            for result in results
        ]

    def _estimate_beside_others(
        self, numbers: NDArray[np.int64], evidence: NDArray[np.float32]
    ) -> Prevalence:
        """Estimate from what other shipped targets leave of the evidence.

        Verdicts do not count, so that the same archive always has the same probabilities. Without
        embeddings the target is estimated alone: the archive is sieved all the same.
        """
        own = evidence
        with contextlib.suppress(OSError, ValueError):
            own = subtract_other_shipped(
                self._target, numbers, evidence, self._results.read_embeddings()
            )
        return self._estimate_from(own)

    def _estimate_from(self, evidence: NDArray[np.float32]) -> Prevalence:
        return estimate_prevalence(evidence, prior=self._target.card.prevalence)


def _attach_evidence(result: PictureResult, evidence: float) -> PictureResult:
    """Return the result with its evidence, or an unreadable one if the evidence is not finite."""
    if np.isfinite(evidence):
        return dataclasses.replace(result, evidence=evidence)
    return PictureResult(
        number=result.number,
        outcome=Outcome.UNREADABLE,
        seconds=result.seconds,
        reason="could not be scored: the network gave NaN",
        sha256=result.sha256,
    )
