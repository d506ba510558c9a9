"""The archive of the browser's story: circles, others, a text and a broken picture."""

import io
import zipfile
from pathlib import Path

from PIL import Image

from tests.red_circle.drawing import RED, drawings, encoded

CIRCLES = OTHERS = 12
EXTRAS = ("read me.txt", "broken.png")
FORMATS = ("PNG", "JPEG", "WEBP")


def write_story(file: Path, *, seed: int = 7, circles: int = CIRCLES, others: int = OTHERS) -> None:
    """A zip with folders, non-ASCII names, several formats, old dates and file attributes.

    `circles` members named `…circle-N` show a red circle, `others` named `…other-N` do not.
    """
    circle, other = 0, 0
    with zipfile.ZipFile(file, "w") as archive:
        archive.mkdir("Ferien 2019")
        for number, drawing in enumerate(drawings(seed, 2 * max(circles, others))):
            kind = FORMATS[number % len(FORMATS)]
            if drawing.is_red_circle and circle < circles:
                circle += 1
                name = f"Ferien 2019/kreis-ö/circle-{circle}.{kind.lower()}"
            elif not drawing.is_red_circle and other < others:
                other += 1
                name = f"other-{other}.{kind.lower()}"
            else:
                continue
            archive.writestr(_info(name, number), encoded(drawing.image, kind))
        archive.writestr(_info(EXTRAS[0], 0), "no picture")
        archive.writestr(_info(EXTRAS[1], 1), b"\x89PNG\r\n\x1a\n and then nothing")


def _info(name: str, number: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2019, 7, 1 + number % 28, 12, number % 60, 2 * (number % 30)))
    info.external_attr = 0o100640 << 16
    info.comment = f"number {number}".encode()
    info.compress_type = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
    return info


def assert_same_members(download: bytes, original: Path, names: list[str]) -> None:
    """The download holds exactly these members: bytes, order, times, attributes, name bytes."""
    with zipfile.ZipFile(io.BytesIO(download)) as got, zipfile.ZipFile(original) as sent:
        assert got.testzip() is None
        assert got.namelist() == names == [n for n in sent.namelist() if n in set(names)]
        for name in names:
            ours, theirs = got.getinfo(name), sent.getinfo(name)
            assert got.read(ours) == sent.read(theirs)
            for field in ("date_time", "external_attr", "comment", "create_system", "flag_bits"):
                assert getattr(ours, field) == getattr(theirs, field), (name, field)


def write_slow(file: Path, members: int) -> None:
    """A small zip that takes a while: a picture of 6 megapixels, again and again."""
    picture = encoded(Image.new("RGB", (3000, 2000), RED))
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(members):
            archive.writestr(f"{number}.png", picture)
