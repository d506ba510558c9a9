"""Evidence, thresholds and verdicts → piles. This module needs the standard library only."""

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
    """The user's answer for a picture. It overrides the network."""

    IS = "is"
    IS_NOT = "is_not"


class Outcome(enum.StrEnum):
    """The result of reading and scoring a member."""

    WAITING = "waiting"
    SCORED = "scored"
    UNREADABLE = "unreadable"
    SKIPPED = "skipped"
    NOT_SCORED = "not_scored"  # the job ended before it was read; it can still be scored


@dataclasses.dataclass(frozen=True, slots=True)
class Thresholds:
    """The lowest probability (0..1) or evidence (natural log) of two piles; below both: rejected.

    Raises ValueError unless unsure <= kept.
    """

    kept: float
    unsure: float

    def __post_init__(self) -> None:
        if not self.unsure <= self.kept:
            raise ValueError(f"unsure must not exceed kept: {self.unsure} and {self.kept}")

    @classmethod
    def without_unsure(cls, probability: float) -> "Thresholds":
        """Keep from this probability on and reject the rest. Raises ValueError outside 0..1."""
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"a confidence is a number from 0 to 1, not {probability}")
        return cls(kept=probability, unsure=probability)

    @classmethod
    def with_band(cls, probability: float, lowest: float) -> "Thresholds":
        """Keep from `probability` on; below it, from `lowest` on, pictures are unsure."""
        return cls(kept=probability, unsure=min(probability, lowest))

    def to_evidence(self, prevalence: float) -> "Thresholds":
        """Return the same thresholds as evidence, for an archive of this prevalence."""
        return Thresholds(
            kept=compute_evidence_at(self.kept, prevalence),
            unsure=compute_evidence_at(self.unsure, prevalence),
        )


def parse_confidence(text: str) -> float:
    """Parse a confidence that a person typed: "95", "95 %", "0.95", "0,95". Raises ValueError.

    A whole number and a number above 1 are percentages, even without the sign: "1" is 1 %, and
    "1.0" is 100 %.
    """
    number, percent, rest = text.strip().replace(",", ".").partition("%")
    try:
        value = math.nan if rest else float(number)
    except ValueError:
        value = math.nan
    if percent or value > 1.0 or number.strip().isdecimal():
        value /= 100.0
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"The confidence is a percentage, such as 95 %; received {text[:40]!r}.")
    return value


def decide_pile(
    outcome: Outcome, evidence: float | None, verdict: Verdict | None, borders: Thresholds
) -> Pile | None:
    """Return the pile of one member; None while it waits to be scored.

    Args:
        evidence: of a scored member.
        borders: thresholds as evidence.

    Raises ValueError for a scored member without evidence.
    """
    if outcome is Outcome.WAITING:
        return None
    if outcome is Outcome.NOT_SCORED:
        return Pile.SKIPPED
    if outcome is not Outcome.SCORED:
        return Pile(outcome.value)
    if evidence is None:
        raise ValueError("a scored member has evidence")
    if verdict is not None:
        return Pile.KEPT if verdict is Verdict.IS else Pile.REJECTED
    if evidence >= borders.kept:
        return Pile.KEPT
    return Pile.UNSURE if evidence >= borders.unsure else Pile.REJECTED


def compute_probability(evidence: float, prevalence: float) -> float:
    """Return the probability that the target is in the picture, 0..1.

    Args:
        evidence: calibrated log-likelihood ratio (natural log) of the picture's best region.
        prevalence: how much of the archive shows the target, 0 < prevalence < 1.
    """
    return logistic(evidence + math.log(prevalence / (1.0 - prevalence)))


def compute_evidence_at(probability: float, prevalence: float) -> float:
    """Return the evidence that gives this probability, the inverse of `compute_probability`."""
    if probability <= 0.0:
        return -math.inf
    nearly_one = 1.0 - 2.0**-53  # the largest double below 1, so that the evidence stays finite
    odds = min(probability, nearly_one) / (1.0 - min(probability, nearly_one))
    return math.log(odds) - math.log(prevalence / (1.0 - prevalence))


def logistic(log_odds: float) -> float:
    """Return the probability of log-odds, without overflow."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))
