"""Read the user's verdicts from a report, as `ml.sieve.report` writes it: CSV or JSON.

The file comes from anywhere, so it is read line by line and every line is checked. A spreadsheet
may have written the CSV again, with `;` or a tab between the cells, and in the encoding of its
system. Only ASCII is needed, so bytes that are not UTF-8 do no harm.
"""

from __future__ import annotations

import codecs
import csv
import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TypeVar

from ml.errors import ArchiveError
from ml.scoring.piles import Verdict

MOST_FAULTS = 20
"""Lines whose fault is said; the others are counted."""
_LINE_CHARACTERS = 1 << 20  # a member's name has 64 KiB at most
_NEEDED = ("sha256", "verdict", "target")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Row = Mapping[str, object]
_T = TypeVar("_T")


@dataclasses.dataclass
class ReportVerdicts:
    """The verdicts of a report on one target, and what was wrong with the other lines."""

    target: str
    verdicts: dict[str, Verdict] = dataclasses.field(default_factory=dict)
    """By the picture's SHA-256."""
    faults: list[str] = dataclasses.field(default_factory=list)
    """Sentences about the first lines that were left out."""
    more_faults: int = 0
    """Lines that were left out without a sentence."""

    def add_fault(self, line: int, reason: str) -> None:
        """Note that a line is left out."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"Line {line:,}: {reason}")
        else:
            self.more_faults += 1


def is_report(file: Path) -> bool:
    """Tell whether a file begins as a report does, whatever else it holds."""
    try:
        with _open(file) as stream:
            first = stream.readline(_LINE_CHARACTERS)
            if _begins_array(first):
                names = set(_parse_entry(stream.readline(_LINE_CHARACTERS)) or ())
            else:
                names = set(_parse_header(first)[0])
    except csv.Error:
        return False
    return names.issuperset(_NEEDED)


def _open(file: Path) -> IO[str]:
    """Open a report; spreadsheets save "Unicode text" as UTF-16, with a mark at the beginning."""
    with file.open("rb") as stream:
        is_utf16 = stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    return file.open(encoding=encoding, errors="replace", newline="")


def read_report(file: Path, target: str, *, most_lines: int) -> ReportVerdicts:
    """Read the verdicts on a target.

    Args:
        most_lines: as many as an archive may have members, because all verdicts are in memory.

    Raises ArchiveError if the file is no report, or has too many lines.
    """
    found = ReportVerdicts(target)
    with _open(file) as stream:
        for line, row in _read_rows(stream, found, most_lines):
            _take(found, line, row)
    return found


def _read_rows(
    stream: IO[str], found: ReportVerdicts, most_lines: int
) -> Iterator[tuple[int, Row]]:
    """Yield the lines that can be parsed, with their numbers."""
    first = stream.readline(_LINE_CHARACTERS)
    if _begins_array(first):
        if first.strip() not in ("[", "[]"):
            raise ArchiveError(
                "This JSON has entries on its first line. Use the report as MonaSieve wrote it, "
                "with one entry on each line."
            )
        yield from _read_json(stream, found, most_lines)
        return
    try:
        header, delimiter = _parse_header(first)
    except csv.Error as error:
        raise ArchiveError(f"This is not a report: on its first line, {error}.") from error
    if missing := [name for name in _NEEDED if name not in header]:
        raise ArchiveError(
            f"This is not a report: its first line lacks {', '.join(missing)}. "
            "Choose a report.csv or report.json that MonaSieve wrote."
        )
    reader = csv.reader(_read_lines(stream), delimiter=delimiter)
    try:
        for cells in _limit(reader, most_lines):
            line = reader.line_num + 1
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            elif cells:
                found.add_fault(line, f"it has {len(cells)} cells instead of {len(header)}.")
    except csv.Error as error:
        raise ArchiveError(f"Line {reader.line_num + 1:,} of the report: {error}.") from error


def _begins_array(first: str) -> bool:
    return first.lstrip().startswith("[")


def _parse_header(first: str) -> tuple[list[str], str]:
    """Return the names of a CSV's columns, and what is between its cells. Raises csv.Error."""
    delimiter = max(",;\t", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    return [name.strip() for name in header], delimiter


def _read_lines(stream: IO[str]) -> Iterator[str]:
    while line := stream.readline(_LINE_CHARACTERS):
        yield line


def _limit(lines: Iterable[_T], most: int) -> Iterator[_T]:
    """Yield the lines. Raises ArchiveError at the second one too many: JSON has one more, `]`."""
    for number, line in enumerate(lines):
        if number > most:
            raise ArchiveError(
                f"This report has more than {most:,} lines, and an archive may have {most:,} "
                "files. Remove the lines without a verdict, or raise MONASIEVE_MAX_MEMBERS."
            )
        yield line


def _read_json(
    stream: IO[str], found: ReportVerdicts, most_lines: int
) -> Iterator[tuple[int, Row]]:
    """Yield the objects of an array with one object a line, so that memory stays small."""
    for number, line in enumerate(_limit(_read_lines(stream), most_lines), start=2):
        if line.strip() in ("", "]"):
            continue
        if (row := _parse_entry(line)) is not None:
            yield number, row
        else:
            found.add_fault(number, "it is no entry. Use the file as MonaSieve wrote it.")


def _parse_entry(line: str) -> Row | None:
    """Return the object of a line, without the comma behind it; None for anything else."""
    try:
        row = json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):  # a hostile line may be nested a million times
        return None
    return row if isinstance(row, dict) else None


def _take(found: ReportVerdicts, line: int, row: Row) -> None:
    """Add a row's verdict, or its fault."""
    verdict, sha256 = row.get("verdict") or "", str(row.get("sha256") or "").strip().lower()
    if not verdict:
        return
    if verdict not in list(Verdict):
        known = " or ".join(Verdict)
        found.add_fault(line, f"the verdict is {_quote(verdict)}, not {known}.")
    elif not _SHA256.fullmatch(sha256):
        found.add_fault(line, f"the SHA-256 is {_quote(sha256)}, not 64 digits from 0 to f.")
    elif row.get("target") != found.target:
        about = _quote(row.get("target"))
        found.add_fault(line, f"it is about {about}, not about {found.target!r}.")
    elif found.verdicts.setdefault(sha256, Verdict(str(verdict))) != verdict:
        found.add_fault(line, "an earlier line says the opposite of the same picture.")


def _quote(value: object) -> str:
    return repr(value if value is None else str(value)[:40])
