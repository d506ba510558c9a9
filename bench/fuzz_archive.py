"""Look for a file that makes `ml.archive` fail in any way but with a reason.

    pip install atheris
    python -m bench.fuzz_archive FOLDER -max_total_time=600

keeps the files that reach new code in FOLDER; an option is one of libFuzzer's. A file that fails is
written to the working directory.
"""

import contextlib
import io
import sys
import tempfile
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ml.archive"]):
    from ml.archive.export import export
    from ml.archive.limits import Limits
    from ml.archive.reader import OpenArchive, list_members
    from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable

_LIMITS = Limits(members=1000, member_bytes=10**6, unpacked_bytes=10**9, ratio=10**6)
_ARCHIVE = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm")) / "a.zip"


def read_everything(data: bytes) -> None:
    """List, read and export the members of a zip; any exception is a defect."""
    _ARCHIVE.write_bytes(data)
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


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    write_first_files(Path(sys.argv[1]))
    atheris.Setup(sys.argv, read_everything)
    atheris.Fuzz()
