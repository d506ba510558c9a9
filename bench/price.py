"""Price and average precision of larger inputs, other windows and a mirrored second pass.

    python bench/price.py DATASET … --work WORK [--sides 256,384] [--mirror]

WORK is the folder of a finished `monasieve train` with the same arguments. Each picture is
scored by the fold that never saw its artwork. Milliseconds are the median of one int8 pass on one
thread, the sides in turn; regions cost nothing measurable on top. Average precision has its 95 %
interval over artworks.

The best of many rows looks better than it is. So the last row chooses anew for every fold, among
all rows and both heads (class logits, the last stage's answer), by the scores of the other folds.
They calibrate it too.
"""

import argparse
import dataclasses
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.trained import add_arguments, read_split
from ml.evaluation.metrics import bootstrap, compute_average_precision
from ml.scoring.calibration import calibrate
from ml.scoring.head import Head, score_best_region
from ml.training.cross_validation import (
    load_trained,
    name_fold_folder,
    read_binary_head,
    read_head,
)
from ml.training.embed import decode_picture
from ml.training.split import Split
from ml.training.write_backbone import save_backbone
from ml.vision.backbone import Backbone, load_backbone
from ml.vision.networks import MonaLiteConfig
from ml.vision.regions import compute_region_means, letterbox

Scores = dict[int, float]  # of one setting: row of the dataset -> score of the best region
WINDOWS = ((0, 1), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 4), (6, 2), (6, 3))  # cells


def main() -> int:
    """Measure every side; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--sides", default="224,256,320,384,448")
    parser.add_argument("--mirror", action="store_true", help="a mirrored second pass as well")
    args = parser.parse_args()
    split = read_split(args)
    print("| side | window, stride | regions | ms a picture | average precision |")
    print("| --- | --- | --- | --- | --- |")
    scores_of: dict[str, Scores] = {}
    splits = [at_side(split, int(text)) for text in args.sides.split(",")]
    for served, cost in zip(splits, measure_passes(splits), strict=True):
        scores_of |= measure_side(served, cost, mirror=args.mirror)
    choices, evidence = choose_by_other_folds(split, scores_of)
    print(f"| chosen by the other folds | | | | {format_precision(split, evidence)} |")
    for fold, choice in enumerate(choices):
        print(f"fold {fold}: {choice}", file=sys.stderr)
    return 0


def at_side(split: Split, side: int) -> Split:
    """Return the same split, served at another side."""
    config = dataclasses.replace(split.config, serving=MonaLiteConfig(side=side))
    return dataclasses.replace(split, config=config)


def convert_fold(split: Split, fold: int) -> Backbone:
    """Return a fold's network at the split's side."""
    side, home = split.config.serving.side, split.work / name_fold_folder(fold)
    is_trained_side = load_backbone(home / "backbone").side == side  # already converted
    folder = home / ("backbone" if is_trained_side else f"side-{side}")
    card, state = folder / "card.json", home / "state.json"
    if not card.is_file() or card.stat().st_mtime < state.stat().st_mtime:
        save_backbone(
            split, load_trained(split, home.name), folder, rows=split.select_rows_without(fold)
        )
    return Backbone(folder)


def measure_passes(splits: list[Split]) -> list[float]:
    """Return the milliseconds of one pass at each side: the median of fifty, taken in turn."""
    backbones = [convert_fold(split, 0) for split in splits]
    times = np.empty((50, len(backbones)))
    for row in times:
        for n, backbone in enumerate(backbones):
            square = np.full((backbone.card.side, backbone.card.side, 3), 127, np.uint8)
            start = time.perf_counter()
            backbone.compute_feature_map(square)
            row[n] = 1000 * (time.perf_counter() - start)
    medians: list[float] = np.median(times, axis=0).tolist()
    return medians


def measure_side(split: Split, cost: float, *, mirror: bool) -> dict[str, Scores]:
    """Score one side with all its windows; prints their rows."""
    scores: dict[tuple[int, int, bool, str], Scores] = {}
    for fold in range(split.fold_count):
        for row in split.select_held_out_rows(fold):
            for setting, score in score_settings(split, fold, row, mirror=mirror).items():
                scores.setdefault(setting, {})[row] = score
    scores_of = {}
    for (window, stride, mirrored, head), by_row in scores.items():
        regions = f"{window}, {stride}" if window else "whole picture"
        passes = f"{split.config.serving.side}{' and mirrored' if mirrored else ''}"
        scores_of[f"{passes}, {regions}, {head}"] = by_row
        if head == "rivals":
            count = count_windows(split, window, stride)
            price = f"{cost * (2 if mirrored else 1):.1f}"
            precision = format_precision(split, by_row)
            print(f"| {passes} | {regions} | {count} | {price} | {precision} |", flush=True)
    return scores_of


def score_settings(
    split: Split, fold: int, row: int, *, mirror: bool
) -> dict[tuple[int, int, bool, str], float]:
    """Return (window, stride, mirrored, head) -> score of one picture."""
    model, backbone = load_fold(split, fold)
    heads = {"rivals": read_head(split, model), "yes or no": read_binary_head(model)}
    image = decode_picture(
        split.dataset, split.pictures[row], side=backbone.card.side, resize="letterbox"
    )
    square, box = letterbox(image, backbone.card.side, backbone.card.resize)
    maps = [backbone.compute_feature_map(square)]
    if mirror:
        maps.append(backbone.compute_feature_map(square[:, ::-1].copy())[:, ::-1])
    scores = {}
    for window, stride in WINDOWS:
        if window > min(backbone.card.map_shape):
            continue
        card = dataclasses.replace(backbone.card, window=window, stride=stride)
        regions = [compute_region_means(feature_map, box, card.scale) for feature_map in maps]
        for name, head in heads.items():
            best = [score_best(head, embeddings) for embeddings in regions]
            scores[window, stride, False, name] = best[0]
            if mirror:
                scores[window, stride, True, name] = sum(best) / 2
    return scores


_loaded: dict[tuple[Path, int, int], tuple[object, Backbone]] = {}


def load_fold(split: Split, fold: int) -> tuple[object, Backbone]:
    """Return a fold's trained network and its converted one, loaded once."""
    key = (split.work, split.config.serving.side, fold)
    if key not in _loaded:
        _loaded[key] = load_trained(split, name_fold_folder(fold)), convert_fold(split, fold)
    return _loaded[key]


