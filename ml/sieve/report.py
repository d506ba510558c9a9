"""The report: what became of every member, as CSV and as JSON."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Iterator

from ml.scoring.piles import Pile, Verdict


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One member of the archive; the fields are the report's columns, in this order."""

    path: str
    pile: Pile
    probability: float | None  # 0..1; None unless scored
    verdict: Verdict | None  # what the user said
    threshold: float  # the confidence it was kept or rejected at
    target: str
    version: int  # of the target
    seconds: float | None  # spent on this picture
    reason: str | None  # why unreadable or skipped
    sha256: str | None  # of the member's bytes


COLUMNS = tuple(field.name for field in dataclasses.fields(Row))
# A spreadsheet runs a cell that starts like this as a formula; a name may come from anywhere.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The report as CSV (RFC 4180), a line at a time, the header first."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line(tuple(_cell(getattr(row, column)) for column in COLUMNS))


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The report as one JSON array, in pieces."""
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(dataclasses.asdict(_rounded(row)), ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _rounded(row: Row) -> Row:
    return dataclasses.replace(
        row,
        probability=None if row.probability is None else round(row.probability, 6),
        seconds=None if row.seconds is None else round(row.seconds, 4),
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
