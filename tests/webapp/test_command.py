"""The console command: the shell's commands, and `serve`."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import ml
from webapp.command import main

ROOT = Path(__file__).parents[2]


def test_the_version_is_that_of_the_code_and_of_the_installed_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"MonaSieve {ml.__version__}\n"
    assert importlib.metadata.version("monasieve") == ml.__version__


def test_all_commands_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "usage: monasieve" in text
    assert [
        name for name in ("serve", "sieve", "train", "check", "backup") if name not in text
    ] == []


def test_a_refusal_is_a_sentence_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sieve", str(tmp_path / "none.zip"), str(tmp_path / "out.zip")]) == 1
    assert capsys.readouterr().err == f"There is nothing at {tmp_path / 'none.zip'}.\n"


def test_a_wrong_line_in_the_file_of_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("PORT\n")
    run = subprocess.run(
        [sys.executable, "-m", "webapp.command", "serve", "--env-file", tmp_path / "settings"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "settings, line 1: 'PORT' is not of the form KEY=VALUE.\n"
