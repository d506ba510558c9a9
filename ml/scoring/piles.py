"""Scores, thresholds and what the user said → piles. Pure; the standard library alone."""

import dataclasses
import enum
import math


class Pile(enum.StrEnum):
    """Where a member of the archive ends. Every member is in exactly one."""

    KEPT = "kept"
    UNSURE = "unsure"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    SKIPPED = "skipped"


class Verdict(enum.StrEnum):
    """What the user said of a picture; it goes over what the network said."""

    IS = "is"
    IS_NOT = "is_not"


class Outcome(enum.StrEnum):
    """What became of a member when it was read."""

    WAITING = "waiting"
    SCORED = "scored"
    UNREADABLE = "unreadable"
    SKIPPED = "skipped"


@dataclasses.dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities, 0..1: kept from `keep` on, unsure from `unsure` on, rejected below.

    Raises ValueError unless 0 <= unsure <= keep <= 1.
    """

    keep: float
    unsure: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.unsure <= self.keep <= 1.0:
            raise ValueError(
                f"thresholds must be 0 <= unsure <= keep <= 1, not {self.unsure} and {self.keep}"
            )

    @classmethod
    def two_piles(cls, confidence: float) -> "Thresholds":
        """Kept or rejected, nothing unsure between."""
        return cls(keep=confidence, unsure=confidence)


def parse_confidence(text: str) -> float:
    """A confidence that a person typed: "0.95" or "0,95". Raises ValueError with one sentence."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 1.0:
        raise ValueError(
            f"The confidence is a number from 0 to 1, such as 0.95; received {text[:40]!r}."
        )
    return value


def pile_of(
    outcome: Outcome,
    probability: float | None,
    verdict: Verdict | None,
    thresholds: Thresholds,
) -> Pile | None:
    """The pile of one member; None while it waits to be scored.

    Raises ValueError for a scored picture without a probability.
    """
    if outcome is Outcome.WAITING:
        return None
    if outcome is not Outcome.SCORED:
        return Pile(outcome.value)
    if verdict is not None:
        return Pile.KEPT if verdict is Verdict.IS else Pile.REJECTED
    if probability is None:
        raise ValueError("a scored picture has a probability")
    if probability >= thresholds.keep:
        return Pile.KEPT
    return Pile.UNSURE if probability >= thresholds.unsure else Pile.REJECTED


def probability_of(evidence: float, share: float) -> float:
    """How probable the target is, 0..1.

    Args:
        evidence: calibrated log-likelihood ratio (natural log) of the picture's best look.
        share: how much of the archive shows the target, 0 < share < 1.
    """
    odds = evidence + math.log(share / (1.0 - share))
    if odds >= 0:
        return 1.0 / (1.0 + math.exp(-odds))
    return math.exp(odds) / (1.0 + math.exp(odds))
