"""The files of static/: their addresses change with their contents, so browsers keep them."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, send_from_directory, url_for

YEAR = 365 * 86_400  # seconds
IMPORT = re.compile(r'(?:\bfrom|^import) "\./([^"]+)"', re.MULTILINE)


def register_assets(app: Flask, folder: Path) -> None:
    """Serve `folder`, and give the templates `asset` and `list_modules`."""
    version = compute_version(folder)

    @app.get("/static/<wanted>/<path:name>")
    def static_file(wanted: str, name: str) -> Response:
        # A page of another version of the program may still be open: what it gets is not kept.
        is_current = wanted == version
        response = send_from_directory(folder, name, max_age=YEAR if is_current else None)
        response.cache_control.immutable = is_current
        return response

    def asset(name: str) -> str:
        return url_for("static_file", wanted=version, name=name)

    @functools.cache  # the version does not change before the next start, either
    def find_modules(entries: tuple[str, ...]) -> list[str]:
        return list_with_imports(folder / "js", entries)

    def list_modules(entries: Iterable[str]) -> list[str]:
        return find_modules(tuple(entries))

    app.jinja_env.globals.update(asset=asset, list_modules=list_modules)


def compute_version(folder: Path) -> str:
    """Return a hash of all files below `folder`: one for all, because modules import each other by
    relative addresses."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def list_with_imports(folder: Path, entries: Iterable[str]) -> list[str]:
    """Return the file names of the modules `entries` and of all that they import, each once."""
    found: list[str] = []
    waiting = [f"{entry}.js" for entry in entries]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += IMPORT.findall((folder / name).read_text(encoding="utf-8"))
    return found
