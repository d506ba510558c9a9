"""Pictures for the tests of datasets: noise, and labelled ones for hypothesis."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from ml.datasets.reader import LabelledPicture

labelled_pictures = st.lists(
    st.builds(
        LabelledPicture,
        path=st.text("ab", min_size=1),
        character=st.sampled_from(("Mona", "Fischl", "other")),
        is_target=st.booleans(),
        artwork=st.sampled_from([f"artwork {n}" for n in range(12)]),
    ),
    min_size=1,
    max_size=60,
)


def draw_noise(file: Path, seed: int) -> None:
    """Write a picture that is like no other seed's."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cells = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), np.uint8)
    Image.fromarray(cells).resize((90, 80)).save(file)


def make_picture(
    name: str,
    character: str,
    *,
    is_target: bool = False,
    artwork: str = "",
    source: str = "",
    game: str = "",
) -> LabelledPicture:
    """Return a picture without a file, an artwork of its own unless one is named."""
    return LabelledPicture(
        name, character, is_target=is_target, artwork=artwork or name, source=source, game=game
    )
