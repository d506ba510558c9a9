"""Every kind of picture that people have, decoded to what they see."""

import io

import numpy as np
import pytest
from PIL import Image

from ml.archive.formats import PILLOW_NAMES
from ml.errors import MemberSkipped, MemberUnreadable
from ml.vision.decode import Decoded, decode
from tests.ml.archive.zips import picture, png_claiming

RED = (255, 0, 0)


def decoded(data: bytes, min_side: int = 384) -> Decoded:
    return decode(data, min_side=min_side, max_pixels=10**7)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def colour(data: bytes, at: tuple[int, int] = (3, 3)) -> tuple[int, ...]:
    pixel = decoded(data).image.getpixel(at)
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("kind", PILLOW_NAMES)
def test_every_format_is_read(kind: str) -> None:
    result = decoded(picture(kind, size=(64, 32)))
    assert (result.width, result.height, result.format) == (64, 32, kind)
    assert result.image.mode == "RGB"
    assert np.allclose(colour(picture(kind, size=(64, 32)), (10, 10)), RED, atol=6)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_moving_picture_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (30, 30), c) for c in ("red", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert np.allclose(colour(data), RED, atol=6)


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_exif_says_which_way_is_up(turn: int) -> None:
    lying = Image.new("RGB", (1000, 600), "white")
    lying.paste("red", (0, 0, 300, 600))  # at the left, as it lies
    exif = Image.Exif()
    exif[0x0112] = turn
    result = decoded(saved(lying, "JPEG", exif=exif))
    where = {3: (0.95, 0.5), 6: (0.5, 0.05), 8: (0.5, 0.95)}[turn]
    x, y = (int(f * n) for f, n in zip(where, result.image.size, strict=True))
    assert np.allclose(np.asarray(result.image)[y, x], RED, atol=12)
    assert (result.width, result.height) == ((1000, 600) if turn == 3 else (600, 1000))
    assert max(result.image.size) < 1000  # reduced in the decoder


def test_colour_that_alpha_hides_never_shows() -> None:
    hidden = Image.new("RGBA", (1600, 900), (255, 0, 0, 0))
    for kind in ("PNG", "WEBP", "TIFF"):
        assert colour(saved(hidden, kind)) == (255, 255, 255)
    assert colour(saved(Image.new("LA", (9, 9), (0, 0)), "PNG")) == (255, 255, 255)
    assert colour(saved(Image.new("RGB", (9, 9), "red"), "PNG", transparency=RED)) == (255,) * 3


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_and_its_transparent_colour(kind: str) -> None:
    image = Image.new("RGB", (40, 40), "blue")
    image.paste("red", (0, 0, 20, 20))
    palette = image.quantize(4)
    data = saved(palette, kind, transparency=palette.getpixel((3, 3)))
    assert colour(data, (3, 3)) == (255, 255, 255)
    assert colour(data, (30, 30)) == (0, 0, 255)


def test_cmyk_is_shown_as_it_prints() -> None:
    data = saved(Image.new("RGB", (40, 40), "blue").convert("CMYK"), "JPEG")
    assert np.allclose(colour(data), (0, 0, 255), atol=4)


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("TIFF", {})])
def test_sixteen_bits_keep_their_grey(kind: str, options: dict[str, object]) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[np.newaxis].repeat(20, axis=0)
    image = decoded(saved(Image.fromarray(ramp), kind, **options)).image
    assert np.abs(np.asarray(image)[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_floats_keep_their_grey() -> None:
    assert colour(saved(Image.new("F", (9, 9), 0.5), "TIFF")) == (127, 127, 127)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_reduced_while_decoding_but_never_below_the_minimum(kind: str) -> None:
    result = decoded(picture(kind, size=(2400, 1300)), min_side=384)
    assert 384 <= max(result.image.size) < 768
    assert (result.width, result.height) == (2400, 1300)


def test_min_both_holds_the_shorter_side_too() -> None:
    data = picture("JPEG", size=(2400, 800))
    assert min(decode(data, min_side=200, max_pixels=10**7).image.size) < 200
    assert min(decode(data, min_side=200, max_pixels=10**7, min_both=True).image.size) >= 200


def test_too_many_pixels_are_refused_from_the_header_alone() -> None:
    with pytest.raises(MemberSkipped, match="too large: 60000 x 60000 pixels"):
        decoded(png_claiming(60_000, 60_000))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        picture("PNG", size=(200, 200))[:-200],
        picture("JPEG", size=(200, 200))[:500],
        picture("WEBP", size=(200, 200))[:40],
        picture("GIF", size=(200, 200))[:20],
        png_claiming(1000, 1000),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
    ids=["empty", "text", "png", "jpeg", "webp", "gif", "png without its pixels", "postscript"],
)
def test_what_is_broken_or_no_picture_is_unreadable(data: bytes) -> None:
    with pytest.raises(MemberUnreadable):
        decoded(data)


def make_stripes(**options: object) -> bytes:
    """A JPEG in which no part is of one grey."""
    columns = np.tile(np.arange(400) // 8 % 2 * 200, (300, 1)).astype(np.uint8)
    return saved(Image.fromarray(np.stack([columns] * 3, axis=2)), "JPEG", **options)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_that_lost_its_last_part_is_decoded_with_a_note(
    options: dict[str, object], orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = make_stripes(exif=exif, **options)
    start = data.rindex(b"\xff\xda")
    cut = decoded(data[: start + (len(data) - start) * 3 // 4])
    assert cut.note is not None
    assert cut.note.startswith("cut off: about")
    assert sorted((cut.width, cut.height)) == [300, 400]
    assert decoded(data).note is None


def test_a_jpeg_that_lost_most_of_itself_stays_unreadable() -> None:
    data = make_stripes()
    start = data.rindex(b"\xff\xda")
    with pytest.raises(MemberUnreadable, match="damaged picture"):
        decoded(data[: start + (len(data) - start) // 4])
