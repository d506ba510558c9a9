"""What `make run` and `make check` install, with a Python that only notes it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", tmp_path / "tools")
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    for program in (".venv/bin/python", "bin/chromium"):
        file = tmp_path / program
        file.parent.mkdir(parents=True)
        file.write_text('#!/bin/sh\necho "$@" >> calls.txt\n')
        file.chmod(0o755)
    return tmp_path


def installs(checkout: Path, what: str) -> int:
    """How often pip installs requirements when this is set up."""
    (checkout / "calls.txt").write_text("")
    env = {**os.environ, "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    subprocess.run(["tools/setup.sh", what], cwd=checkout, env=env, check=True)
    return calls(checkout).count(" -r requirements.txt")


def calls(checkout: Path) -> str:
    """The command lines that Python was given by the last set-up."""
    return (checkout / "calls.txt").read_text()


def test_the_program_itself_is_linked_without_fetching_what_it_needs(checkout: Path) -> None:
    assert installs(checkout, "run") == 1
    assert calls(checkout).rstrip().endswith("--no-deps --editable .")


def test_another_project_file_is_installed(checkout: Path) -> None:
    assert installs(checkout, "run") == 1
    (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert [installs(checkout, "run") for _ in range(2)] == [1, 0]


def test_what_was_installed_is_not_installed_again(checkout: Path) -> None:
    assert [installs(checkout, what) for what in ("run", "run", "dev", "dev")] == [1, 0, 1, 0]


def test_what_the_tests_need_holds_what_the_program_needs(checkout: Path) -> None:
    assert [installs(checkout, what) for what in ("dev", "run")] == [1, 0]


def test_another_requirement_is_installed(checkout: Path) -> None:
    assert installs(checkout, "dev") == 1
    (checkout / "requirements.txt").write_text("flask\nnumpy\n")
    assert [installs(checkout, what) for what in ("run", "dev")] == [1, 0]
