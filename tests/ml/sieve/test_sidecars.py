"""Sidecars lie beside the kept pictures, in zips from archives and from folders."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ml.archive.export import export
from ml.sieve.sidecars import SidecarKind, make_sidecars
from tests.ml.archive.folders import draw_files, listed
from tests.ml.archive.zips import pack, picture


@pytest.mark.parametrize("is_folder", [False, True])
def test_kept_pictures_have_a_sidecar_and_others_none(tmp_path: Path, is_folder: bool) -> None:
    if is_folder:
        draw_files(tmp_path / "in", "a.png", "b.png")
        archive = listed(tmp_path / "in")
    else:
        archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": picture(colour="blue")})
    sidecars = make_sidecars(SidecarKind.HYDRUS, "Raiden\nShogun", {0})
    result = export(archive, [0, 1], sidecars=sidecars)
    data = b"".join(result.chunks)
    assert len(data) == result.length
    assert data == b"".join(result.iter_range(0, 77)) + b"".join(
        result.iter_range(77, result.length)
    )
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert zf.testzip() is None
        assert zf.namelist() == ["a.png", "a.png.txt", "b.png"]
        assert zf.read("a.png.txt") == b"character:raiden shogun\n"
    assert export(archive, [0, 1]).version != result.version


def test_xmp_holds_the_title_as_a_subject() -> None:
    sidecars = make_sidecars(SidecarKind.XMP, "A & <B>", {0})
    assert sidecars.suffix == b".xmp"
    assert b"<rdf:li>A &amp; &lt;B&gt;</rdf:li>" in sidecars.data
