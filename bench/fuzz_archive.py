"""Look for a file that makes `ml.archive` fail in any way but with a reason.

    pip install atheris
    python -m bench.fuzz_archive FOLDER -max_total_time=600

keeps the files that reach new code in FOLDER; an option is one of libFuzzer's. A file that fails is
written to the working directory.
"""

import contextlib
import dataclasses
import io
import lzma
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import atheris
import inflate64
from backports import zstd

with atheris.instrument_imports(include=["ml.archive"]):
    from ml.archive.cut_zip import iter_cut_zip
    from ml.archive.export import export
    from ml.archive.limits import Limits
    from ml.archive.nested import iter_nested
    from ml.archive.new_member import NewMember
    from ml.archive.reader import OpenArchive, list_members
    from ml.archive.writer import ZipWriter, make_entry
    from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable

_LIMITS = Limits(members=1000, member_bytes=10**6, unpacked_bytes=10**9, ratio=10**6)
_ARCHIVE = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm")) / "a.zip"


def read_everything(data: bytes) -> None:
    """List, read, copy and export the members of a zip; any exception is a defect."""
    _ARCHIVE.write_bytes(data)
    _copy(iter_cut_zip(_ARCHIVE))
    _copy(iter_nested(_ARCHIVE, _LIMITS))
    try:
        members = list_members(_ARCHIVE, _LIMITS)
    except ArchiveError:
        return
    readable = []
    with OpenArchive(_ARCHIVE, _LIMITS) as archive:
        for member in members:
            with contextlib.suppress(MemberUnreadable, MemberSkipped):
                content = archive.read(member.number)
                assert len(content) == member.size
                readable.append(member.number)
    result = export(_ARCHIVE, readable)
    assert sum(len(chunk) for chunk in result.chunks) == result.length


def _copy(members: Iterator[NewMember]) -> None:
    """Write members as a new zip, as a cut zip or one with inner zips is written."""
    writer = ZipWriter(io.BytesIO())
    with contextlib.suppress(ArchiveError):
        for member in members:
            writer.copy(member.entry, member.local_extra or b"", member.chunks)
    writer.finish()


def write_first_files(folder: Path) -> None:
    """Write zips of each method, from which the search begins."""
    folder.mkdir(parents=True, exist_ok=True)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as zf:
            zf.writestr("a.png", b"\x89PNG\r\n\x1a\n" * 3)
            zf.writestr("ö", b"\xff\xd8\xff" + bytes(40))
            with zf.open("large.png", "w", force_zip64=True) as member:
                member.write(b"x")
            zf.comment = b"a comment"
        (folder / f"first-{method}.zip").write_bytes(out.getvalue())
    for method, pack in ((9, _deflate64), (93, zstd.compress), (95, lzma.compress)):
        content = b"\x89PNG\r\n\x1a\n" * 3
        out = io.BytesIO()
        writer = ZipWriter(out)
        packed = pack(content)
        entry = dataclasses.replace(
            make_entry(b"a.png", size=len(content)),
            method=method,
            packed_size=len(packed),
            crc=zlib.crc32(content),
        )
        writer.copy(entry, b"", [packed])
        inner = (folder / "first-0.zip").read_bytes()
        writer.store(make_entry(b"inner.zip", size=len(inner)), [inner])
        writer.finish()
        (folder / f"first-{method}.zip").write_bytes(out.getvalue())


def _deflate64(data: bytes) -> bytes:
    packer = inflate64.Deflater()
    return bytes(packer.deflate(data) + packer.flush())


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    write_first_files(Path(sys.argv[1]))
    atheris.Setup(sys.argv, read_everything)
    atheris.Fuzz()
