"""Bytes → upright RGB picture, white behind alpha, reduced while decoding.

Training, calibration and serving share this decoder, because another resampling changes line art
by several grey levels.
"""

import dataclasses
import io
import struct
import warnings

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from ml.archive.formats import PILLOW_NAMES
from ml.errors import MemberSkipped, MemberUnreadable
from ml.vision.card import Resize

pillow_heif.register_heif_opener()
# `decode` checks the size itself and raises a sentence. Pillow's limit is global and only warns.
Image.MAX_IMAGE_PIXELS = None
PngImagePlugin.MAX_TEXT_CHUNK = 2**24  # bytes; colour profiles for print have megabytes

THUMBNAIL_SIDE = 384  # pixels: twice the width of a tile, for dense screens

_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_DECODER_GREY = 128  # what the JPEG decoder puts where there are no data
_MOST_MISSING = 0.5  # of a cut JPEG that is still scored

# Errors that damaged files cause in Pillow's parsers.
_DAMAGED = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, RuntimeError),
    *(LookupError, ArithmeticError, AssertionError, struct.error),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Decoded:
    """One picture, ready for a network or a thumbnail."""

    image: Image.Image  # RGB, upright, perhaps smaller than the original
    width: int  # of the original, upright, pixels
    height: int
    format: str  # Pillow's name, of `ml.archive.formats.PICTURE_FORMATS`
    note: str | None = None  # what is wrong with the picture although it can be scored


def decode_for_network(data: bytes, *, side: int, resize: Resize, max_pixels: int) -> Decoded:
    """Decode one picture for a network's input; a thumbnail can be cut from the same picture.

    Args:
        side: of the network's square, in pixels.

    Raises as `decode` does.
    """
    return decode(
        data,
        min_side=max(side, THUMBNAIL_SIDE),
        max_pixels=max_pixels,
        min_both=resize == "stretch",
    )


def decode(data: bytes, *, min_side: int, max_pixels: int, min_both: bool = False) -> Decoded:
    """Decode one picture (the first frame of a moving one).

    Args:
        data: the file's bytes.
        min_side: pixels that the longer side must still have; a larger original is reduced by a
            whole factor, in the decoder itself if the format allows it.
        max_pixels: larger pictures are skipped by their header alone.
        min_both: the shorter side must have `min_side` pixels too, for a resize that stretches.

    Raises MemberSkipped over `max_pixels`, MemberUnreadable with the decoder's message.
    """
    try:
        return _decode(data, min_side, max_pixels, min_both)
    except MemberUnreadable:
        if not data.startswith(_JPEG_START):
            raise
        # A JPEG that was cut off shows what is there, once it has an end.
        cut = _decode(data + _JPEG_END, min_side, max_pixels, min_both)
        missing = _measure_missing(cut.image)
        if missing > _MOST_MISSING:
            raise
        return dataclasses.replace(cut, note=f"cut off: about {missing:.0%} of it is missing")


def _decode(data: bytes, min_side: int, max_pixels: int, min_both: bool) -> Decoded:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # Pillow warns of odd metadata, which does not matter here
            with Image.open(io.BytesIO(data), formats=PILLOW_NAMES) as image:
                if image.width * image.height > max_pixels:
                    raise MemberSkipped(
                        f"too large: {image.width} x {image.height} pixels, "
                        f"the limit is {max_pixels:,} in all"
                    )
                shorter, longer = sorted(image.size)
                return _read(image, min_side * longer // max(1, shorter) if min_both else min_side)
    except UnidentifiedImageError as exc:
        raise MemberUnreadable("not a picture, or too damaged to tell its format") from exc
    except MemoryError as exc:
        raise MemberUnreadable("needs more memory than a picture may take") from exc
    except _DAMAGED as exc:
        raise MemberUnreadable(f"damaged picture: {exc}"[:200]) from exc


def _measure_missing(image: Image.Image) -> float:
    """Return which part of a cut JPEG is missing, 0..1: rows or columns of the decoder's grey."""
    is_grey = np.abs(np.asarray(image).astype(np.int16) - _DECODER_GREY).max(axis=2) <= 2
    # In a picture that EXIF turns, columns are missing.
    return max(float(is_grey.all(axis=axis).mean()) for axis in (0, 1))


def _read(image: Image.Image, min_side: int) -> Decoded:
    kind = image.format or ""
    width, height = image.size
    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    scale = min_side / max(width, height)
    if kind in ("JPEG", "MPO") and scale < 1:
        image.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))
    image.load()
    upright = ImageOps.exif_transpose(_convert_to_rgb(_reduce_to_8_bits(image), min_side))
    upright.info = {}  # foreign metadata can make saving fail, and no caller needs it
    return Decoded(upright, *((height, width) if turned else (width, height)), kind)


def _reduce_to_8_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and float greys to 0..255, because Pillow's conversion clips them."""
    if not image.mode.startswith(("I", "F")):
        return image
    grey = np.asarray(image).astype(np.float32)
    if image.mode.startswith("I;16"):
        white = 65535.0
    else:
        white = next((w for w in (1.0, 255.0, 65535.0) if grey.max(initial=0) <= w), grey.max())
    eight = Image.fromarray(np.clip(grey * (255.0 / white), 0, 255).astype(np.uint8))
    eight.info = image.info  # its EXIF says which way is up
    return eight


def _convert_to_rgb(image: Image.Image, min_side: int) -> Image.Image:
    """Reduce to `min_side` and lay over white, so that colour hidden by alpha stays hidden."""
    factor = max(image.size) // min_side
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    info = image.info
    if factor > 1:
        image = image.reduce(factor)  # premultiplies alpha by itself
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    image.info = info
    return image
