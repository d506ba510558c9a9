"""Commands, version and exit codes of a shell."""

import subprocess
import sys
from pathlib import Path

import pytest

import ml
from ml.cli import main

ROOT = Path(__file__).parents[3]


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"MonaSieve {ml.__version__}\n"


@pytest.mark.parametrize("command", ["sieve", "train", "evaluate"])
def test_every_command_has_a_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"usage: python -m ml {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", [[], ["bake"], ["sieve"], ["sieve", "a.zip", "b.zip", "--confidence", "101"]]
)
def test_wrong_arguments_are_exit_code_2(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(line)
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_refusal_is_a_sentence_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sieve", str(tmp_path / "none.zip"), str(tmp_path / "out.zip")]) == 1
    assert capsys.readouterr().err == f"There is nothing at {tmp_path / 'none.zip'}.\n"


def test_a_file_that_the_system_refuses_is_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / ("long" * 100 + ".zip")
    assert main(["evaluate", "mona", str(tmp_path), "--out", str(out / "x")]) == 1
    assert main(["sieve", str(tmp_path), str(out)]) == 1
    assert "File name too long" in capsys.readouterr().err


def test_a_help_loads_no_network_library() -> None:
    code = (
        "import sys, ml.cli\n"
        "print([name for name in ('tensorflow', 'keras', 'ai_edge_litert', 'webapp', 'flask', "
        "'distributed') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
