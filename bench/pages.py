"""How well pages of comics and text are told; with --write, the head for it.

    python bench/pages.py crawl.csv second.csv manifest.csv more.csv --labels docs/logs/pages.csv \
        --backbone ml/pretrained/mona_lite [--further FOLDER] [--write]

The head is fitted to pages that `bench/made_pages.py` makes of drawings, and no real page is in
the fit: few are known. The labels are those of pictures that were looked at: `comic` and `text`
are pages, `unclear` is left out (web pages, windows of programs, two panels), and what is not in
the list is no page. `--further` is a folder of further real pages, a folder per source in it.
`bench/kinds.py` says what is measured; a made page's drawings are of one fifth of the sources.
`--write` fits all, with the same limit, and puts `pages.npz` into the backbone's folder: it is
needed again after every change of the backbone.
"""

import argparse
import dataclasses
import functools
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.kinds import (
    FOLDS,
    Labelled,
    divide_sources,
    find_limit,
    fit,
    measure,
    print_archives,
    print_groups,
    read_labels,
    read_pictures,
)
from bench.made_pages import PageMaker
from ml.scoring.newton import apply_across_folds
from ml.sieve.kinds import Kind, save_head
from ml.vision.backbone import load_backbone

NAMES = ("pages", "others")
MADE = 400
DRAWINGS = (
    *("card", "drawing", "illustration", "painting", "portrait", "screenshot", "splash"),
    *("sticker", "visual_novel", "wallpaper"),
)
"""Kinds of the pictures that are panels of made pages."""
MANY = 0.25
"""Of the pictures of an archive: from here on the page speaks of pages."""


def main() -> int:
    """Print how many pictures of each group are taken for pages."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("manifests", metavar="MANIFEST", type=Path, nargs="+")
    parser.add_argument("--labels", metavar="CSV", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--further", metavar="FOLDER", type=Path, help="of more real pages")
    parser.add_argument("--write", action="store_true", help="put the head into the folder")
    args = parser.parse_args()
    pictures = read_pictures(args.manifests, read_labels(args.labels, "label"))
    if args.further:
        pictures = add_pages(pictures, args.further)
    folds = divide_sources(pictures)
    measured = measure(args.backbone.absolute(), (file.read_bytes() for file in pictures.files))
    made = measure(args.backbone.absolute(), make_pages(pictures, folds))
    scores, made_scores = cross_fit(pictures, folds, measured, made)
    limit = find_limit(scores, pictures)
    print(f"{(made_scores > limit).mean():.1%} of {MADE} made pages are taken for pages\n")
    print_groups(pictures, scores > limit, *NAMES)
    print_archives(pictures, scores > limit, *NAMES, many=MANY)
    if args.write:
        others = measured[~pictures.is_of_kind]
        head = fit(np.concatenate([others, made]), np.arange(len(others) + MADE) >= len(others))
        head = dataclasses.replace(head, bias=head.bias - limit)
        save_head(args.backbone, load_backbone(args.backbone), Kind.PAGE, head)
    return 0


def add_pages(pictures: Labelled, folder: Path) -> Labelled:
    """Return the pictures and the pages of a folder, each source a group."""
    files = sorted(folder.glob("*/*"))
    names = [f"further, {file.parent.name}" for file in files]
    return Labelled(
        pictures.files + files,
        np.append(pictures.sources, names),
        np.append(pictures.groups, names),
        np.append(pictures.kinds, ["page"] * len(files)),
        np.append(pictures.is_of_kind, [True] * len(files)),
    )


def make_pages(pictures: Labelled, folds: NDArray[np.int64]) -> Iterator[bytes]:
    """Yield `MADE` pages as PNG, the drawings of number n from fold n modulo `FOLDS`."""
    can_be_panels = np.isin(pictures.kinds, DRAWINGS) & ~pictures.is_of_kind
    makers = [
        PageMaker(
            [
                functools.partial(Image.open, pictures.files[number])
                for number in np.flatnonzero(can_be_panels & (folds == fold))
            ],
            seed=fold,
        )
        for fold in range(FOLDS)
    ]
    for number in range(MADE):
        makers[number % FOLDS].make().save(file := io.BytesIO(), "PNG")
        yield file.getvalue()


def cross_fit(
    pictures: Labelled,
    folds: NDArray[np.int64],
    measured: NDArray[np.float16],
    made: NDArray[np.float16],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of all pictures and of the made pages, by heads without their fold."""
    together = np.concatenate([measured, made])
    is_made = np.arange(len(together)) >= len(measured)
    is_real_page = np.append(pictures.is_of_kind, np.zeros(MADE, np.bool_))

    def fit_and_score(
        fitted: NDArray[np.bool_], held_out: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        rows = fitted & ~is_real_page
        return fit(together[rows], is_made[rows]).score(together[held_out])

    scores = apply_across_folds(np.append(folds, np.arange(MADE) % FOLDS), fit_and_score)
    return scores[~is_made], scores[is_made]


if __name__ == "__main__":
    raise SystemExit(main())