def count_windows(split: Split, window: int, stride: int) -> int:
    """Return how many regions a picture has, the whole one among them."""
    if not window:
        return 1
    rows, columns = (len(range(0, n - window + 1, stride)) for n in split.config.serving.map_shape)
    return 1 + rows * columns


def choose_by_other_folds(split: Split, scores_of: dict[str, Scores]) -> tuple[list[str], Scores]:
    """Return for each fold the setting that is best on all others, and the evidence it gives."""
    labels = np.array([p.is_target for p in split.pictures])
    folds = np.array([split.fold_of.get(p.artwork, -1) for p in split.pictures])
    columns = {name: np.zeros(len(labels), np.float32) for name in scores_of}
    for name, scores in scores_of.items():
        columns[name][list(scores)] = list(scores.values())
    choices: list[str] = []
    evidence: Scores = {}
    for fold in range(split.fold_count):
        others = (folds >= 0) & (folds != fold)
        precisions = {
            n: compute_average_precision(labels[others], s[others]) for n, s in columns.items()
        }
        choice = max(precisions, key=precisions.__getitem__)
        calibration = calibrate(columns[choice][others], labels[others])
        rows = split.select_held_out_rows(fold)
        evidence |= zip(
            rows, calibration.compute_evidence(columns[choice][rows]).tolist(), strict=True
        )
        choices.append(choice)
    return choices, evidence


def score_best(head: Head, embeddings: NDArray[np.float16]) -> float:
    """Return the score of the best region of one picture, (regions, dim)."""
    return float(score_best_region(head, embeddings[np.newaxis])[0])


def format_precision(split: Split, scores_of: Scores) -> str:
    """Return the average precision with its interval."""
    pictures = [split.pictures[row] for row in scores_of]
    labels = np.array([p.is_target for p in pictures])
    scores = np.array(list(scores_of.values()))
    artworks = np.array([p.artwork for p in pictures])
    low, high = bootstrap(compute_average_precision, labels, scores, artworks)
    return f"{compute_average_precision(labels, scores):.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
