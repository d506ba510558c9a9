"""What a command line may hold, and the sentences for what it may not."""

import argparse
from pathlib import Path

import pytest

from ml.cli.arguments import check_writable, parse_confidence_argument, parse_positive_integer
from ml.errors import MonaError


@pytest.mark.parametrize("text", ["0.95", "0,95", " 0.95 "])
def test_a_confidence_is_read_with_point_or_comma(text: str) -> None:
    assert parse_confidence_argument(text) == 0.95


def test_a_confidence_of_one_is_certainty_and_not_one_percent() -> None:
    assert parse_confidence_argument("1") == parse_confidence_argument("1.0") == 1.0
    assert parse_confidence_argument("1 %") == 0.01


@pytest.mark.parametrize("text", ["101", "-0.1", "sure", "nan", ""])
def test_another_confidence_is_refused_with_what_was_received(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a percentage, such as 95 %") as refusal:
        parse_confidence_argument(text)
    assert repr(text) in str(refusal.value)


def test_a_positive_integer_is_read() -> None:
    assert parse_positive_integer("12") == 12


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "", "²", "٣"])
def test_other_numbers_are_refused_with_what_was_received(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="whole number from 1") as refusal:
        parse_positive_integer(text)
    assert repr(text) in str(refusal.value)


def test_a_file_that_can_be_written_passes(tmp_path: Path) -> None:
    (tmp_path / "old.zip").write_bytes(b"from last week")
    check_writable(tmp_path / "old.zip", tmp_path / "in.zip")
    check_writable(tmp_path / "new.zip", tmp_path / "in.zip")


def test_a_folder_a_missing_folder_and_the_source_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "in.zip"
    source.write_bytes(b"zip")
    with pytest.raises(MonaError, match="is a folder; name a file"):
        check_writable(tmp_path, source)
    with pytest.raises(MonaError, match="There is no folder"):
        check_writable(tmp_path / "none" / "out.zip", source)
    with pytest.raises(MonaError, match="Name another file"):
        check_writable(tmp_path / ".." / tmp_path.name / "in.zip", source)
