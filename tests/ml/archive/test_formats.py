"""What a file is, by its name and by its first bytes."""

import gzip
import io
import lzma
import tarfile

import pytest
from PIL import Image

from ml.archive.formats import (
    PILLOW_NAMES,
    START_BYTES,
    describe_refused_file,
    find_archive_format,
    find_browser_mime_type,
    has_archive_suffix,
    has_picture_suffix,
    is_picture,
    is_shown_by_browsers,
)
from tests.ml.archive.zips import picture


def tar(name: str = "a.png") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return out.getvalue()


@pytest.mark.parametrize("pillow_name", PILLOW_NAMES)
def test_sixteen_bytes_tell_a_picture(pillow_name: str) -> None:
    assert is_picture(picture(pillow_name)[:16])


@pytest.mark.parametrize(
    "start", [b"", b"BMW and more", b"PK\3\4", b"RIFF....AVI ", b"....ftypmp42"]
)
def test_other_files_are_no_pictures(start: bytes) -> None:
    assert not is_picture(start)
    assert find_browser_mime_type(start) is None


@pytest.mark.parametrize("pillow_name", PILLOW_NAMES)
def test_bytes_and_pillow_agree_on_what_browsers_show(pillow_name: str) -> None:
    data = picture(pillow_name)
    assert (find_browser_mime_type(data) is not None) == is_shown_by_browsers(pillow_name)


def test_a_jpeg_of_several_pictures_is_shown_like_any_jpeg() -> None:
    out = io.BytesIO()
    pages = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    pages[0].save(out, "MPO", save_all=True, append_images=pages[1:])
    with Image.open(io.BytesIO(out.getvalue())) as image:
        assert image.format == "MPO"
    assert is_shown_by_browsers("MPO")
    assert find_browser_mime_type(out.getvalue()) == "image/jpeg"


@pytest.mark.parametrize(
    ("brands", "mime_type"),
    [(b"mif1\0\0\0\0mif1avifmiaf", "image/avif"), (b"mif1\0\0\0\0mif1heic", None)],
)
def test_the_list_of_brands_tells_avif_from_heif(brands: bytes, mime_type: str | None) -> None:
    start = b"\0\0\0\x1cftyp" + brands
    assert is_picture(start)
    assert find_browser_mime_type(start) == mime_type


def test_a_suffix_tells_in_either_case_and_below_folders() -> None:
    assert has_picture_suffix("deep/er/Mona.JPeG")
    assert not has_picture_suffix("a.png/readme")
    assert has_archive_suffix("photos.RAR")
    assert not has_archive_suffix("rar")


@pytest.mark.parametrize(
    ("name", "start", "says"),
    [
        ("photos.rar", b"Rar!\x1a\x07\x01\0", "a RAR archive"),
        ("photos.zip", b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
        ("photos", gzip.compress(b"x", mtime=0), "a gzip file"),
        ("photos", lzma.compress(b"x"), "an xz file"),
        ("photos", tar(), "a tar archive"),
        ("photos.cbr", b"damaged", "a RAR archive"),
        ("a.zip", b"hello", "a zip archive"),
        ("a.txt", b"hello", None),
        ("a.zip", b"\x89PNG\r\n\x1a\n", None),
        ("a.rar", b"", None),
    ],
)
def test_the_first_bytes_tell_the_format_and_else_the_name(
    name: str, start: bytes, says: str | None
) -> None:
    kind = find_archive_format(name, start[:START_BYTES])
    assert (kind.label if kind else None) == says


@pytest.mark.parametrize("name", ["PKMN/a.png", "BZh9/a.png"])
def test_the_first_name_in_a_tar_says_nothing_about_its_format(name: str) -> None:
    kind = find_archive_format("a.tar", tar(name)[:START_BYTES])
    assert kind is not None
    assert kind.label == "a tar archive"


@pytest.mark.parametrize(
    ("name", "start", "says"),
    [
        ("a.txt", b"hello", "a.txt is neither an archive nor a picture. Choose pictures"),
        ("a.rar", b"", "a.rar is empty: 0 bytes arrived."),
    ],
)
def test_a_refused_file_is_named_with_what_it_is(name: str, start: bytes, says: str) -> None:
    assert describe_refused_file(name, start[:START_BYTES]).startswith(says)


@pytest.mark.parametrize("name", ["a.z01", "a.7z.002", "a.R00", "a.part2.rar"])
def test_a_part_of_a_split_archive_says_what_to_do(name: str) -> None:
    sentence = describe_refused_file(name, b"bytes")
    assert sentence.startswith(f"{name} is one part of an archive that was split. Unpack or join")
    assert "neither" in describe_refused_file("a.2024", b"bytes")
