"""The result store of a job: rows in SQL, embeddings and thumbnails in the job's folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.scoring.kind_counts import KindCounts
from ml.scoring.prevalence import Prevalence
from ml.sieve.embeddings import EmbeddingFile
from ml.sieve.results import Fingerprints, make_fingerprints
from ml.sieve.shard import PictureResult
from ml.targets.catalog import Target
from ml.vision.regions import count_regions
from webapp.records import Job, JobState, JobTarget
from webapp.storage import Stores, Tables


class SqlResults:
    """`ml.sieve.results.Results` for one job and one target."""

    def __init__(self, stores: Stores, job: Job, target: Target) -> None:
        self._stores = stores
        self._job = dataclasses.replace(job, target=target.card.name)
        self._target = target
        self._embeddings = EmbeddingFile(
            stores.files.embeddings(job.id),
            regions=count_regions(target.backbone),
            dim=target.backbone.dim,
        )

    def list_waiting(self, *, after: int, limit: int) -> list[int]:
        with self._stores.reading() as tables:
            return tables.pictures.list_waiting(self._job.id, after=after, limit=limit)

    def add(self, results: Sequence[PictureResult]) -> int:
        """Store results; those of a job that no longer runs are dropped.

        Files are written first, because the rows refer to them. All rows are one transaction.
        Raises OSError, StorageFull.
        """
        self._write_thumbnails(results)
        scored = [(r.number, r.embeddings) for r in results if r.embeddings is not None]
        if scored:
            self._embeddings.write(scored)
        job_id, name = self._job.id, self._job.target
        with self._stores.writing() as tables:
            if not self._is_running(tables):
                return 0
            new = tables.pictures.store_results(job_id, results)
            tables.scores.add(job_id, name, _list_evidence(results))
            tables.jobs.count_progress(job_id, new)
        return new

    def read_evidence(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        with self._stores.reading() as tables:
            return tables.scores.read(self._job.id, self._job.target)

    def read_embeddings(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        with self._stores.reading() as tables:
            numbers = tables.pictures.list_scored(self._job.id)
        return self._embeddings.read(numbers)

    def read_picture(self, number: int) -> NDArray[np.float16]:
        """Return the embeddings of one scored picture, float16 (regions, dim).

        Raises OSError or ValueError if the embeddings are gone.
        """
        ((_, embeddings),) = self._embeddings.read([number])
        picture: NDArray[np.float16] = embeddings[0]
        return picture

    def read_fingerprints(self) -> Fingerprints:
        with self._stores.reading() as tables:
            return make_fingerprints(tables.variants.read_fingerprints(self._job.id))

    def set_variants(self, largest: Mapping[int, int]) -> None:
        """Replace the groups, unless the job no longer runs."""
        with self._stores.writing() as tables:
            if self._is_running(tables):
                tables.variants.replace(self._job.id, largest)

    def set_unlikeness(self, unlikeness: float | None) -> None:
        """Set how unlike the archive is, unless the job no longer runs."""
        self._change(unlikeness=unlikeness)

    def set_kinds(self, kinds: KindCounts) -> None:
        """Set the kinds of pictures, unless the job no longer runs."""
        self._change(looked_at=kinds.pictures, photographs=kinds.photographs, pages=kinds.pages)

    def set_prevalence(self, prevalence: Prevalence, *, is_final: bool) -> None:
        """Set the prevalence, unless the job no longer runs."""
        self._change(
            prevalence=prevalence.value,
            is_prevalence_known=prevalence.is_known if is_final else None,
        )

    def _change(self, **values: Any) -> None:
        """Set fields of the job, unless it no longer runs."""
        with self._stores.writing() as tables:
            job = tables.jobs.get(self._job.id)
            if job is not None and job.state is JobState.RUNNING:
                tables.jobs.save(dataclasses.replace(job, **values))

    def replace_evidence(
        self, numbers: NDArray[np.int64], evidence: NDArray[np.float32], prevalence: Prevalence
    ) -> None:
        """Replace evidence and prevalence, unless the job was deleted."""
        card = self._target.card
        target = JobTarget(
            name=card.name,
            title=card.title,
            version=card.version,
            prevalence=prevalence.value,
            is_prevalence_known=prevalence.is_known,
        )
        with self._stores.writing() as tables:
            if tables.jobs.get(self._job.id) is None:
                return
            tables.jobs.set_target(self._job.id, target)
            rows = zip(numbers.tolist(), evidence.tolist(), strict=True)
            tables.scores.add(self._job.id, card.name, rows)

    def _is_running(self, tables: Tables) -> bool:
        states = tables.jobs.read_states([self._job.id])
        return states.get(self._job.id) is JobState.RUNNING

    def _write_thumbnails(self, results: Sequence[PictureResult]) -> None:
        files = self._stores.files
        for result in results:
            if result.thumbnail is not None:
                files.thumbnail(self._job.id, result.number).write_bytes(result.thumbnail)
            if result.large is not None:
                files.large(self._job.id, result.number).write_bytes(result.large)


def _list_evidence(results: Iterable[PictureResult]) -> Iterator[tuple[int, float]]:
    return ((r.number, r.evidence) for r in results if r.evidence is not None)
