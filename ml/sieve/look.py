"""A first look: what a few pictures from all over a large archive say about it."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from ml.archive.reader import OpenArchive
from ml.scoring.kind_counts import KindCounts
from ml.scoring.piles import Outcome
from ml.scoring.unlikeness import is_unlike, measure_unlikeness
from ml.sieve.kinds import count_kinds
from ml.sieve.presence import estimate_presence
from ml.sieve.shard import Shard, load_backbone, score_member
from ml.targets.catalog import Target

LOOK_PICTURES = 50
LARGE = 200
"""Pictures. A smaller archive is done soon in any order, so it gets no look."""


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What a few pictures are like."""

    pictures: int  # scored or unreadable
    showing: int  # of these, about so many show the target
    unreadable: int
    copies: int  # with the same bytes as an earlier one
    kinds: KindCounts
    is_unlike: bool  # the pictures that the target was measured on


def take_look(shard: Shard, target: Target, others: Sequence[Target] = ()) -> Look:
    """Look at every member of a shard, whose archive is not kept open.

    Args:
        others: targets of the same backbone; what clearly shows one of them seldom shows `target`.

    Raises ArchiveError, ArtifactError.
    """
    backbone = load_backbone(shard.backbone)
    shard = dataclasses.replace(shard, kinds=True)
    with OpenArchive(shard.archive, shard.limits) as archive:
        results = [score_member(shard, archive, backbone, number) for number in shard.numbers]
    outcomes = [result.outcome for result in results]
    hashes = [result.sha256 for result in results if result.sha256 is not None]
    scored = [result.embeddings for result in results if result.embeddings is not None]
    showing, unlikeness = 0, None
    if scored:
        embeddings = np.stack(scored)
        finite = embeddings[np.isfinite(embeddings).all(axis=(1, 2))]
        presence = estimate_presence([target, *others], [(np.arange(len(finite)), finite)])
        showing = presence[0].count
        unlikeness = measure_unlikeness(target.backbone_folder, target.backbone, [embeddings])
    return Look(
        pictures=len(outcomes) - outcomes.count(Outcome.SKIPPED),
        showing=showing,
        unreadable=outcomes.count(Outcome.UNREADABLE),
        copies=len(hashes) - len(set(hashes)),
        kinds=count_kinds(result.kinds for result in results),
        is_unlike=is_unlike(unlikeness),
    )
