"""Check a random sample of the rejected pictures, and bound how many of the rest show the target.

The sample is drawn once, from the rejected pictures without a verdict. The user checks it in
rounds, as many as he wants. Each round holds the same fraction of the pictures near the border as
of the others, so every number of finished rounds is a sample of its own.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import numpy as np

from ml.scoring.certificate import Stratum, allocate_sample, bound_positives
from ml.scoring.piles import Pile, Verdict
from webapp.errors import IllegalTransition
from webapp.records import Job, Picture
from webapp.services import verdicts
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery
from webapp.storage.samples import Sample

ROUND_PICTURES = 60
_ROUNDS = 20  # drawn at once; 1,200 checked pictures bound a pile to a quarter of a percent
_NEAR = 0.1  # the part of the pile that counts as near the border


@dataclasses.dataclass(frozen=True, slots=True)
class Certificate:
    """What the checked pictures say about the rejected pile."""

    rejected: int
    """Pictures in the pile now."""
    checked: int
    found: int
    """Checked pictures that show the target; they are in the pile no longer."""
    at_most: int
    """Pictures in the pile that show the target, with 95 % confidence."""
    is_out_of_date: bool
    """The border or the scores have changed since the sample was drawn. Verdicts change nothing,
    because they can only take pictures of the target out of the pile."""

    def describe(self, title: str) -> str:
        """Return the bound as a sentence; `title` is the target's."""
        found = f"{self.found:,}" if self.found else "none"
        return (
            f"At most {self.at_most:,} of the {self.rejected:,} rejected pictures show {title} "
            f"(95 % confidence), because you checked {self.checked:,} of them picked at random "
            f"and {found} did."
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """The page on which a user checks a round."""

    job: Job
    certificate: Certificate
    pictures: list[Picture]
    """The pictures of the round; none if all drawn pictures are checked."""


def read_certificate(stores: Stores, job_id: str) -> Certificate | None:
    """Return the certificate of the job's target; None before a round is finished."""
    with stores.reading() as tables:
        return certify(tables, require_job(tables, job_id))


def certify(tables: Tables, job: Job) -> Certificate | None:
    """Return what `read_certificate` returns, within a transaction."""
    sample = tables.samples.get(job.id, job.target)
    return _certify(tables, job, sample) if sample and sample.checked else None


def read_check(stores: Stores, job_id: str) -> Check | None:
    """Return the round that the user checks next; None if no sample is drawn. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        sample = tables.samples.get(job.id, job.target)
        if sample is None:
            return None
        numbers = tables.samples.list_numbers(job.id, job.target)
        round_ = numbers[sample.checked : sample.checked + ROUND_PICTURES]
        pictures = tables.pictures.list_by_number(PictureQuery.of(job), round_)
        return Check(job, _certify(tables, job, sample), pictures)


def draw_sample(stores: Stores, job_id: str) -> None:
    """Draw a new sample of the rejected pictures; the one before is forgotten.

    Raises NotFound, IllegalTransition while the job is not over or if there is nothing to check.
    """
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if not job.state.is_over:
            raise IllegalTransition(f"“{job.name}” is not over yet: it is {job.state}.")
        query = PictureQuery.of(job)
        numbers = tables.pictures.list_without_verdict(query, Pile.REJECTED)
        if not numbers:
            raise IllegalTransition(f"Every rejected picture of “{job.name}” has your answer.")
        near = math.ceil(_NEAR * len(numbers))
        sample = Sample(
            border=query.borders.unsure,
            below=tables.scores.count_below(job.id, job.target, query.borders.unsure),
            near_size=near,
            far_size=len(numbers) - near,
            checked=0,
            created=datetime.now(UTC),
        )
        order = _draw_order(numbers[:near], numbers[near:], np.random.default_rng())
        tables.samples.replace(job.id, job.target, sample, order)


def _draw_order(near: Sequence[int], far: Sequence[int], random: np.random.Generator) -> list[int]:
    """Return numbers in random order, each round with its part of both strata."""
    sizes = (len(near), len(far))
    shuffled = [random.permutation(stratum) for stratum in (near, far)]
    order: list[int] = []
    before = [0, 0]
    for pictures in range(ROUND_PICTURES, (_ROUNDS + 1) * ROUND_PICTURES, ROUND_PICTURES):
        after = allocate_sample(sizes, pictures)
        parts = [shuffled[i][before[i] : after[i]] for i in (0, 1)]
        order += [int(number) for number in random.permutation(np.concatenate(parts))]
        before = after
    return order


def finish_round(
    stores: Stores, job_id: str, *, checked: int, shown: Sequence[int], found: Collection[int]
) -> None:
    """Store the user's answers on a round; every picture of it that is not `found` is rejected.

    Args:
        checked: pictures that were checked before this round. A round that is sent twice counts
            once, because the number no longer agrees.
        shown: the numbers that the page showed. If they are not the round's, because a new sample
            was drawn in another window, nothing is stored.

    Raises NotFound, IllegalTransition if the round is no longer the next.
    """
    check = read_check(stores, job_id)
    numbers = [picture.number for picture in check.pictures] if check else []
    if check is None or check.certificate.checked != checked or set(numbers) != set(shown):
        raise IllegalTransition(
            "These pictures are no longer the next to check. Reload the page and go on from there."
        )
    is_target = [number for number in numbers if number in found]
    is_not = [number for number in numbers if number not in found]
    for answered, verdict in ((is_target, Verdict.IS), (is_not, Verdict.IS_NOT)):
        if answered:
            verdicts.set_verdicts(stores, job_id, answered, verdict)
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        # Another window may have drawn a new sample meanwhile, whose pictures nobody has checked.
        drawn = tables.samples.list_numbers(job.id, job.target)
        if drawn[checked : checked + len(numbers)] == [p.number for p in check.pictures]:
            tables.samples.set_checked(job.id, job.target, checked + len(numbers))


def _certify(tables: Tables, job: Job, sample: Sample) -> Certificate:
    query = PictureQuery.of(job)
    numbers = tables.samples.list_numbers(job.id, job.target)[: sample.checked]
    answers = [picture.verdict for picture in tables.pictures.list_by_number(query, numbers)]
    moved = answers.count(Verdict.IS)
    unclear = answers.count(None)  # undone since; each counts as the target, to be safe
    rejected = tables.progress.count_piles(query)[Pile.REJECTED]
    near, far = allocate_sample((sample.near_size, sample.far_size), sample.checked)
    bound = bound_positives(
        Stratum(sample.near_size, near), Stratum(sample.far_size, far), moved + unclear
    )
    return Certificate(
        rejected=rejected,
        checked=sample.checked,
        found=moved,
        at_most=bound - moved,
        is_out_of_date=(
            not math.isclose(query.borders.unsure, sample.border, abs_tol=1e-6)
            or tables.scores.count_below(job.id, job.target, sample.border) != sample.below
        ),
    )
