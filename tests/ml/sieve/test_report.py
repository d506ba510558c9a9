"""The report names every member, for spreadsheets and for programs."""

import csv
import dataclasses
import io
import json

from ml.scoring.piles import Pile, Verdict
from ml.sieve.report import ReportRow, write_csv, write_json

KEPT = ReportRow(
    'a "b", c.png', Pile.KEPT, 0.98765432, Verdict.IS, 0.95, "mona", 1, 0.02, None, "ab"
)
SKIPPED = ReportRow(
    "=cmd()|x.txt", Pile.SKIPPED, None, None, 0.95, "mona", 1, None, "not a picture", None
)


def test_the_csv_has_the_columns_in_order_and_a_line_a_member() -> None:
    lines = list(csv.DictReader(io.StringIO("".join(write_csv([KEPT, SKIPPED])))))
    columns = "path,pile,probability,verdict,threshold,target,version,seconds,reason,sha256,"
    columns += "certificate,variant_of,caution"
    assert list(lines[0]) == columns.split(",")
    assert lines[0]["path"] == 'a "b", c.png'
    assert float(lines[0]["probability"]) == 0.987654
    assert (lines[0]["verdict"], lines[0]["threshold"]) == ("is", "0.95")
    assert (lines[1]["pile"], lines[1]["reason"]) == ("skipped", "not a picture")
    assert lines[1]["probability"] == ""


def test_a_name_that_a_spreadsheet_would_run_is_defused_in_the_csv_alone() -> None:
    assert "'=cmd()|x.txt" in "".join(write_csv([SKIPPED]))
    assert json.loads("".join(write_json([SKIPPED])))[0]["path"] == "=cmd()|x.txt"


def test_a_name_that_misleads_is_masked_in_the_csv_alone() -> None:
    row = dataclasses.replace(KEPT, path="a\u202egpj.exe")
    assert "a\ufffdgpj.exe" in "".join(write_csv([row]))
    assert json.loads("".join(write_json([row])))[0]["path"] == "a\u202egpj.exe"


def test_a_name_with_a_semicolon_stays_one_cell_where_cells_are_parted_by_it() -> None:
    row = dataclasses.replace(SKIPPED, path="x;=HYPERLINK(1).png")
    lines = "".join(write_csv([row])).splitlines()
    assert lines[1].startswith('"x;=HYPERLINK(1).png",')


def test_the_json_is_the_same_rows() -> None:
    rows = json.loads("".join(write_json([KEPT, SKIPPED])))
    assert [row["pile"] for row in rows] == ["kept", "skipped"]
    assert rows[0]["probability"] == 0.987654
    assert rows[1]["sha256"] is None


def test_an_empty_report_is_still_a_report() -> None:
    assert json.loads("".join(write_json([]))) == []
    assert "".join(write_csv([])).startswith('"path","pile",')
