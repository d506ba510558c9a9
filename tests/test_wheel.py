"""The wheel is whole: installed elsewhere, it serves its pages and sieves an archive.

The new environment borrows the packages that this one has. MonaSieve is not among them, because
here it is a path file, and Python reads path files of its own environment only.
"""

import re
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

import ml
from tests.archives import write_story
from tests.running import ROOT, Running, until


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it, made from the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    run_here("-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT)
    run_here("-m", "venv", "--without-pip", folder / "env")
    (wheel,) = (folder / "dist").glob("*.whl")
    python = folder / "env" / "bin" / "python"
    run_here("-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    paths = {"base": folder / "env", "platbase": folder / "env"}
    site_packages = Path(sysconfig.get_path("purelib", "venv", paths))
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "borrowed.pth").write_text("\n".join(borrowed))
    return folder / "env"


def run_here(*arguments: str | Path) -> None:
    """Run this environment's Python and show what it printed where it fails."""
    run = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def home(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and current folder, so that no file of the checkout is near."""
    for variable in ("PYTHONPATH", "MONASIEVE_DATA", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_there(environment: Path, program: str, *arguments: str | Path) -> str:
    """What a program of the new environment prints."""
    run = subprocess.run(
        [environment / "bin" / program, *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.slow
def test_all_code_comes_from_the_wheel(environment: Path, home: Path) -> None:
    code = "import ml, webapp; print(ml.__file__, webapp.__file__, *__import__('sys').path)"
    printed = run_there(environment, "python", "-c", code).split()
    assert [Path(file).is_relative_to(environment) for file in printed[:2]] == [True, True]
    assert str(ROOT) not in printed


@pytest.mark.slow
def test_the_installed_command_knows_its_version(environment: Path, home: Path) -> None:
    assert run_there(environment, "monasieve", "--version") == f"MonaSieve {ml.__version__}\n"


@pytest.mark.slow
def test_the_installed_command_sieves_with_the_shipped_target(
    environment: Path, home: Path
) -> None:
    write_story(home / "in.zip", circles=2, others=2)
    printed = run_there(environment, "monasieve", "sieve", "in.zip", "out.zip", "--workers", "1")
    assert printed.startswith("7 files:")
    assert zipfile.is_zipfile(home / "out.zip")


@pytest.mark.slow
def test_the_installed_program_keeps_its_data_in_the_home_folder(
    environment: Path, home: Path
) -> None:
    code = "from webapp.config import Settings; print(Settings.from_env().data_dir)"
    printed = run_there(environment, "python", "-c", code)
    assert printed == f"{home}/.local/share/monasieve\n"


@pytest.mark.slow
def test_the_installed_command_serves_its_pages(environment: Path, home: Path) -> None:
    program = str(environment / "bin" / "monasieve")
    running = Running(home / "data", command=[program, "serve"], folder=home)
    try:
        assert until(running.answers), running.log.read_text()
        with urllib.request.urlopen(running.url, timeout=60) as response:
            page = response.read().decode()
        assert f"MonaSieve {ml.__version__}" in page
        stylesheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert stylesheets
        for stylesheet in stylesheets:
            with urllib.request.urlopen(running.url + stylesheet, timeout=60) as response:
                assert response.headers["Content-Type"].startswith("text/css")
                assert len(response.read()) > 500
        assert until(lambda: bool(running.processes("webapp.runner")))
        assert (running.data / "monasieve.sqlite").exists()
    finally:
        running.kill()
