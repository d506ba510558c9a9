"""What `make run`, `make train` and `make check` install, with a Python that only notes it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import ROOT

PIP_SAYS = """\
Collecting flask==3.1.3 (from -r requirements-serve.txt (line 4))
  Downloading flask-3.1.3-py3-none-any.whl.metadata (3.2 kB)
Downloading flask-3.1.3-py3-none-any.whl (103 kB)
  Downloading numpy-2.4.6-cp313-cp313-manylinux_2_27_x86_64.whl (16.4 MB)
Installing collected packages: numpy, flask
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", tmp_path / "tools")
    (tmp_path / "requirements-serve.txt").write_text("flask\n")
    (tmp_path / "requirements.txt").write_text("tensorflow\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest\n")
    (tmp_path / "constraints.txt").write_text("werkzeug==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    browser = tmp_path / "tests" / "browser"
    browser.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        (browser / name).write_text("{}\n")
    for program in (".venv/bin/python", "bin/chromium", "bin/npm"):
        file = tmp_path / program
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('#!/bin/sh\necho "$@" >> calls.txt\n')
        file.chmod(0o755)
    return tmp_path


def set_up(checkout: Path, what: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        ["tools/setup.sh", what], cwd=checkout, env=env, check=False, capture_output=True, text=True
    )


def installs(checkout: Path, what: str) -> int:
    """How often pip installs requirements when this is set up."""
    (checkout / "calls.txt").write_text("")
    set_up(checkout, what).check_returncode()
    return calls(checkout).count(" -r requirements-serve.txt")


def calls(checkout: Path) -> str:
    """The command lines that Python was given by the last set-up."""
    return (checkout / "calls.txt").read_text()


def test_the_program_itself_is_linked_without_fetching_what_it_needs(checkout: Path) -> None:
    assert installs(checkout, "serve") == 1
    assert calls(checkout).rstrip().endswith("--no-deps --editable .")


def test_serving_installs_no_tensorflow_and_training_does(checkout: Path) -> None:
    assert installs(checkout, "serve") == 1
    assert " -r requirements.txt" not in calls(checkout)
    assert installs(checkout, "train") == 1
    assert " -r requirements.txt" in calls(checkout)


def test_each_fetched_package_is_named_with_its_size(checkout: Path) -> None:
    pip = checkout / ".venv" / "bin" / "python"
    pip.write_text(f"#!/bin/sh\ncase $* in *' -r '*) cat <<'EOF'\n{PIP_SAYS}EOF\nesac\n")
    said = set_up(checkout, "serve").stdout
    assert said.splitlines()[1:3] == ["    flask 3.1.3 (103 kB)", "    numpy 2.4.6 (16.4 MB)"]


def test_a_failed_installation_ends_the_set_up_and_is_tried_again(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(
        '#!/bin/sh\necho "$@" >> calls.txt\ncase "$*" in *pip\\ install*) exit 1;; esac\n'
    )
    assert set_up(checkout, "serve").returncode != 0
    python.write_text('#!/bin/sh\necho "$@" >> calls.txt\n')
    assert installs(checkout, "serve") == 1


def test_another_project_file_is_installed(checkout: Path) -> None:
    assert installs(checkout, "serve") == 1
    (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert [installs(checkout, "serve") for _ in range(2)] == [1, 0]


def test_what_was_installed_is_not_installed_again(checkout: Path) -> None:
    assert [installs(checkout, what) for what in ("serve", "serve", "train", "dev", "dev")] == [
        1,
        0,
        1,
        1,
        0,
    ]


def test_what_the_tests_need_holds_what_the_program_needs(checkout: Path) -> None:
    assert [installs(checkout, what) for what in ("dev", "serve", "train")] == [1, 0, 0]


def test_another_requirement_is_installed(checkout: Path) -> None:
    assert installs(checkout, "dev") == 1
    (checkout / "requirements-serve.txt").write_text("flask\nnumpy\n")
    assert [installs(checkout, what) for what in ("serve", "dev")] == [1, 0]


def test_packages_of_npm_are_installed_once_for_each_lock_file(checkout: Path) -> None:
    command = "ci --prefix .venv/npm --ignore-scripts"
    installs(checkout, "serve")
    assert command not in calls(checkout), "only the tests need them"
    installs(checkout, "dev")
    assert command in calls(checkout)
    installs(checkout, "dev")
    assert command not in calls(checkout)
    (checkout / "tests" / "browser" / "package-lock.json").write_text("{ }\n")
    installs(checkout, "dev")
    assert command in calls(checkout)
