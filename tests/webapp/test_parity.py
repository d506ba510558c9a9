"""Shell and app give the same report of one hostile archive, row by row."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ml.archive.limits import Limits
from ml.cli import main
from ml.scoring.piles import Thresholds
from ml.sieve.galleries import sieve_archive
from ml.sieve.report import write_csv
from ml.sieve.shard import PictureResult, Shard, score_shard
from ml.targets.catalog import find_target
from tests.ml.sieve.inline import InlineExecutor
from tests.webapp.made import drawn, queued_file, worked_off
from webapp.services import downloads

if TYPE_CHECKING:
    from webapp.storage import Stores

NAN = "nan.png"
"""The member for which the network gives NaN."""


def write_hostile(file: Path) -> None:
    """Good pictures, and one of everything that a member can do wrong."""
    good = drawn(6)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in good.items():
            archive.writestr(f"folder/{name}", data)
        picture = next(iter(good.values()))
        archive.writestr(NAN, picture)
        archive.writestr("damaged.png", picture[:-40])
        archive.writestr("empty.png", b"")
        archive.writestr("notes.txt", "text")
        archive.mkdir("empty folder")
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "elsewhere.png")
        archive.writestr("twice.png", picture)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("twice.png", picture[:-40])
        archive.writestr("huge.png", _png_header(60_000, 60_000))
        archive.writestr("?", picture)  # gets an empty name below
        archive.writestr("locked.png", picture)
    _make_nameless(file, b"?")
    _encrypt(file, b"locked.png")


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size."""
    header = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + checksum


def _make_nameless(file: Path, name: bytes) -> None:
    """Replace a member's name of one byte by NUL, which ends a name before it begins."""
    data = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\1\2", 46), (b"PK\3\4", 30)):
        at = data.find(signature)
        while at >= 0:
            (size,) = struct.unpack_from("<H", data, at + (28 if offset == 46 else 26))
            if data[at + offset : at + offset + size] == name:
                data[at + offset] = 0
            at = data.find(signature, at + 4)
    file.write_bytes(data)


def _encrypt(file: Path, name: bytes) -> None:
    """Set the flag of an encrypted member."""
    data = bytearray(file.read_bytes())
    for signature, name_at, flags_at in ((b"PK\1\2", 46, 8), (b"PK\3\4", 30, 6)):
        at = data.find(signature)
        while at >= 0:
            if data[at + name_at :].startswith(name):
                data[at + flags_at] |= 1
            at = data.find(signature, at + 4)
    file.write_bytes(data)


def score_with_nan(shard: Shard) -> list[PictureResult]:
    """Score a shard; the picture called NAN gets NaN embeddings, as a broken network gives them."""
    with zipfile.ZipFile(shard.archive) as archive:
        names = archive.namelist()
    results = score_shard(shard)
    for result in results:
        if names[result.number] == NAN and result.embeddings is not None:
            result.embeddings[:] = np.nan
    return results


def read_report(lines: str) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(lines)))
    for row in rows:
        del row["seconds"]
    return rows


def test_shell_and_app_report_the_same(stores: Stores, red_circle: Path, tmp_path: Path) -> None:
    file = tmp_path / "hostile.zip"
    write_hostile(file)
    target = find_target("red_circle", [red_circle])
    galleries = sieve_archive(
        file,
        target,
        Thresholds.without_unsure(0.95),
        limits=Limits(),
        executor=InlineExecutor(score_with_nan),
    )
    shell = read_report("".join(write_csv(galleries.rows)))
    job = worked_off(stores, InlineExecutor(score_with_nan), queued_file(stores, file))
    app = read_report("".join(downloads.report_csv(stores, job)))
    assert app == shell
    piles = {row["path"]: row["pile"] for row in shell}
    assert piles[NAN] == "unreadable"
    assert piles["locked.png"] == "skipped"
    assert {"kept", "rejected", "unreadable", "skipped"} <= set(piles.values())
    assert len(shell) == 17


def test_the_command_reports_what_python_does(red_circle: Path, tmp_path: Path) -> None:
    file, report = tmp_path / "hostile.zip", tmp_path / "report.csv"
    write_hostile(file)
    command = ["sieve", str(file), str(tmp_path / "kept.zip"), "--target", "red_circle"]
    command += ["--targets", str(red_circle), "--report", str(report), "--workers", "1"]
    assert main(command) == 0
    target = find_target("red_circle", [red_circle])
    galleries = sieve_archive(
        file, target, Thresholds.without_unsure(0.95), executor=InlineExecutor()
    )
    assert read_report(report.read_text()) == read_report("".join(write_csv(galleries.rows)))
