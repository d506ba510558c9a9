"""Groups of variants: which lie in several piles, one verdict for a group, the largest of each."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Collection, Sequence

from ml.scoring.piles import Pile, Verdict
from webapp.errors import NotFound
from webapp.records import Job, Picture
from webapp.services import verdicts
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

PAGE_GROUPS = 30
"""The largest number of groups on one page."""


@dataclasses.dataclass(frozen=True, slots=True)
class VariantGroup:
    """Pictures that are versions of one picture."""

    pictures: list[Picture]
    """The largest first."""

    @property
    def largest(self) -> int:
        """The number by which the group is known."""
        return self.pictures[0].number

    @property
    def piles(self) -> dict[Pile, int]:
        """How many of its pictures are in each pile."""
        counts = collections.Counter(picture.pile for picture in self.pictures)
        return {pile: counts[pile] for pile in Pile if counts[pile]}


@dataclasses.dataclass(frozen=True, slots=True)
class SplitGroups:
    """A job with the groups whose pictures are in several piles."""

    job: Job
    groups: list[VariantGroup]
    """The first ones."""
    split: int
    """Groups in several piles, all of them."""
    total: int
    """Groups in all."""


def read_split_groups(stores: Stores, job_id: str) -> SplitGroups:
    """Return the first groups whose pictures lie in several piles. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        query = PictureQuery.of(job)
        members, split = tables.variants.read_members(job_id), tables.variants.list_split(query)
        groups = [
            VariantGroup(tables.pictures.list_by_number(query, members[largest]))
            for largest in split[:PAGE_GROUPS]
        ]
    return SplitGroups(job=job, groups=groups, split=len(split), total=len(members))


def count_split_groups(stores: Stores, job_id: str) -> int:
    """Return how many groups lie in several piles. Raises NotFound."""
    with stores.reading() as tables:
        return len(tables.variants.list_split(PictureQuery.of(require_job(tables, job_id))))


def set_group_verdict(stores: Stores, job_id: str, largest: int, verdict: Verdict | None) -> int:
    """Set one verdict on all pictures of a group. Returns how many they are. Raises NotFound."""
    with stores.reading() as tables:
        require_job(tables, job_id)
        members = tables.variants.read_members(job_id).get(largest)
    if members is None:
        raise NotFound(f"Picture number {largest} leads no group of variants.")
    verdicts.set_verdicts(stores, job_id, members, verdict)
    return len(members)


def keep_largest(tables: Tables, job: Job, numbers: Sequence[int]) -> list[int]:
    """Return the numbers without those of which a larger variant is among them."""
    smaller = _list_smaller(tables.variants.read_members(job.id).values(), set(numbers))
    return [number for number in numbers if number not in smaller]


def _list_smaller(groups: Collection[list[int]], chosen: set[int]) -> set[int]:
    there = ([number for number in group if number in chosen] for group in groups)
    return {number for group in there for number in group[1:]}
