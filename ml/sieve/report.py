"""The report: a row for every member, as CSV and as JSON."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Iterator

from ml.archive.safe_names import mask_hostile
from ml.scoring.kind_counts import KindCounts
from ml.scoring.piles import (
    Outcome,
    Pile,
    Thresholds,
    Verdict,
    compute_probability,
    decide_pile,
)
from ml.scoring.unlikeness import describe_unlikeness


@dataclasses.dataclass(frozen=True, slots=True)
class ReportRow:
    """One member of the archive; the fields are the report's columns, in this order."""

    path: str
    pile: Pile
    probability: float | None  # 0..1; None unless scored
    verdict: Verdict | None  # the user's
    threshold: float  # the confidence it was kept or rejected at
    target: str
    version: int  # of the target
    seconds: float | None  # spent on this picture
    reason: str | None  # why unreadable or skipped
    sha256: str | None  # of the member's bytes
    certificate: str | None = None  # what a checked sample says about the rejected pile
    variant_of: str | None = None  # SHA-256 of the largest variant of it; None: it has no variants
    caution: str | None = None  # of a scored one: why mistakes may be likelier than usual


def describe_caution(unlikeness: float | None, kinds: KindCounts, title: str) -> str | None:
    """Return why mistakes may be likelier than usual, as sentences; None: for no known reason.

    Args:
        title: of the target.
    """
    sentences = (describe_unlikeness(unlikeness, title), kinds.describe(title))
    return " ".join(filter(None, sentences)) or None


@dataclasses.dataclass(frozen=True, slots=True)
class Reporter:
    """Makes the rows of one archive and one target."""

    target: str
    version: int
    prevalence: float
    thresholds: Thresholds  # probabilities
    caution: str | None  # sentences about the archive

    def make_row(
        self,
        *,
        path: str,
        outcome: Outcome,
        evidence: float | None,
        verdict: Verdict | None,
        reason: str | None,
        seconds: float | None,
        sha256: str | None,
        variant_of: str | None,
    ) -> ReportRow | None:
        """Return the row of one member; None while it waits to be scored."""
        borders = self.thresholds.to_evidence(self.prevalence)
        pile = decide_pile(outcome, evidence, verdict, borders)
        if pile is None:
            return None
        probability = None
        if evidence is not None:
            probability = compute_probability(evidence, self.prevalence)
        return ReportRow(
            path=path,
            pile=pile,
            probability=probability,
            verdict=verdict,
            threshold=self.thresholds.kept,
            target=self.target,
            version=self.version,
            seconds=seconds,
            reason=reason,
            sha256=sha256,
            variant_of=variant_of,
            caution=None if probability is None else self.caution,
        )


COLUMNS = tuple(field.name for field in dataclasses.fields(ReportRow))
# A spreadsheet runs a cell that starts like this as a formula, and a hostile name may do so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(rows: Iterable[ReportRow]) -> Iterator[str]:
    """Yield the report as CSV (RFC 4180), a line at a time, the header first.

    Characters that would mislead a reader are masked. JSON has the exact names.
    """
    yield _format_line(COLUMNS)
    for row in rows:
        rounded = _round(row)
        yield _format_line(tuple(_format_cell(getattr(rounded, name)) for name in COLUMNS))


def write_json(rows: Iterable[ReportRow]) -> Iterator[str]:
    """Yield the report as one JSON array, in pieces."""
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(dataclasses.asdict(_round(row)), ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _round(row: ReportRow) -> ReportRow:
    """Keep the digits that mean something, the same in both forms."""
    return dataclasses.replace(
        row,
        probability=None if row.probability is None else round(row.probability, 6),
        threshold=round(row.threshold, 6),
        seconds=None if row.seconds is None else round(row.seconds, 3),
    )


def _format_cell(value: object) -> str:
    if value is None:
        return ""
    text = mask_hostile(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _format_line(cells: tuple[str, ...]) -> str:
    """Quote every cell, because some spreadsheets part cells by `;` and would see a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()
