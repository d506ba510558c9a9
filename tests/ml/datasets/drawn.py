"""A drawn dataset with a manifest: four shapes, one of them the target."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SHAPES = {  # character: colour, gender, likeness to the target
    "Mona": ("#7a1fc9", "female", "target"),
    "Violet": ("#9b4fe0", "female", "yes"),
    "Lime": ("#6ac92a", "female", "no"),
    "Rust": ("#b5521a", "male", "no"),
}
COLUMNS = ("path", "character", "game", "kind", "gender", "similar_to_mona", "contains_mona")


def write(folder: Path, *, arts: int = 6, files: int = 3) -> Path:
    """Draw `arts` artworks of every character, each in `files` sizes, as cut-outs."""
    rng = np.random.default_rng(1)
    rows = []
    for character, (colour, gender, similar) in SHAPES.items():
        for art in range(arts):
            for size in range(files):
                path = f"{character.lower()}/{art}-{size}.png"
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                draw(character, colour, 40 + 8 * size, rng).save(folder / path)
                row = (path, character, "drawn", "icon", gender, similar)
                shows = "yes" if character == "Mona" else "no"
                rows.append((*row, shows, f"{character}:{art}", f"source {size}"))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow((*COLUMNS, "base_art", "source"))
        writer.writerows(rows)
    return folder


def draw(character: str, colour: str, side: int, rng: np.random.Generator) -> Image.Image:
    """One cut-out: a disc for the target, a square, a cross or a triangle for the others."""
    image = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(image)
    inset = int(rng.integers(1, 5))
    box = (inset, inset, side - inset, side - inset)
    if character == "Mona":
        pen.ellipse(box, fill=colour)
    elif character == "Violet":
        pen.rectangle(box, fill=colour)
    elif character == "Lime":
        pen.line((inset, side // 2, side - inset, side // 2), fill=colour, width=side // 4)
        pen.line((side // 2, inset, side // 2, side - inset), fill=colour, width=side // 4)
    else:
        pen.polygon(
            ((inset, side - inset), (side - inset, side - inset), (side // 2, inset)), fill=colour
        )
    return image
