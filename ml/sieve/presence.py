"""Who is in an archive: apply the heads of many targets to its stored embeddings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.many_heads import score_many_heads
from ml.scoring.other_targets import subtract_others
from ml.scoring.prevalence import Prevalence, estimate_prevalence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ml.targets.catalog import Target


@dataclasses.dataclass(frozen=True, slots=True)
class Presence:
    """How many pictures of an archive show a target."""

    target: Target
    prevalence: Prevalence
    pictures: int
    """In the archive, scored."""
    surest: int | None
    """The number of the picture that shows it most probably; None in an empty archive."""

    @property
    def count(self) -> int:
        """The estimated number of pictures that show the target."""
        return round(self.pictures * self.prevalence.value)

    @property
    def interval(self) -> tuple[int, int]:
        """The 95 % interval of `count`."""
        return (
            round(self.pictures * self.prevalence.low),
            round(self.pictures * self.prevalence.high),
        )


def estimate_presence(
    targets: Sequence[Target],
    embeddings: Iterable[tuple[NDArray[np.int64], NDArray[np.float16]]],
) -> list[Presence]:
    """Estimate for each target how many pictures show it, in the order of `targets`.

    A picture that clearly shows one target counts for another only if it clearly shows that, too.

    Args:
        targets: all of the backbone that made the embeddings.
        embeddings: blocks of numbers (n,) and float16 (n, regions, dim).

    Raises what reading the embeddings raises.
    """
    heads = [target.head for target in targets]
    numbers, blocks = [], []
    for block_numbers, block in embeddings:
        numbers += block_numbers.tolist()
        blocks.append(score_many_heads(heads, block))
    scores = np.concatenate([np.zeros((len(heads), 0), np.float32), *blocks], axis=1)
    evidence = np.empty_like(scores)
    for row, target in enumerate(targets):
        evidence[row] = target.card.calibration.compute_evidence(scores[row])
    own = subtract_others(evidence, [target.card.prevalence for target in targets])
    return [
        Presence(
            target=target,
            prevalence=estimate_prevalence(values, prior=target.card.prevalence),
            pictures=len(values),
            surest=numbers[int(values.argmax())] if len(values) else None,
        )
        for target, values in zip(targets, own, strict=True)
    ]
