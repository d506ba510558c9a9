"""Who is in an archive: apply the heads of many targets to its stored embeddings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.many_heads import score_many_heads
from ml.scoring.other_targets import subtract_others
from ml.scoring.prevalence import Prevalence, compute_probabilities, estimate_prevalence
from ml.targets.catalog import list_other_shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ml.targets.catalog import Target

    Blocks = Iterable[tuple[NDArray[np.int64], NDArray[np.float16]]]


_SAID = 20.0
"""Evidence of a user's answer: as much as a mixture of targets counts at all."""


@dataclasses.dataclass(frozen=True, slots=True)
class Presence:
    """How many pictures of an archive show a target."""

    target: Target
    kept: int
    """Pictures that show it, as the user said."""
    prevalence: Prevalence
    """Among the other pictures."""
    expected: float
    """How many of the other pictures show it: their probabilities, added up. The prevalence is no
    measure of this in a small archive, where it lies between the archive's and the card's."""
    pictures: int
    """The other pictures: scored, and without an answer about this target."""
    surest: int | None
    """The number of the picture that shows it most probably; None in an empty archive."""

    @property
    def count(self) -> int:
        """The estimated number of pictures that show the target."""
        return self.kept + round(self.expected)

    @property
    def interval(self) -> tuple[int, int]:
        """The 95 % interval of `count`, widened to hold it."""
        low, high = (self.pictures * end for end in (self.prevalence.low, self.prevalence.high))
        return (
            self.kept + round(min(low, self.expected)),
            self.kept + round(max(high, self.expected)),
        )


def estimate_presence(
    targets: Sequence[Target],
    embeddings: Blocks,
    *,
    verdicts: Mapping[str, Mapping[int, bool]] | None = None,
    largest: Mapping[int, int] | None = None,
) -> list[Presence]:
    """Estimate for each target how many pictures show it, in the order of `targets`.

    A picture that clearly shows one target counts for another only if it clearly shows that, too.

    Args:
        targets: all of the backbone that made the embeddings.
        embeddings: blocks of numbers (n,) and float16 (n, regions, dim).
        verdicts: by the target's name, the user's answer about some pictures by their numbers.
        largest: variants, as in `Results.set_variants`.

    Raises what reading the embeddings raises.
    """
    numbers, evidence = _score_targets(targets, embeddings)
    said = [(verdicts or {}).get(target.card.name, {}) for target in targets]
    for row, answers in enumerate(said):
        evidence[row] = _replace_answered(evidence[row], numbers, answers)
    own = subtract_others(evidence, [target.card.prevalence for target in targets])
    sizes = _measure_groups(numbers, largest or {})
    found = []
    for target, answers, values in zip(targets, said, own, strict=True):
        others = ~_find_answered(numbers, answers)
        prevalence = estimate_prevalence(
            values[others], prior=target.card.prevalence, group_sizes=sizes[others]
        )
        found.append(
            Presence(
                target=target,
                kept=sum(answers.values()),
                prevalence=prevalence,
                expected=float(compute_probabilities(values[others], prevalence.value).sum()),
                pictures=int(others.sum()),
                surest=int(numbers[values.argmax()]) if len(values) else None,
            )
        )
    return found


def subtract_other_shipped(
    target: Target,
    numbers: NDArray[np.int64],
    evidence: NDArray[np.float32],
    embeddings: Blocks,
) -> NDArray[np.float32]:
    """Return a shipped target's evidence without what the other shipped ones explain, float32 (n,).

    The evidence of a target that is not shipped stays as it is.

    Args:
        numbers: int64 (n,), of the pictures; those without embeddings keep their evidence.
        evidence: float32 (n,), natural log, finite.
        embeddings: blocks of numbers (n,) and float16 (n, regions, dim).

    Raises what reading the embeddings raises.
    """
    others = list_other_shipped(target)
    if not others:
        return evidence
    seen, theirs = _score_targets(others, embeddings)
    _, here, there = np.intersect1d(numbers, seen, assume_unique=True, return_indices=True)
    own = evidence.copy()
    together = np.concatenate([own[None, here], theirs[:, there]])
    own[here] = subtract_others(together, [one.card.prevalence for one in (target, *others)])[0]
    return own


def _score_targets(
    targets: Sequence[Target], embeddings: Blocks
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the pictures' numbers, (n,), and each target's evidence, float32 (targets, n)."""
    heads = [target.head for target in targets]
    numbers, scores = [np.zeros(0, np.int64)], [np.zeros((len(heads), 0), np.float32)]
    for block_numbers, block in embeddings:
        numbers.append(block_numbers)
        scores.append(score_many_heads(heads, block))
    evidence = np.concatenate(scores, axis=1)
    for row, target in zip(evidence, targets, strict=True):
        row[:] = target.card.calibration.compute_evidence(row)
    # One picture that a head gives NaN for would spoil the estimate of all others.
    return np.concatenate(numbers), np.nan_to_num(evidence, nan=-_SAID)


def _replace_answered(
    evidence: NDArray[np.float32], numbers: NDArray[np.int64], answers: Mapping[int, bool]
) -> NDArray[np.float32]:
    """Return a copy in which the evidence of answered pictures is as sure as the user."""
    replaced = evidence.copy()
    for is_target in (True, False):
        chosen = {number: answer for number, answer in answers.items() if answer == is_target}
        replaced[_find_answered(numbers, chosen)] = _SAID if is_target else -_SAID
    return replaced


def _find_answered(numbers: NDArray[np.int64], answers: Mapping[int, bool]) -> NDArray[np.bool_]:
    return np.isin(numbers, np.fromiter(answers, np.int64, len(answers)))


def _measure_groups(numbers: NDArray[np.int64], largest: Mapping[int, int]) -> NDArray[np.int64]:
    """Return the number of variants in each picture's group, (n,)."""
    leaders = np.array([largest.get(number, number) for number in numbers.tolist()], np.int64)
    _, group, sizes = np.unique(leaders, return_inverse=True, return_counts=True)
    return sizes[group]
