"""The requirements, pyproject.toml and the imports name the same distributions."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

from tools import lock

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = {"ml", "webapp"}
COME_WITH = {"jax"}  # Keras can run on it; nothing here needs it
STARTED = {"supervisor"}  # by name, never imported


def read_pins(name: str) -> set[str]:
    """The pinned distributions of one file, without those of the file that it includes."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-r "))}


def imported_modules() -> set[str]:
    """Top-level names that the code imports, anywhere in a module."""
    names = set()
    for package in OWN:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.split(".")[0])
    return names - OWN - set(sys.stdlib_module_names) - COME_WITH


def normalized(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_every_imported_distribution_is_required_and_nothing_else_is() -> None:
    providers = importlib.metadata.packages_distributions()
    imported = {normalized(providers[name][0]) for name in imported_modules()}
    optional = [pin for pins in PROJECT["optional-dependencies"].values() for pin in pins]
    required = {pin.partition("==")[0] for pin in read_pins("requirements-serve.txt")}
    assert imported - {pin.partition("==")[0] for pin in optional} == required - STARTED


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements-serve.txt", "requirements.txt", "requirements-dev.txt"):
        assert [
            pin for pin in read_pins(name) if not re.fullmatch(r"[a-z0-9-]+==[\w.]+", pin)
        ] == []


def test_the_project_requires_what_the_requirements_name() -> None:
    assert set(PROJECT["dependencies"]) == read_pins("requirements-serve.txt")
    assert set(PROJECT["optional-dependencies"]["train"]) == read_pins("requirements.txt")


def test_the_tests_install_every_optional_part() -> None:
    installed = read_pins("requirements.txt") | read_pins("requirements-dev.txt")
    for name, pins in PROJECT["optional-dependencies"].items():
        assert set(pins) <= installed, name


def test_each_file_of_requirements_includes_the_smaller_one() -> None:
    for name, smaller in (
        ("requirements.txt", "requirements-serve.txt"),
        ("requirements-dev.txt", "requirements.txt"),
    ):
        assert f"-r {smaller}\n" in (ROOT / name).read_text(encoding="utf-8")


def test_the_lock_has_what_the_requirements_bring_along() -> None:
    locked = lock.FILE.read_text(encoding="utf-8").splitlines()
    assert set(lock.list_installed()) - set(locked) == set(), "run python -m tools.lock"
    assert read_pins("requirements-serve.txt") <= set(locked)
