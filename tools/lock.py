"""Write constraints.txt: the version of every distribution that the requirements bring along.

The versions are those of the environment that runs this. Usage: .venv/bin/python -m tools.lock
"""

import importlib.metadata
import re
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "constraints.txt"
REQUIREMENTS = ("requirements-serve.txt", "requirements.txt", "requirements-dev.txt")
HEADER = """\
# What the requirements bring along, so that each installation gets the same versions.
# Made by: .venv/bin/python -m tools.lock
"""


def main() -> None:
    FILE.write_text(HEADER + "".join(f"{line}\n" for line in list_installed()), encoding="utf-8")


def list_installed() -> list[str]:
    """Return each required distribution with its installed version, as `name==version`."""
    waiting = [requirement for name in REQUIREMENTS for requirement in _read(ROOT / name)]
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        required = waiting.pop()
        name, extras = _normalize(required.name), frozenset(required.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        installed = importlib.metadata.distribution(name)
        found[name] = installed.version
        for text in installed.requires or []:
            further = Requirement(text)
            if _is_wanted(further, extras):
                waiting.append(further)
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def _read(file: Path) -> list[Requirement]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


def _is_wanted(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
