"""The paper's three stages as data: what each tells apart, and which pictures it may use.

Each stage starts from the weights of the one before. Before the first, `mona_lite` learns to tell
the characters apart; that is no stage of the paper.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import REST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ml.datasets.reader import Picture

UNKNOWN = -1


@dataclasses.dataclass(frozen=True)
class Stage:
    """One question, and its answer for a picture: 1, 0, or UNKNOWN (then it is not drawn)."""

    name: str
    question: str
    label: Callable[[Picture], int]
    crowds: bool  # figures may stand beside others: only where one figure can decide alone


def _gender(picture: Picture) -> int:
    return {"female": 1, "male": 0}.get(picture.gender, UNKNOWN)


def _similar(picture: Picture) -> int:
    """The target herself is left out: stage 3 is about her."""
    return UNKNOWN if picture.target else {"yes": 1, "no": 0}.get(picture.similar, UNKNOWN)


def _target(picture: Picture) -> int:
    return int(picture.target)


def _everybody(_: Picture) -> int:
    return 0


STAGES = {
    stage.name: stage
    for stage in (
        Stage("characters", "who is it?", _everybody, crowds=True),
        Stage("gender", "male or female?", _gender, crowds=False),
        Stage("similar", "like the target in clothes, build and hair?", _similar, crowds=False),
        Stage("target", "the target or somebody else?", _target, crowds=True),
    )
}


def stage_labels(stage: Stage, pictures: Sequence[Picture]) -> NDArray[np.int64]:
    """1, 0 or UNKNOWN for each picture. int64 (n,)."""
    return np.array([stage.label(p) for p in pictures], dtype=np.int64)


def draw_weights(
    pictures: Sequence[Picture],
    labels: NDArray[np.int64],
    positives: float | None,
    nobody: float | None = None,
) -> NDArray[np.float64]:
    """How often each picture is drawn; adds up to 1.

    A picture counts the less, the more its character has and the more files its artwork has, by
    the root of both: thirty copies of one illustration teach little more than three.

    Args:
        positives: the share of pictures with label 1 in what is drawn; None leaves it as it falls.
        nobody: the share of pictures without a character among the rest of what is drawn; None
            leaves it as it falls.
    """
    names = [p.character for p in pictures]
    arts = [p.art for p in pictures]
    weights = np.array([1.0] * len(pictures)) / np.sqrt(_count(names) * _count(arts))
    weights[labels == UNKNOWN] = 0
    rest = np.array([p.character == REST for p in pictures]) & (labels != 1)
    named = ~rest & (labels != 1)
    if nobody is not None and weights[rest].sum() > 0 and weights[named].sum() > 0:
        weights[rest] *= nobody / weights[rest].sum()
        weights[named] *= (1 - nobody) / weights[named].sum()
    if positives is not None and (labels == 1).any() and (labels == 0).any():
        for label, share in ((1, positives), (0, 1 - positives)):
            weights[labels == label] *= share / weights[labels == label].sum()
    total: float = weights.sum()
    shares: NDArray[np.float64] = weights / total
    return shares


def _count(values: Sequence[str]) -> NDArray[np.float64]:
    """For each value how often it occurs in all."""
    _, inverse, counts = np.unique(np.array(values), return_inverse=True, return_counts=True)
    return counts[inverse].astype(np.float64)
