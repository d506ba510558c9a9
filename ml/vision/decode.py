"""Bytes → upright RGB picture, white behind alpha, reduced while decoding.

Whatever measures, calibrates or serves a network decodes here: one that is calibrated on one
resampling and served another loses several grey levels on line art.
"""

import dataclasses
import io
import struct
import warnings

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from ml.archive.formats import PILLOW_NAMES
from ml.errors import MemberSkipped, MemberUnreadable

pillow_heif.register_heif_opener()
# The limit is ours, from the header, with a sentence; Pillow's is global and a warning.
Image.MAX_IMAGE_PIXELS = None

# What Pillow's parsers raise on damaged files.
_DAMAGED = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, RuntimeError),
    *(LookupError, ArithmeticError, AssertionError, struct.error),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Decoded:
    """One picture, ready to be looked at."""

    image: Image.Image  # RGB, upright, perhaps smaller than the original
    width: int  # of the original, upright, pixels
    height: int
    format: str  # Pillow's name, of `ml.archive.formats.PICTURE_FORMATS`


def decode(data: bytes, *, reach: int, max_pixels: int, cover: bool = False) -> Decoded:
    """Decode one picture (the first frame of a moving one).

    Args:
        data: the file's bytes.
        reach: pixels that the longer side must still have; a larger original is reduced by a
            whole factor, in the decoder itself where the format allows it.
        max_pixels: larger pictures are left out, from their header alone.
        cover: the shorter side must have `reach` pixels too (for a resize that stretches).

    Raises: MemberSkipped over `max_pixels`, MemberUnreadable with what the decoder said.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the picture counts
            with Image.open(io.BytesIO(data), formats=PILLOW_NAMES) as image:
                if image.width * image.height > max_pixels:
                    raise MemberSkipped(
                        f"too large: {image.width} x {image.height} pixels, "
                        f"the limit is {max_pixels:,} in all"
                    )
                shorter, longer = sorted(image.size)
                return _read(image, reach * longer // max(1, shorter) if cover else reach)
    except UnidentifiedImageError as exc:
        raise MemberUnreadable("not a picture, or too damaged to tell its format") from exc
    except MemoryError as exc:
        raise MemberUnreadable("needs more memory than a picture may take") from exc
    except _DAMAGED as exc:
        raise MemberUnreadable(f"damaged picture: {exc}"[:200]) from exc


def _read(image: Image.Image, reach: int) -> Decoded:
    kind = image.format or ""
    width, height = image.size
    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    scale = reach / max(width, height)
    if kind in ("JPEG", "MPO") and scale < 1:
        image.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))
    image.load()
    upright = ImageOps.exif_transpose(_rgb(_eight_bit(image), reach))
    return Decoded(upright, *((height, width) if turned else (width, height)), kind)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit, 32-bit and float greys to 0..255; Pillow's own conversion clips them."""
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


def _rgb(image: Image.Image, reach: int) -> Image.Image:
    """Reduce to `reach`, lay over white. Colour that alpha hides never shows."""
    factor = max(image.size) // reach
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    info = image.info
    if factor > 1:
        image = image.reduce(factor)  # premultiplies alpha by itself
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    image.info = info
    return image
