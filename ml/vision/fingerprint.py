"""A picture's fingerprint: 64 bits that hardly change when it is resized, packed or brightened.

The signs of its lowest frequencies (a perceptual hash by DCT). `ml.datasets.duplicates` has a hash
of its own, because splits that were made with it must not change.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 32  # pixels that are left of the picture
_FREQUENCIES = 8  # kept in each direction


def compute_fingerprint(image: Image.Image) -> int:
    """Return 64 bits as a number from 0: whether each low frequency is above their median."""
    small = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    spectrum = _COSINES @ np.asarray(small, np.float32) @ _COSINES.T
    is_above = spectrum > np.median(spectrum.ravel()[1:])  # the first is the picture's brightness
    return int.from_bytes(np.packbits(is_above).tobytes(), "big")


def _make_cosines() -> NDArray[np.float32]:
    """Return the lowest rows of the discrete cosine transform (type II), float32 (8, 32)."""
    centres = np.arange(_SIDE) + 0.5
    waves = np.cos(np.pi / _SIDE * np.outer(np.arange(_FREQUENCIES), centres))
    return waves.astype(np.float32)


_COSINES = _make_cosines()
