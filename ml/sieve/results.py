"""Result stores keep the results of a run: in memory here, in SQL in the web app."""

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml.scoring.kind_counts import KindCounts
from ml.scoring.piles import Outcome
from ml.scoring.prevalence import Prevalence
from ml.sieve.embeddings import EmbeddingFile
from ml.sieve.shard import PictureResult
from ml.vision.card import BackboneCard
from ml.vision.regions import count_regions

Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Fingerprints:
    """Of all scored members that have one, rising by number."""

    numbers: NDArray[np.int64]  # (n,)
    fingerprints: NDArray[np.uint64]  # (n,)
    areas: NDArray[np.int64]  # (n,), pixels of the originals


class Results(Protocol):
    """The interface of a result store. One test contract holds for every store."""

    def list_waiting(self, *, after: int, limit: int) -> list[int]:
        """Return numbers above `after` of members without an outcome, rising."""

    def add(self, results: Sequence[PictureResult]) -> int:
        """Store results; a member that has an outcome keeps it. Returns the number of new ones."""

    def read_evidence(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return numbers (n,) and evidence (n,) of all scored members."""

    def read_embeddings(self) -> Blocks:
        """Yield numbers (n,) and embeddings (n, regions, dim) of all scored members, in blocks.

        Raises OSError or ValueError if the embeddings are gone.
        """

    def read_fingerprints(self) -> Fingerprints:
        """Return the fingerprints; members that an older program scored have none."""

    def set_variants(self, largest: Mapping[int, int]) -> None:
        """Replace the groups of variants.

        Args:
            largest: the number of the group's largest picture by the number of each member.
        """

    def set_unlikeness(self, unlikeness: float | None) -> None:
        """Set how unlike the archive is, as `ml.scoring.unlikeness` has it."""

    def set_kinds(self, kinds: KindCounts) -> None:
        """Set how many of the pictures that were looked at are of each kind."""

    def set_prevalence(self, prevalence: Prevalence, *, is_final: bool) -> None:
        """Set the prevalence that turns evidence into probability."""

    def replace_evidence(
        self, numbers: NDArray[np.int64], evidence: NDArray[np.float32], prevalence: Prevalence
    ) -> None:
        """Replace all evidence and the prevalence, after another head scored these members."""


class MemoryResults:
    """Results for the shell and for Python.

    Embeddings lie in a temporary file, because those of a large archive would fill the memory.
    """

    def __init__(self, numbers: Sequence[int], backbone: BackboneCard) -> None:
        """Make an empty store for the members with these numbers."""
        self.results: dict[int, PictureResult] = {}
        self.evidence: dict[int, float] = {}
        self.variants: Mapping[int, int] = {}  # the largest of a picture's group, by number
        self.prevalence: Prevalence | None = None
        self.unlikeness: float | None = None
        self.kinds = KindCounts()
        self._numbers = list(numbers)
        self._folder = tempfile.TemporaryDirectory(prefix="monasieve-")
        self._embeddings = EmbeddingFile(
            Path(self._folder.name) / "embeddings.f16",
            regions=count_regions(backbone),
            dim=backbone.dim,
        )

    def close(self) -> None:
        """Remove the temporary file."""
        self._folder.cleanup()

    def list_waiting(self, *, after: int, limit: int) -> list[int]:
        start = np.searchsorted(self._numbers, after, side="right")
        waiting = (n for n in self._numbers[int(start) :] if n not in self.results)
        return [number for number, _ in zip(waiting, range(limit), strict=False)]

    def add(self, results: Sequence[PictureResult]) -> int:
        new = [r for r in results if r.number not in self.results]
        scored = [(r.number, r.embeddings) for r in new if r.embeddings is not None]
        if scored:
            self._embeddings.write(scored)
        for result in new:
            self.results[result.number] = _drop_arrays(result)
            if result.evidence is not None:
                self.evidence[result.number] = result.evidence
        return len(new)

    def read_evidence(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        numbers = sorted(self.evidence)
        values = np.array([self.evidence[number] for number in numbers], np.float32)
        return np.array(numbers, np.int64), values

    def read_embeddings(self) -> Blocks:
        scored = (n for n, r in self.results.items() if r.outcome is Outcome.SCORED)
        return self._embeddings.read(sorted(scored))

    def read_fingerprints(self) -> Fingerprints:
        found = sorted(
            (r.number, r.fingerprint, (r.width or 0) * (r.height or 0))
            for r in self.results.values()
            if r.fingerprint is not None
        )
        return make_fingerprints(found)

    def set_variants(self, largest: Mapping[int, int]) -> None:
        self.variants = largest

    def find_largest_variant(self, number: int) -> str | None:
        """Return the SHA-256 of the largest variant of a picture; None if it has no variants."""
        largest = self.variants.get(number)
        return None if largest is None else self.results[largest].sha256

    def set_unlikeness(self, unlikeness: float | None) -> None:
        self.unlikeness = unlikeness

    def set_kinds(self, kinds: KindCounts) -> None:
        self.kinds = kinds

    def set_prevalence(self, prevalence: Prevalence, *, is_final: bool) -> None:  # noqa: ARG002
        self.prevalence = prevalence

    def replace_evidence(
        self, numbers: NDArray[np.int64], evidence: NDArray[np.float32], prevalence: Prevalence
    ) -> None:
        self.evidence = dict(zip(numbers.tolist(), evidence.tolist(), strict=True))
        self.prevalence = prevalence


def make_fingerprints(rows: Sequence[tuple[int, int, int]]) -> Fingerprints:
    """Make arrays of numbers, fingerprints and areas."""
    numbers, fingerprints, areas = zip(*rows, strict=True) if rows else ((), (), ())
    return Fingerprints(
        np.array(numbers, np.int64), np.array(fingerprints, np.uint64), np.array(areas, np.int64)
    )


def _drop_arrays(result: PictureResult) -> PictureResult:
    return dataclasses.replace(result, embeddings=None, thumbnail=None, large=None)
