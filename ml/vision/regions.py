"""Picture → the network's square → the looks at it: means over windows of places.

Looks are plain means because the head is linear: a mean of embeddings scores the mean of the
scores. All looks of a picture come from one pass of the backbone.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from ml.targets.card import BackboneCard, Resize

Box = tuple[int, int, int, int]


def fit(image: Image.Image, side: int, rule: Resize) -> tuple[NDArray[np.uint8], Box]:
    """Lay an RGB picture into the network's square.

    Args:
        side: edge of the square, in pixels.
        rule: "letterbox" keeps the proportions, centred on white; "stretch" does not.

    Returns: uint8 (side, side, 3), RGB 0..255, and the box (x0, y0, x1, y1), in pixels of the
        square, that shows the picture.
    """
    width, height = side, side
    if rule == "letterbox":
        scale = side / max(image.size)
        width = max(1, round(image.width * scale))
        height = max(1, round(image.height * scale))
    x, y = (side - width) // 2, (side - height) // 2
    resized = image.resize((width, height), Image.Resampling.BILINEAR)  # antialiased
    if (width, height) == (side, side):
        return np.asarray(resized), (0, 0, side, side)
    square = Image.new("RGB", (side, side), "white")
    square.paste(resized, (x, y))
    return np.asarray(square), (x, y, x + width, y + height)


def count(card: BackboneCard) -> int:
    """How many looks every picture has, the whole picture's among them."""
    if card.window == 0:
        return 1
    rows, columns = (len(range(0, n - card.window + 1, card.stride)) for n in card.places)
    return 1 + rows * columns


def looks(places: NDArray[np.float32], box: Box, card: BackboneCard) -> NDArray[np.float16]:
    """Mean embeddings of the whole picture and of each window.

    Args:
        places: float32 (h, w, dim), the backbone's output.
        box: where the square shows the picture, as `fit` gives it.

    Returns: float16 (looks, dim). Row 0 is the whole picture. A window more than half of which
        is the letterbox's padding repeats row 0, so the maximum over looks is unharmed.
    """
    shown = _shown(places.shape[:2], box, card.side)
    whole = places[shown].mean(axis=0)
    if card.window == 0:
        only: NDArray[np.float16] = whole[np.newaxis].astype(np.float16)
        return only
    size = (card.window, card.window)
    step = slice(None, None, card.stride)
    windows = sliding_window_view(places, size, axis=(0, 1))[step, step]  # (ny, nx, dim, k, k)
    means = windows.mean(axis=(-2, -1)).reshape(-1, places.shape[2])
    filled = sliding_window_view(shown, size)[step, step].mean(axis=(-2, -1)).reshape(-1)
    means[filled < 0.5] = whole
    every: NDArray[np.float16] = np.concatenate([whole[np.newaxis], means]).astype(np.float16)
    return every


def _shown(shape: tuple[int, ...], box: Box, side: int) -> NDArray[np.bool_]:
    """Which places have their centre inside the box; never none."""
    x0, y0, x1, y1 = box

    def inside(low: int, high: int, n: int) -> NDArray[np.bool_]:
        centres = (np.arange(n) + 0.5) * (side / n)
        within: NDArray[np.bool_] = (centres >= low) & (centres < high)
        if not within.any():  # thinner than a place
            within[min(n - 1, int((low + high) / 2 * n / side))] = True
        return within

    return np.outer(inside(y0, y1, shape[0]), inside(x0, x1, shape[1]))
