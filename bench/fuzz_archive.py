"""Look for a zip or tar that makes `ml.archive` fail in any way but with a reason.

    pip install atheris
    python -m bench.fuzz_archive {zip|tar} FOLDER -max_total_time=600 -len_control=0

keeps the files that reach new code in FOLDER; an option is one of libFuzzer's. A file that fails is
written to the working directory. `bench.fuzz_libarchive` does the same for the other formats.
"""

import contextlib
import dataclasses
import io
import lzma
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris
import inflate64
from backports import zstd

with atheris.instrument_imports(include=["ml.archive", "tarfile"]):
    import tarfile

    from ml.archive.conversion import write_zip
    from ml.archive.cut_zip import iter_cut_zip
    from ml.archive.export import export
    from ml.archive.limits import Limits
    from ml.archive.nested import iter_nested
    from ml.archive.new_member import NewMember
    from ml.archive.reader import OpenArchive, list_members
    from ml.archive.tars import iter_tar
    from ml.archive.writer import ZipWriter, make_entry
    from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable

_LIMITS = Limits(members=1000, member_bytes=10**6, unpacked_bytes=10**9, ratio=10**6)
_FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm"))
_ARCHIVE, _COPY = _FOLDER / "a.zip", _FOLDER / "copy.zip"


def read_zip(data: bytes) -> None:
    """List, read, copy and export the members of a zip; any exception is a defect."""
    _ARCHIVE.write_bytes(data)
    _copy(iter_cut_zip(_ARCHIVE))
    _copy(iter_nested(_ARCHIVE, _LIMITS, _ARCHIVE.with_name("inner")))
    read_members(_ARCHIVE)


def read_tar(data: bytes) -> None:
    """Convert a tar and read the zip that it becomes; any exception is a defect."""
    _ARCHIVE.write_bytes(data)
    with contextlib.suppress(ArchiveError):
        write_zip(iter_tar(_ARCHIVE, "a tar archive"), _ARCHIVE, _COPY, _LIMITS)
        read_members(_COPY)


def read_members(file: Path) -> None:
    """Read every member of a zip and write them all as a new one."""
    try:
        members = list_members(file, _LIMITS)
    except ArchiveError:
        return
    readable = []
    with OpenArchive(file, _LIMITS) as archive:
        for member in members:
            with contextlib.suppress(MemberUnreadable, MemberSkipped):
                content = archive.read(member.number)
                assert len(content) == member.size
                readable.append(member.number)
    result = export(file, readable)
    assert sum(len(chunk) for chunk in result.chunks) == result.length


def _copy(members: Iterator[NewMember]) -> None:
    """Write members as a new zip, as a cut zip or one with inner zips is written."""
    writer = ZipWriter(io.BytesIO())
    with contextlib.suppress(ArchiveError):
        for member in members:
            writer.copy(member.entry, member.local_extra or b"", member.chunks)
    writer.finish()


def write_zips(folder: Path) -> None:
    """Write zips of each method, from which the search begins."""
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


def write_tars(folder: Path) -> None:
    """Write tars of each format and each compression."""
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        for mode in ("w", "w:gz", "w:bz2", "w:xz"):
            file = folder / f"first-{kind}-{mode.replace(':', '-')}"
            with tarfile.open(file, mode, format=kind) as tar:
                for name in ("a.png", "ö" * 120, "folder/b.jpg"):
                    info = tarfile.TarInfo(name)
                    info.size, info.mtime = 24, 1_600_000_000
                    info.pax_headers = {"comment": "x"}
                    tar.addfile(info, io.BytesIO(b"\x89PNG\r\n\x1a\n" * 3))
                for flag in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.GNUTYPE_SPARSE):
                    info = tarfile.TarInfo("other")
                    info.type, info.linkname = flag, "a.png"
                    tar.addfile(info)
    plain = (folder / f"first-{tarfile.GNU_FORMAT}-w").read_bytes()
    (folder / "first-zst").write_bytes(zstd.compress(plain))


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[Path], None]]] = {
    "zip": (read_zip, write_zips),
    "tar": (read_tar, write_tars),
}


def main() -> None:
    """Search until a file fails or the time is over."""
    if len(sys.argv) < 3 or sys.argv[1] not in TARGETS or sys.argv[2].startswith("-"):
        sys.exit(__doc__)
    read, write = TARGETS[sys.argv.pop(1)]
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder)
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
