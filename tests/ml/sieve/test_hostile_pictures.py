"""Pictures that are made to break a decoder are one row each, and their neighbour is scored."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from ml.archive.limits import Limits
from ml.archive.reader import list_members
from ml.scoring.piles import Outcome
from ml.sieve.shard import Shard, score_shard
from ml.targets.catalog import find_target
from tests.ml.archive.raw_zip import RawEntry, deflate, raw_zip
from tests.ml.archive.zips import picture, png_claiming

END_OF_HEADER = 33  # bytes of a PNG before its second chunk
ZEROS = bytes(30_000_000)
BOMB = zlib.compress(ZEROS, 9)


def add_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body).to_bytes(4, "big")
    chunk = len(body).to_bytes(4, "big") + kind + body + checksum
    return png[:END_OF_HEADER] + chunk + png[END_OF_HEADER:]


def make_gif(size: tuple[int, int], frames: int, *, has_end: bool = True) -> bytes:
    """An animation of one frame again and again, which a browser would repeat for ever."""
    out = io.BytesIO()
    Image.new("P", (8, 8), 1).save(out, "GIF")
    whole = out.getvalue()
    start = whole.index(b",")  # the first frame's descriptor
    head = whole[:6] + struct.pack("<HH", *size) + whole[10:start]
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    return head + loop + whole[start:-1] * frames + (b";" if has_end else b"")


def make_jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose header claims a size."""
    data = bytearray(picture("JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def add_profile(jpeg: bytes, profile: bytes) -> bytes:
    body = b"ICC_PROFILE\0\1\1" + profile
    return jpeg[:2] + b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


AS_USUAL = {
    "a colour profile of rubbish in a PNG": add_chunk(
        picture(), b"iCCP", b"x\0\0" + zlib.compress(b"rubbish" * 99)
    ),
    "a colour profile that is no zlib": add_chunk(picture(), b"iCCP", b"x\0\0rubbish"),
    "a colour profile of rubbish in a JPEG": add_profile(picture("JPEG"), b"rubbish" * 99),
    "a colour profile that claims four gigabytes": add_profile(
        picture("JPEG"), b"\xff\xff\xff\xff" + bytes(128)
    ),
    "a JPEG that claims more than it has": make_jpeg(3_000, 3_000),
    "a colour profile of megabytes": add_chunk(
        picture(), b"iCCP", b"x\0\0" + zlib.compress(ZEROS[:3_000_000])
    ),
    "a plain text of megabytes": add_chunk(picture(), b"tEXt", b"x\0" + b"y" * 3_000_000),
    "an animation of 3,000 frames": make_gif((8, 8), 3_000),
    "an animation without an end": make_gif((8, 8), 50, has_end=False),
    "a PNG that announces four billion frames": add_chunk(
        picture(), b"acTL", struct.pack(">II", 2**32 - 1, 0)
    ),
}
UNREADABLE = {
    "a packed text of 30 megabytes": add_chunk(picture(), b"zTXt", b"x\0\0" + BOMB),
    "a packed international text": add_chunk(picture(), b"iTXt", b"x\0\1\0\0\0" + BOMB),
    "a colour profile of 30 megabytes": add_chunk(picture(), b"iCCP", b"x\0\0" + BOMB),
    "pixels whose zlib stream breaks off": picture(size=(90, 90))[:-40],
    "pixels that are missing": png_claiming(1000, 1000),
    "a PNG of two billion pixels a row": png_claiming(2**31 - 1, 0),
}
TOO_LARGE = {
    "a GIF whose canvas is gigantic": make_gif((65_535, 65_535), 3),
    "a JPEG whose header is gigantic": make_jpeg(65_500, 65_500),
    "a PNG whose header is gigantic": png_claiming(2**31 - 1, 2**31 - 1),
}


def score(red_circle: Path, folder: Path, data: bytes) -> tuple[Outcome, str]:
    """The outcome of a picture that lies between two good ones, and its reason."""
    good = RawEntry(name=b"good.png", data=picture())
    entries = [good, RawEntry(name=b"hostile.png", data=data), good]
    archive = raw_zip(folder / "a.zip", entries)
    assert [member.skip for member in list_members(archive, Limits())] == [None] * 3
    backbone = find_target("red_circle", [red_circle]).backbone_folder
    shard = Shard(archive, (0, 1, 2), backbone, Limits(), thumbnails=True)
    first, hostile, last = score_shard(shard)
    assert first.outcome is last.outcome is Outcome.SCORED
    return hostile.outcome, hostile.reason or ""


@pytest.mark.parametrize("kind", AS_USUAL)
def test_odd_extras_do_not_matter(red_circle: Path, tmp_path: Path, kind: str) -> None:
    assert score(red_circle, tmp_path, AS_USUAL[kind]) == (Outcome.SCORED, "")


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_decoded_is_unreadable_with_its_reason(
    red_circle: Path, tmp_path: Path, kind: str
) -> None:
    outcome, reason = score(red_circle, tmp_path, UNREADABLE[kind])
    assert outcome is Outcome.UNREADABLE
    assert reason.startswith(("damaged picture: ", "not a picture, or too damaged"))


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_what_claims_too_many_pixels_is_skipped_by_its_header(
    red_circle: Path, tmp_path: Path, kind: str
) -> None:
    outcome, reason = score(red_circle, tmp_path, TOO_LARGE[kind])
    assert outcome is Outcome.SKIPPED
    assert reason.startswith("too large: ")


def test_a_member_whose_zlib_stream_breaks_off_is_unreadable(
    red_circle: Path, tmp_path: Path
) -> None:
    whole = picture(size=(300, 300))
    packed = deflate(whole)
    broken = RawEntry(name=b"b.png", data=packed[:-20], method=8, size=len(whole))
    archive = raw_zip(tmp_path / "a.zip", [broken, RawEntry(data=picture())])
    backbone = find_target("red_circle", [red_circle]).backbone_folder
    bad, good = score_shard(Shard(archive, (0, 1), backbone, Limits()))
    assert (bad.outcome, good.outcome) == (Outcome.UNREADABLE, Outcome.SCORED)
    assert (bad.reason or "").startswith("damaged in the archive: it ends after")
