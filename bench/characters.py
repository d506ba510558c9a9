"""Compare backbones by all other characters of the game, on pictures that no training saw.

    python bench/characters.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --row "version 6=ml/pretrained" [--row "NAME=FOLDER" …]

A row is a folder of targets on one backbone; those characters count that all rows have. The target
alone has too few new artworks in the part `validation` to tell two backbones apart. All characters
together have some eighty. Their scores are pooled, each character against all pictures that do not
show it. Intervals are 95 %, over artworks; differences to the first row are paired.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments
from bench.fine_tune import assign_source_folds, read_split
from ml.datasets.reader import NO_CHARACTER
from ml.evaluation.metrics import bootstrap, compare, compute_average_precision
from ml.scoring.head import score_best_region
from ml.targets.catalog import load_target
from ml.training.characters import find_game, label_scores, list_characters, name_folder, pool
from ml.training.embed import embed
from ml.training.split import Split
from ml.training.weights import Start
from ml.training.write_target import HeldOut

_CONFIDENCE = 0.95


def main() -> int:
    """Score every row; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--row", metavar="NAME=FOLDER", action="append", required=True)
    parser.add_argument("--work", type=Path, default=Path("training"), help="is not written to")
    args = parser.parse_args()
    split = read_split(args, Start())
    trained = [p for p in split.pictures if p.artwork not in split.held_out]
    game = find_game(trained)
    folders = {name: Path(folder) for name, _, folder in (r.partition("=") for r in args.row)}
    names = [
        name
        for name in list_characters(trained, game)
        if name != "Mona" and all((f / name_folder(name)).is_dir() for f in folders.values())
    ]
    print(f"{len(names)} characters\n")
    print("| backbone | average precision | difference | recall at 0.95 | precision at 0.95 |")
    print("| --- | --- | --- | --- | --- |")
    first = None
    for row, folder in folders.items():
        held_out = score_targets(split, folder, names, game)
        first = first or held_out
        print(format_row(row, held_out, first), flush=True)
    return 0


def score_targets(split: Split, folder: Path, names: list[str], game: str) -> HeldOut:
    """Score the validation for each character by its target; return all as those of one."""
    targets = [load_target((folder / name_folder(name)).absolute()) for name in names]
    pictures = [p for p in split.pictures if p.artwork in split.held_out]
    folds = assign_source_folds(pictures, np.array([p.character != NO_CHARACTER for p in pictures]))
    embeddings = embed(targets[0].backbone_folder, split.dataset, pictures)
    return pool(
        label_scores(
            pictures,
            score_best_region(target.head, embeddings),
            folds,
            name,
            game=game,
            seen=set(),
        )
        for name, target in zip(names, targets, strict=True)
    )


def format_row(name: str, held_out: HeldOut, first: HeldOut) -> str:
    """Return one row of the table."""
    labels, artworks = held_out.labels, held_out.artworks
    scores, reference = (h.scores.astype(np.float64) for h in (held_out, first))
    low, high = bootstrap(compute_average_precision, labels, scores, artworks)
    value = compute_average_precision(labels, scores)
    cells = [name, f"{value:.3f} ({low:.3f} to {high:.3f})"]
    if held_out is first:
        cells.append("")
    else:
        more, low, high = compare(compute_average_precision, labels, scores, reference, artworks)
        cells.append(f"{more:+.3f} ({low:+.3f} to {high:+.3f})")
    kept = held_out.compute_probabilities() >= _CONFIDENCE
    cells += [f"{_mean(kept[labels]):.3f}", f"{_mean(labels[kept]):.3f}"]
    return "| " + " | ".join(cells) + " |"


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")


if __name__ == "__main__":
    sys.exit(main())
