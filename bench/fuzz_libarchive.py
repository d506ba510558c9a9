"""Look for a 7z or RAR archive that makes the conversion fail in any way but with a reason.

    python -m bench.fuzz_libarchive FOLDER [--seconds 600] [--seed N]

FOLDER holds the archives from which changed ones are made; some of 7z are written into it.
Checksums of headers are put right, because libarchive refuses the others at once. libarchive is C
code, so each file is read in a process of its own with limits, as the program does. What crashes or
hangs there is counted and kept as `crash-N`; an exception that is no reason ends the search.
"""

import argparse
import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from pathlib import Path

import libarchive

from ml.archive.conversion import MEMORY_BYTES, write_zip
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive, list_members
from ml.archive.with_libarchive import iter_with_libarchive
from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable

SECONDS_A_FILE = 20
LIMITS = Limits(members=1000, member_bytes=10**6, unpacked_bytes=10**8, ratio=10**6)
METHODS = ("store", "deflate", "bzip2", "lzma1", "lzma2", "ppmd")
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF)
SEVEN_ZIP, RAR5 = b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01\x00"


def main() -> int:
    """Search. Returns 1 if a file failed with an exception that is no reason."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write_first_files(options.folder)
    originals = [f.read_bytes() for f in sorted(options.folder.glob("first-*"))]
    print(f"seed {options.seed}, {len(originals)} archives to change")
    chance = random.Random(options.seed)  # noqa: S311 - no secret
    ends: Counter[str] = Counter()
    until = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(dir="/dev/shm") as work:
        while time.monotonic() < until:
            data = put_checksums_right(change(chance.choice(originals), chance))
            end = convert_apart(data, Path(work))
            ends[end] += 1
            if end not in ("read", "refused"):
                (options.folder / f"crash-{sum(ends.values())}").write_bytes(data)
            if end == "failed":
                break
    print(f"{sum(ends.values()):,} archives: {dict(ends)}")
    return 1 if ends["failed"] else 0


def change(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with a few of them changed, removed or repeated."""
    new = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(new))
        length = chance.choice((1, 1, 2, 4, chance.randint(1, 40)))
        kind = chance.randrange(5)
        if kind == 0:
            new[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            new[at : at + length] = bytes(chance.choice(NUMBERS) for _ in range(length))
        elif kind == 2 and len(new) > 100:
            del new[at : at + length]
        elif kind == 3:
            new[at:at] = new[at : at + length]
        else:
            new[at : at + length] = chance.randbytes(length)
    return bytes(new)


def put_checksums_right(data: bytes) -> bytes:
    """Return an archive whose headers have the checksums of what they are now."""
    new = bytearray(data)
    if data.startswith(SEVEN_ZIP) and len(data) >= 32:
        start = 32 + int.from_bytes(data[12:20], "little")
        size = int.from_bytes(data[20:28], "little")
        new[28:32] = zlib.crc32(new[start : start + size]).to_bytes(4, "little")
        new[8:12] = zlib.crc32(new[12:32]).to_bytes(4, "little")
    elif data.startswith(RAR5):
        at = len(RAR5)
        while at + 8 < len(new):
            size, begin = read_number(new, at + 4)
            new[at : at + 4] = zlib.crc32(new[at + 4 : begin + size]).to_bytes(4, "little")
            _, fields = read_number(new, begin)
            flags, fields = read_number(new, fields)
            if flags & 1:  # an extra area's size comes first
                _, fields = read_number(new, fields)
            data_size = read_number(new, fields)[0] if flags & 2 else 0
            at = begin + size + data_size
    return bytes(new)


def read_number(data: bytearray, at: int) -> tuple[int, int]:
    """Return a number of sevens of bits, the lowest first, and where it ends."""
    value = shift = 0
    while at < len(data) and shift < 63:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            break
    return value, at


def convert_apart(data: bytes, work: Path) -> str:
    """Convert in a process of its own. Returns how it ended."""
    (work / "a").write_bytes(data)
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        signal.alarm(SECONDS_A_FILE)
        try:
            status = convert_here(work / "a", work / "copy.zip")
        except BaseException:  # noqa: BLE001 - whatever it is, this is a finding
            traceback.print_exc()
            status = 2
        os._exit(status)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return ("read", "refused", "failed")[os.WEXITSTATUS(status)]


def convert_here(file: Path, out: Path) -> int:
    """Convert, and read the zip. Returns 1 if the archive was refused, else 0."""
    try:
        write_zip(iter_with_libarchive(file, "an archive"), file, out, LIMITS)
        members = list_members(out, LIMITS)
    except (ArchiveError, MemoryError):
        return 1
    with OpenArchive(out, LIMITS) as archive:
        for member in members:
            with contextlib.suppress(MemberUnreadable, MemberSkipped):
                assert len(archive.read(member.number)) == member.size
    return 0


def write_first_files(folder: Path) -> None:
    """Write 7z archives of each compression."""
    for method in METHODS:
        options = f"compression={method}"
        with libarchive.file_writer(
            str(folder / f"first-{method}"), "7zip", options=options
        ) as new:
            for name in ("a.png", "folder/ö.jpg"):
                new.add_file_from_memory(name, 48, b"\x89PNG\r\n\x1a\n" * 6)


if __name__ == "__main__":
    sys.exit(main())
