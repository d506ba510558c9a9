"""README's map shows the tree as it is."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def mapped_folders() -> set[str]:
    """The folders of the map; an indented one lies in the one above it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A map\n")[2]
    folders, parent = set(), ""
    for indent, name in re.findall(r"^    ( *)([a-z]+)/ ", text, re.MULTILINE):
        parent = parent if indent else name
        folders.add(f"{parent}/{name}" if indent else name)
    return folders


def test_every_folder_of_the_map_exists() -> None:
    assert len(mapped_folders()) > 10
    assert [name for name in mapped_folders() if not (ROOT / name).is_dir()] == []


def test_every_package_is_on_the_map() -> None:
    packages = {
        f"{package}/{file.parent.name}"
        for package in ("ml", "webapp")
        for file in (ROOT / package).glob("*/__init__.py")
    }
    assert packages - mapped_folders() == set()


def test_every_folder_that_git_knows_is_on_the_map() -> None:
    command = ["git", "ls-files", "-z"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = run.stdout.rstrip("\0").split("\0")
    folders = {name.partition("/")[0] for name in names if "/" in name}
    assert {name for name in folders if name[0] != "."} - mapped_folders() == set()
