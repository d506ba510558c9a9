"""Compare backbones by characters that one of them never saw: what a head learns of a few artworks.

    python bench/unseen_characters.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --characters docs/logs/twin.txt --row "twin=OUT/twin" [--row "NAME=FOLDER" …]

A head is fitted to some artworks of a character, drawn at random, against pictures of others from
the training. It is tested on the character's other artworks, on all pictures of the other listed
characters, and on the part `validation`, which no row's training saw. Values are means over the
characters; intervals are 95 %, drawn over the characters, and differences to the first row are
paired.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments
from bench.fine_tune import read_split
from ml.datasets.reader import NO_CHARACTER, LabelledPicture
from ml.evaluation.metrics import compute_average_precision
from ml.scoring.head import fit_head, score_best_region
from ml.training.characters import find_game
from ml.training.embed import embed
from ml.training.weights import Start

GIVEN = (3, 6)  # artworks that a head is fitted to
NEGATIVES = 1_500  # pictures of the training that it is fitted against
_SEED = 30
_DRAWS = 2_000

Floats = NDArray[np.float64]


def main() -> int:
    """Embed, fit and test every row; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--characters", metavar="FILE", type=Path, required=True)
    parser.add_argument("--row", metavar="NAME=FOLDER", action="append", required=True)
    parser.add_argument("--work", type=Path, default=Path("training"), help="is not written to")
    args = parser.parse_args()
    split = read_split(args, Start())
    names = args.characters.read_text(encoding="utf-8").splitlines()
    listed, tested, fitted = choose_pictures(split.pictures, split.held_out, names)
    print("| backbone |" + "".join(f" {given} artworks | difference |" for given in GIVEN))
    print("| --- |" + " --- | --- |" * len(GIVEN))
    first: list[Floats] = []
    for row in args.row:
        name, _, folder = row.partition("=")
        embeddings = embed(Path(folder), split.dataset, [*listed, *tested, *fitted])
        values = [test_heads([*listed, *tested], embeddings, names, given) for given in GIVEN]
        first = first or values
        print(format_row(name, values, first), flush=True)
    return 0


def choose_pictures(
    pictures: tuple[LabelledPicture, ...], held_out: frozenset[str], names: list[str]
) -> tuple[list[LabelledPicture], list[LabelledPicture], list[LabelledPicture]]:
    """Return pictures of the listed characters, other held-out ones, and others of the training.

    Pictures of the characters' game without a label are left out, because they may show them.
    """
    game = find_game(pictures)
    listed = [p for p in pictures if p.character in names]
    artworks = {p.artwork for p in listed}
    others = [
        p
        for p in pictures
        if p.artwork not in artworks and not (p.game == game and p.character == NO_CHARACTER)
    ]
    tested = [p for p in others if p.artwork in held_out]
    trained = [p for p in others if p.artwork not in held_out]
    rows = np.random.default_rng(_SEED).permutation(len(trained))[:NEGATIVES]
    return listed, tested, [trained[row] for row in rows]


def test_heads(
    pictures: list[LabelledPicture],
    embeddings: NDArray[np.float16],
    names: list[str],
    given: int,
) -> Floats:
    """Return the average precision of each character's head, float64 (characters,).

    Args:
        pictures: of the test. Their embeddings (n, regions, dim) come first, then those of the
            pictures that the heads are fitted against.
        given: number of artworks of the character that its head is fitted to.
    """
    own, negatives = embeddings[: len(pictures)], embeddings[len(pictures) :]
    artworks = np.array([p.artwork for p in pictures])
    values = []
    for name in names:
        labels = np.array([p.character == name for p in pictures])
        # The same artworks for every row, so that their differences are paired.
        drawn = np.random.default_rng(_SEED).permutation(np.unique(artworks[labels]))[:given]
        is_given = labels & np.isin(artworks, drawn)
        head = fit_head(
            np.concatenate([own[is_given], negatives]),
            np.arange(is_given.sum() + len(negatives)) < is_given.sum(),
        )
        scores = score_best_region(head, own[~is_given]).astype(np.float64)
        values.append(compute_average_precision(labels[~is_given], scores))
    return np.array(values)


def format_row(name: str, values: list[Floats], first: list[Floats]) -> str:
    """Return one row of the table."""
    cells = [name]
    for own, reference in zip(values, first, strict=True):
        low, high = draw_interval(own)
        cells.append(f"{own.mean():.3f} ({low:.3f} to {high:.3f})")
        low, high = draw_interval(own - reference)
        difference = f"{(own - reference).mean():+.3f} ({low:+.3f} to {high:+.3f})"
        cells.append("" if values is first else difference)
    return "| " + " | ".join(cells) + " |"


def draw_interval(values: Floats) -> tuple[float, float]:
    """Return the 95 % interval of the mean of values, one a character."""
    rows = np.random.default_rng(_SEED).integers(len(values), size=(_DRAWS, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main())
