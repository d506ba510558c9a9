"""The colour that stands for a picture until its thumbnail is there."""

from PIL import Image

_SIDE = 16  # pixels that are left of the picture
_COLOURS = 4  # groups of similar colours


def find_main_colour(image: Image.Image) -> int:
    """Return the mean of the largest group of colours as 0xRGB: 4 bits each, like `#rgb` in CSS."""
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=1.0).convert("RGB")
    groups = small.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    counts = groups.histogram()
    largest = counts.index(max(counts))
    palette = groups.getpalette() or []
    red, green, blue = (round(value / 17) for value in palette[3 * largest : 3 * largest + 3])
    return red << 8 | green << 4 | blue
