"""A report gives back its verdicts, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from ml.errors import ArchiveError
from ml.scoring.piles import Pile, Verdict
from ml.sieve.read_report import MOST_FAULTS, is_report, read_report
from ml.sieve.report import ReportRow, write_csv, write_json

IS, IS_NOT = "a" * 64, "b" * 64
MOST_LINES = 100


def make_row(sha256: str | None, verdict: Verdict | None, target: str = "mona") -> ReportRow:
    return ReportRow("x,\n;y.png", Pile.KEPT, 0.5, verdict, 0.95, target, 1, 0.1, None, sha256)


ROWS = (make_row(IS, Verdict.IS), make_row("c" * 64, None), make_row(IS_NOT, Verdict.IS_NOT))


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_what_was_written_is_read(
    tmp_path: Path, write: Callable[[Iterable[ReportRow]], Iterator[str]]
) -> None:
    file = tmp_path / "report"
    file.write_text("\ufeff" + "".join(write(ROWS)), newline="")
    found = read_report(file, "mona", most_lines=MOST_LINES)
    assert found.verdicts == {IS: Verdict.IS, IS_NOT: Verdict.IS_NOT}
    assert found.faults == []
    assert is_report(file)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04\xff",
        b"name,size\na,1\n",
        b'[\n{"sha256": 1}\n]',
        b"[\n" + b"[" * 100_000,
        b'"' + b"x" * 200_000,
        b"[",
    ],
)
def test_another_file_is_no_report(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    assert not is_report(file)


def test_an_entry_that_is_nested_too_deeply_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("[\n" + "[" * 500_000 + "\n]\n")
    assert read_report(file, "mona", most_lines=MOST_LINES).faults == [
        "Line 2: it is no entry. Use the file as MonaSieve wrote it."
    ]


def test_the_first_of_two_opposite_answers_counts(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"verdict,target,sha256\nis,mona,{IS}\nis_not,mona,{IS}\nis,mona,{IS}\n")
    found = read_report(file, "mona", most_lines=MOST_LINES)
    assert found.verdicts == {IS: Verdict.IS}
    assert found.faults == ["Line 3: an earlier line says the opposite of the same picture."]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_spreadsheet_may_save_unicode_text(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "report.csv"
    text = "\ufeff" + "".join(write_csv(ROWS)).replace(",", "\t")
    file.write_bytes(text.encode(encoding))
    assert is_report(file)
    found = read_report(file, "mona", most_lines=MOST_LINES)
    assert found.verdicts == {IS: Verdict.IS, IS_NOT: Verdict.IS_NOT}


def test_a_spreadsheet_may_have_written_it_again(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"target;verdict;note;sha256\r\nmona;is;;{IS.upper()}\r\n", newline="")
    assert read_report(file, "mona", most_lines=MOST_LINES).verdicts == {IS: Verdict.IS}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"maybe,mona,{IS}", "Line 2: the verdict is 'maybe', not is or is_not."),
        ("is,mona,abc", "Line 2: the SHA-256 is 'abc', not 64 digits from 0 to f."),
        (f"is,keqing,{IS}", "Line 2: it is about 'keqing', not about 'mona'."),
        ("is", "Line 2: it has 1 cells instead of 3."),
    ],
)
def test_a_bad_line_is_left_out_with_the_reason(tmp_path: Path, line: str, fault: str) -> None:
    file = tmp_path / "report.csv"
    file.write_text(f"verdict,target,sha256\n{line}\nis_not,mona,{IS_NOT}\n")
    found = read_report(file, "mona", most_lines=MOST_LINES)
    assert found.faults == [fault]
    assert found.verdicts == {IS_NOT: Verdict.IS_NOT}


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("[\n" + "nonsense,\n" * (MOST_FAULTS + 5) + "]\n")
    found = read_report(file, "mona", most_lines=MOST_LINES)
    assert len(found.faults) == MOST_FAULTS
    assert found.faults[0] == "Line 2: it is no entry. Use the file as MonaSieve wrote it."
    assert found.more_faults == 5


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_report_has_no_more_lines_than_an_archive_may_have_members(
    tmp_path: Path, write: Callable[[Iterable[ReportRow]], Iterator[str]]
) -> None:
    file = tmp_path / "report"
    rows = [make_row(f"{n:064x}", Verdict.IS) for n in range(6)]
    file.write_text("".join(write(rows)), newline="")
    assert len(read_report(file, "mona", most_lines=6).verdicts) == 6
    with pytest.raises(ArchiveError, match="more than 4 lines, and an archive may have 4 files"):
        read_report(file, "mona", most_lines=4)


def test_a_spreadsheet_may_write_names_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    line = f"Köln/Ähre.png;{'a' * 64};is;mona\r\n"
    file.write_bytes(f"path;sha256;verdict;target\r\n{line}".encode("cp1252"))
    assert is_report(file)
    assert read_report(file, "mona", most_lines=MOST_LINES).verdicts == {"a" * 64: Verdict.IS}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name,size\na,1\n", "its first line lacks sha256, verdict, target"),
        (b"", "its first line lacks"),
        (b"\xff\xfe\x00", "its first line lacks"),  # half a letter of UTF-16
        (b'[{"sha256": "a", "verdict": "is", "target": "mona"}]', "entries on its first line"),
        (b"PK\x03\x04", "its first line lacks"),
        (b'"' + b"x" * 200_000, "on its first line, field larger than"),
        (b'verdict,target,sha256\n"' + b"x" * 200_000 + b'",mona,a\n', "field larger than"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "report.csv"
    file.write_bytes(content)
    with pytest.raises(ArchiveError, match=message):
        read_report(file, "mona", most_lines=MOST_LINES)
