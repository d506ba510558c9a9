"""The paper's three stages as data: the question of each, and the pictures it may use.

Each stage starts from the weights of the previous one. `mona_lite` first learns to tell characters
apart, which is not a stage of the paper.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import NO_CHARACTER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ml.datasets.reader import LabelledPicture

UNKNOWN = -1


@dataclasses.dataclass(frozen=True)
class Stage:
    """One question, and its answer for a picture: 1, 0, or UNKNOWN (then it is not drawn)."""

    name: str
    question: str
    label: Callable[[LabelledPicture], int]
    allows_multiple: (
        bool  # several figures in one picture; only if one of them can decide the answer
    )


def _label_gender(picture: LabelledPicture) -> int:
    return {"female": 1, "male": 0}.get(picture.gender, UNKNOWN)


def _label_likeness(picture: LabelledPicture) -> int:
    """The target itself is left out, because the last stage asks for it."""
    return UNKNOWN if picture.is_target else {"yes": 1, "no": 0}.get(picture.similar, UNKNOWN)


def _label_target(picture: LabelledPicture) -> int:
    return int(picture.is_target)


def _label_nothing(_: LabelledPicture) -> int:
    return 0


STAGES = {
    stage.name: stage
    for stage in (
        Stage("characters", "who is it?", _label_nothing, allows_multiple=True),
        Stage("gender", "male or female?", _label_gender, allows_multiple=False),
        Stage(
            name="similar",
            question="like the target in clothes, build and hair?",
            label=_label_likeness,
            allows_multiple=False,
        ),
        Stage("target", "the target or not?", _label_target, allows_multiple=True),
    )
}


def label_pictures(stage: Stage, pictures: Sequence[LabelledPicture]) -> NDArray[np.int64]:
    """Return 1, 0 or UNKNOWN for each picture, int64 (n,)."""
    return np.array([stage.label(p) for p in pictures], dtype=np.int64)


def compute_draw_weights(
    pictures: Sequence[LabelledPicture],
    labels: NDArray[np.int64],
    *,
    positives: float | None = None,
    nobody: float | None = None,
) -> NDArray[np.float64]:
    """Return how often each picture is drawn, float64 (n,); the sum is 1.

    A picture's weight falls with the root of the number of pictures of its character and of its
    artwork, because thirty copies of one illustration teach little more than three.

    Args:
        positives: fraction of pictures with label 1 among those drawn; None: as the weights give.
        nobody: fraction of pictures without a character among the others drawn; None: the same.
    """
    characters = _count_alike([p.character for p in pictures])
    artworks = _count_alike([p.artwork for p in pictures])
    weights = 1.0 / np.sqrt(characters * artworks)
    weights[labels == UNKNOWN] = 0
    empty = np.array([p.character == NO_CHARACTER for p in pictures], dtype=bool)
    if nobody is not None:
        _balance(weights, (labels != 1) & empty, (labels != 1) & ~empty, nobody)
    if positives is not None:
        _balance(weights, labels == 1, labels == 0, positives)
    total: float = weights.sum()
    normalised: NDArray[np.float64] = weights / total
    return normalised


def _balance(
    weights: NDArray[np.float64],
    one: NDArray[np.bool_],
    other: NDArray[np.bool_],
    fraction: float,
) -> None:
    """Scale in place so that `one` has this fraction of both, if neither is empty."""
    if weights[one].sum() and weights[other].sum():
        weights[one] *= fraction / weights[one].sum()
        weights[other] *= (1 - fraction) / weights[other].sum()


def _count_alike(values: Sequence[str]) -> NDArray[np.float64]:
    """Return for each value how often it occurs."""
    _, inverse, counts = np.unique(np.array(values), return_inverse=True, return_counts=True)
    return counts[inverse].astype(np.float64)
