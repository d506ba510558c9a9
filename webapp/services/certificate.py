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
from ml.scoring.piles import Pile, Thresholds, Verdict, compute_probability
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
    """What the checked pictures say about the pile that was rejected when they were drawn."""

    below: float
    """The probability below which pictures were rejected."""
    rejected: int
    """Pictures in that pile, after the user's verdicts; once it is out of date, after the found."""
    checked: int
    """Pictures of finished rounds. A round of which an answer was undone is checked again."""
    found: int
    """Checked pictures that show the target; they are in the pile no longer."""
    at_most: int
    """Pictures in the pile that show the target, with 95 % confidence."""
    is_complete: bool
    """Every picture of the pile has the user's answer, so nothing is left to check."""
    is_out_of_date: bool
    """The border or the scores have changed since the sample was drawn, or an older program drew it
    and did not store which pictures had a verdict. Later verdicts change nothing, because they can
    only take pictures of the target out of the pile. If one from before the draw is taken back,
    `at_most` counts its picture."""
    has_unanswered: bool
    """Rejected pictures of now have no answer, so that a new sample can be drawn."""

    def describe(self, title: str) -> str:
        """Return the bound as a sentence; `title` is the target's."""
        pile = f"of the {self.rejected:,} pictures rejected below {100 * self.below:.6g} %"
        if self.is_complete:
            return f"None {pile} shows {title}, because you answered for each of them."
        found = f"{self.found:,}" if self.found else "none"
        return (
            f"At most {self.at_most:,} {pile} show {title} (95 % confidence), because you checked "
            f"{self.checked:,} of them picked at random and {found} did."
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """The page on which a user checks a round."""

    job: Job
    certificate: Certificate
    pictures: list[Picture]
    """The pictures of the round; none if all drawn pictures are checked."""


def read_certificate(stores: Stores, job_id: str) -> Certificate | None:
    """Return the certificate of the job's target; None if no round is finished."""
    with stores.reading() as tables:
        return certify(tables, require_job(tables, job_id))


def certify(tables: Tables, job: Job) -> Certificate | None:
    """Return what `read_certificate` returns, within a transaction."""
    sample = tables.samples.get(job.id, job.target)
    found = _certify(tables, job, sample) if sample else None
    return found if found and found.checked else None


def read_check(stores: Stores, job_id: str) -> Check | None:
    """Return the round that the user checks next; None if no sample is drawn. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        sample = tables.samples.get(job.id, job.target)
        if sample is None:
            return None
        certificate = _certify(tables, job, sample)
        numbers = tables.samples.list_numbers(job.id, job.target)
        round_ = numbers[certificate.checked : certificate.checked + ROUND_PICTURES]
        pictures = tables.pictures.list_by_number(PictureQuery.of(job), round_)
        return Check(job, certificate, pictures)


def has_unanswered(stores: Stores, job_id: str) -> bool:
    """Tell whether a sample can be drawn: a rejected picture has no answer. Raises NotFound."""
    with stores.reading() as tables:
        return _has_unanswered(tables, PictureQuery.of(require_job(tables, job_id)))


def _has_unanswered(tables: Tables, query: PictureQuery) -> bool:
    rejected = tables.progress.count_piles(query)[Pile.REJECTED]
    return rejected > tables.progress.count_with_verdict(query)[Pile.REJECTED]


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
            raise IllegalTransition(
                f"“{job.name}” has no rejected picture without your answer, so there is nothing to "
                "check."
            )
        near = math.ceil(_NEAR * len(numbers))
        sample = Sample(
            border=query.borders.unsure,
            below=tables.scores.count_below(job.id, job.target, query.borders.unsure),
            near_size=near,
            far_size=len(numbers) - near,
            checked=0,
            created=datetime.now(UTC),
            threshold=compute_probability(query.borders.unsure, job.prevalence),
            rejected=tables.progress.count_piles(query)[Pile.REJECTED],
        )
        order = _draw_order(numbers[:near], numbers[near:], np.random.default_rng())
        tables.samples.replace(query, sample, order)


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
        sample = tables.samples.get(job.id, job.target)
        drawn = tables.samples.list_numbers(job.id, job.target)
        end = checked + len(numbers)
        if sample and drawn[checked:end] == numbers:
            # Later rounds may have been finished before an answer of this one was undone.
            tables.samples.set_checked(job.id, job.target, max(sample.checked, end))


def _certify(tables: Tables, job: Job, sample: Sample) -> Certificate:
    query = PictureQuery.of(job)
    borders = Thresholds(kept=max(query.borders.kept, sample.border), unsure=sample.border)
    drawn = dataclasses.replace(query, borders=borders)
    numbers = tables.samples.list_numbers(job.id, job.target)[: sample.checked]
    answers = [picture.verdict for picture in tables.pictures.list_by_number(drawn, numbers)]
    undone = answers.index(None) if None in answers else len(answers)
    checked = len(answers) if undone == len(answers) else undone - undone % ROUND_PICTURES
    found = answers[:checked].count(Verdict.IS)
    near, far = allocate_sample((sample.near_size, sample.far_size), checked)
    bound = bound_positives(Stratum(sample.near_size, near), Stratum(sample.far_size, far), found)
    rejected = tables.progress.count_piles(drawn)[Pile.REJECTED]
    answered, taken_back = tables.samples.count_answered(drawn)
    is_out_of_date = (
        not math.isclose(query.borders.unsure, sample.border, abs_tol=1e-6)
        or tables.scores.count_below(job.id, job.target, sample.border) != sample.below
        or sample.near_size + sample.far_size + answered != sample.below
    )
    left = bound - found + (0 if is_out_of_date else taken_back)
    certificate = Certificate(
        below=compute_probability(sample.border, job.prevalence),
        rejected=rejected,
        checked=checked,
        found=found,
        at_most=min(left, rejected),  # the user may have found most of them elsewhere
        is_complete=left == 0 and checked == sample.near_size + sample.far_size,
        is_out_of_date=is_out_of_date,
        has_unanswered=_has_unanswered(tables, query),
    )
    if not certificate.is_out_of_date or sample.threshold is None or sample.rejected is None:
        return certificate
    # Present scores would put another percentage and another pile into a sentence about past ones.
    return dataclasses.replace(
        certificate, below=sample.threshold, rejected=sample.rejected - found
    )
