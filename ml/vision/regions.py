"""Picture → the network's square → region embeddings: means over windows of the feature map.

The windows are those of R-MAC (Tolias et al., 2016), but mean-pooled: a head is linear, so it
scores the mean of some embeddings as the mean of their scores. One pass of the backbone gives all
regions of a picture at one scale.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from ml.vision.card import BackboneCard, Resize, Scale

Box = tuple[int, int, int, int]


def letterbox(image: Image.Image, side: int, rule: Resize) -> tuple[NDArray[np.uint8], Box]:
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


def count_regions(card: BackboneCard) -> int:
    """Return the number of regions of a picture at all scales, each with the whole picture."""
    return count_scale_regions(card.scale) + (count_scale_regions(card.close) if card.close else 0)


def count_scale_regions(scale: Scale) -> int:
    """Return the number of regions at one scale, the whole picture included."""
    if scale.window == 0:
        return 1
    rows, columns = (len(range(0, n - scale.window + 1, scale.stride)) for n in scale.map_shape)
    return 1 + rows * columns


def compute_region_means(
    feature_map: NDArray[np.float32], box: Box, scale: Scale
) -> NDArray[np.float16]:
    """Return the mean embeddings of the whole picture and of each window.

    Args:
        feature_map: float32 (h, w, dim), the backbone's output.
        box: where the square shows the picture, as `letterbox` gives it.

    Returns: float16 (regions, dim). Row 0 is the whole picture. A window with more than half of
        its cells in the padding repeats row 0, so that it cannot raise the maximum over regions.
    """
    inside = _find_cells_inside(feature_map.shape[:2], box, scale.side)
    whole = feature_map[inside].mean(axis=0)
    if scale.window == 0:
        only: NDArray[np.float16] = whole[np.newaxis].astype(np.float16)
        return only
    size = (scale.window, scale.window)
    step = slice(None, None, scale.stride)
    windows = sliding_window_view(feature_map, size, axis=(0, 1))[step, step]  # (y, x, dim, k, k)
    means = windows.mean(axis=(-2, -1)).reshape(-1, feature_map.shape[2])
    filled = sliding_window_view(inside, size)[step, step].mean(axis=(-2, -1)).reshape(-1)
    means[filled < 0.5] = whole
    regions: NDArray[np.float16] = np.concatenate([whole[np.newaxis], means]).astype(np.float16)
    return regions


def locate_regions(box: Box, scale: Scale) -> NDArray[np.float64]:
    """Return where the regions of `compute_region_means` lie in the picture, in their order.

    Returns: float64 (regions, 4), each left, top, right, bottom as fractions of the picture, 0..1.
    """
    whole = np.array([[0.0, 0.0, 1.0, 1.0]])
    if scale.window == 0:
        return whole
    windows = locate_cells(box, scale, window=scale.window, stride=scale.stride)
    return np.concatenate([whole, windows.reshape(-1, 4)])


def locate_cells(
    box: Box, scale: Scale, *, window: int = 1, stride: int = 1
) -> NDArray[np.float64]:
    """Return where the cells of a feature map, or windows of cells, lie in the picture.

    Returns: float64 (rows, columns, 4), as `locate_regions`. One in the padding has no area.
    """
    x0, y0, x1, y1 = box

    def locate(n: int, low: int, high: int) -> NDArray[np.float64]:
        first = np.arange(0, n - window + 1, stride)
        edges = np.stack([first, first + window], axis=1) * (scale.side / n)
        fractions: NDArray[np.float64] = ((edges - low) / (high - low)).clip(0.0, 1.0)
        return fractions

    rows, columns = scale.map_shape
    tops, lefts = locate(rows, y0, y1), locate(columns, x0, x1)
    places = np.empty((len(tops), len(lefts), 4))
    places[..., 0::2], places[..., 1::2] = lefts[None], tops[:, None]
    return places


def _find_cells_inside(shape: tuple[int, ...], box: Box, side: int) -> NDArray[np.bool_]:
    """Mark the cells with their centre inside the box, bool (h, w); at least one is True."""
    x0, y0, x1, y1 = box

    def is_inside(low: int, high: int, n: int) -> NDArray[np.bool_]:
        centres = (np.arange(n) + 0.5) * (side / n)
        inside: NDArray[np.bool_] = (centres >= low) & (centres < high)
        if not inside.any():  # thinner than a cell
            inside[min(n - 1, int((low + high) / 2 * n / side))] = True
        return inside

    return np.outer(is_inside(y0, y1, shape[0]), is_inside(x0, x1, shape[1]))
