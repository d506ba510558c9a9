"""Compare ways to score the same embeddings, by all other characters of the game.

    python bench/heads.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --backbone ml/pretrained/mona_lite

Rows add up log-odds of a character against all others, from the classes that the network learnt and
from what resembles its training pictures: their mean directions, or the three nearest ones. The
direction of an embedding is its difference to the mean training picture, at length 1. Scores are of
the best region, on the part `validation`. Intervals are 95 %, over artworks; differences to the
first row, which ships, are paired. No row was chosen on other pictures than these, so the best of
them looks better than it is.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.characters import format_row
from bench.divided import add_arguments
from bench.fine_tune import assign_source_folds, read_split
from ml.datasets.reader import NO_CHARACTER, LabelledPicture, read_manifests
from ml.datasets.splits import list_classes
from ml.training.characters import find_game, label_scores, list_characters, pool
from ml.training.embed import embed
from ml.training.weights import Start
from ml.training.write_target import HeldOut

NEAREST = 3
_SHARPNESS = 20.0  # of cosines, as logits

Floats = NDArray[np.float32]


def main() -> int:
    """Embed and score; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--backbone", metavar="FOLDER", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("training"), help="is not written to")
    args = parser.parse_args()
    split = read_split(args, Start())
    known = list_classes(read_manifests([args.manifest], "mona").pictures)
    held_out = [p for p in split.pictures if p.artwork in split.held_out]
    trained = [p for p in split.pictures if p.artwork not in split.held_out]
    embeddings = embed(args.backbone, split.dataset, [*held_out, *trained]).astype(np.float32)
    scores = score_regions(args.backbone, embeddings, len(held_out), trained, known)
    print("| scores | average precision | difference | recall at 0.95 | precision at 0.95 |")
    print("| --- | --- | --- | --- | --- |")
    first = None
    for name, regions in scores.items():
        pooled = pool_characters(regions.max(axis=1), held_out, trained, known)
        first = first or pooled
        print(format_row(name, pooled, first), flush=True)
    return 0


def score_regions(
    backbone: Path,
    embeddings: Floats,
    count: int,
    trained: list[LabelledPicture],
    known: list[str],
) -> dict[str, Floats]:
    """Return each row's log-odds of the known classes, (count, regions, classes).

    Args:
        embeddings: (n, regions, dim): `count` held-out pictures, then the trained ones.
    """
    with np.load(backbone / "classes.npz") as file:
        kernel, bias = (file[name].astype(np.float32) for name in ("kernel", "bias"))
    centre = embeddings[count:, 0].mean(axis=0)
    differences = embeddings - centre
    lengths = np.linalg.norm(differences, axis=2, keepdims=True)
    directions = differences / np.maximum(lengths, 1e-9)
    typical = lengths[count:, 0].mean()
    classes = np.array([known.index(p.character) if p.character in known else 0 for p in trained])
    references = directions[count:, 0]
    nearest = _SHARPNESS * find_nearest(directions[:count], references, classes, len(known))
    means = np.stack([references[classes == c].mean(axis=0) for c in range(len(known))])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    learnt = compute_log_odds(embeddings[:count] @ kernel.T + bias)
    turned = compute_log_odds((typical * directions[:count] + centre) @ kernel.T + bias)
    return {
        "learnt classes": learnt,
        "by direction": turned,
        "by direction, and mean directions": turned
        + compute_log_odds(_SHARPNESS * directions[:count] @ means.T),
        "nearest pictures alone": compute_log_odds(nearest),
        "by direction, and nearest pictures": turned + compute_log_odds(nearest),
    }


def find_nearest(
    directions: Floats, references: Floats, classes: NDArray[np.int64], count: int
) -> Floats:
    """Return the mean of the highest cosines with each class's pictures, (n, regions, count)."""
    cosines = directions @ references.T
    columns = [np.sort(cosines[..., classes == c], axis=2)[..., -NEAREST:] for c in range(count)]
    return np.stack([column.mean(axis=2) for column in columns], axis=2)


def compute_log_odds(logits: Floats) -> Floats:
    """Return each class's log-odds against all others together, along the last axis."""
    most = logits.max(axis=-1, keepdims=True)
    logs = logits - most - np.log(np.exp(logits - most).sum(axis=-1, keepdims=True))
    odds: Floats = logs - np.log1p(-np.minimum(np.exp(logs), 1 - 1e-7))
    return odds


def pool_characters(
    scores: Floats,
    held_out: list[LabelledPicture],
    trained: list[LabelledPicture],
    known: list[str],
) -> HeldOut:
    """Return the scores of all other characters as those of one.

    Args:
        scores: (held-out pictures, known classes).
    """
    game = find_game(trained)
    folds = assign_source_folds(held_out, np.array([p.character != NO_CHARACTER for p in held_out]))
    seen = {p.artwork for p in trained}
    return pool(
        label_scores(held_out, scores[:, known.index(name)], folds, name, game=game, seen=seen)
        for name in list_characters(trained, game)
        if name != "Mona"
    )


if __name__ == "__main__":
    sys.exit(main())
