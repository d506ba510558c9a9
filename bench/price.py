"""What do a larger input, other windows and a mirrored second look cost, and what do they bring?

    python bench/price.py DATASET --work WORK [--hold-out FILE] [--sides 256,384] [--mirror]

WORK is the folder of a finished `python -m ml train` (same DATASET, same --hold-out, same --folds).
Each picture is scored by the fold that never saw its artwork. Milliseconds are the median of one
int8 pass on one thread, the sides in turn; windows cost nothing measurable on top. Average
precision has its 95 % interval over artworks.

The best row of many looks better than it is. So the last row chooses anew for every fold, among all
rows and both heads (her class against her rivals, the last stage's yes or no), by the scores of the
other folds, which calibrate it too.
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

from bench.trained import add_arguments, read_split  # noqa: E402
from ml.evaluation.metrics import average_precision, bootstrap  # noqa: E402
from ml.scoring.calibration import calibrate  # noqa: E402
from ml.scoring.head import score_best_region  # noqa: E402
from ml.targets.card import Head, load_backbone  # noqa: E402
from ml.training.cross_validation import read_head, load_trained  # noqa: E402
from ml.training.embed import decode_picture  # noqa: E402
from ml.training.split import Split  # noqa: E402
from ml.training.write_backbone import save_backbone  # noqa: E402
from ml.vision.backbone import Backbone  # noqa: E402
from ml.vision.networks import MonaLiteConfig  # noqa: E402
from ml.vision.regions import fit, looks  # noqa: E402

Scores = dict[int, float]  # of one setting: row of the dataset -> score of the best look
WINDOWS = ((0, 1), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 4), (6, 2), (6, 3))  # feature_map


def main() -> int:
    """Measure every side; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--sides", default="224,256,320,384,448")
    parser.add_argument("--mirror", action="store_true", help="a mirrored second look as well")
    args = parser.parse_args()
    split = read_split(args)
    print("| side | window, stride | looks | ms a picture | average precision |")
    print("| --- | --- | --- | --- | --- |")
    every: dict[str, Scores] = {}
    courses = [at_side(split, int(text)) for text in args.sides.split(",")]
    for served, cost in zip(courses, milliseconds(courses), strict=True):
        every |= measure(served, cost, mirror=args.mirror)
    choices, evidence = chosen_elsewhere(split, every)
    print(f"| chosen by the other folds | | | | {said(split, evidence)} |")
    for fold, choice in enumerate(choices):
        print(f"fold {fold}: {choice}", file=sys.stderr)
    return 0


def at_side(split: Split, side: int) -> Split:
    """The same split served at another side."""
    config = dataclasses.replace(split.config, serving=MonaLiteConfig(side=side))
    return dataclasses.replace(split, config=config)


def converted(split: Split, fold: int) -> Backbone:
    """A fold's network at the split's side."""
    side, home = split.config.serving.side, split.work / f"fold-{fold}"
    kept = load_backbone(home / "backbone").side == side  # the training has converted this one
    folder = home / ("backbone" if kept else f"side-{side}")
    card, trained = folder / "card.json", home / "state.json"
    if not card.is_file() or card.stat().st_mtime < trained.stat().st_mtime:
        save_backbone(split, load_trained(split, home.name), folder, without_fold=fold)
    return Backbone(folder)


def milliseconds(courses: list[Split]) -> list[float]:
    """Of one pass at each side: the median of fifty, taken in turn."""
    predictors = [converted(split, 0) for split in courses]
    times = np.empty((50, len(predictors)))
    for turn in times:
        for n, predictor in enumerate(predictors):
            square = np.full((predictor.card.side, predictor.card.side, 3), 127, np.uint8)
            start = time.perf_counter()
            predictor.compute_feature_map(square)
            turn[n] = 1000 * (time.perf_counter() - start)
    medians: list[float] = np.median(times, axis=0).tolist()
    return medians


def measure(split: Split, cost: float, *, mirror: bool) -> dict[str, Scores]:
    """One side with all its windows; prints their rows."""
    scores: dict[tuple[int, int, bool, str], Scores] = {}
    counts: dict[tuple[int, int], int] = {}
    for fold in range(split.fold_count):
        model, predictor = load_trained(split, f"fold-{fold}"), converted(split, fold)
        heads = {"rivals": read_head(split, model), "yes or no": read_head(asking(split), model)}
        for row in split.held_out_rows(fold):
            image = decode_picture(split.dataset, split.pictures[row], predictor.card.side)
            square, box = fit(image, predictor.card.side, predictor.card.resize)
            places = predictor.places(square)
            flipped = predictor.places(square[:, ::-1].copy())[:, ::-1] if mirror else None
            for window, stride in WINDOWS:
                if window > min(predictor.card.map_shape):
                    continue
                card = dataclasses.replace(predictor.card, window=window, stride=stride)
                once = compute_region_means(feature_map, box, card)
                counts[window, stride] = len(once)
                for name, head in heads.items():
                    best = top(head, once)
                    scores.setdefault((window, stride, False, name), {})[row] = best
                    if flipped is not None:
                        both = (best + top(head, compute_region_means(flipped, box, card))) / 2
                        scores.setdefault((window, stride, True, name), {})[row] = both
    every = {}
    for (window, stride, mirrored, name), found in scores.items():
        words = f"{window}, {stride}" if window else "whole picture"
        seen = f"{split.config.serving.side}{' and mirrored' if mirrored else ''}"
        every[f"{seen}, {words}, {name}"] = found
        if name == "rivals":
            many = counts[window, stride]
            paid = f"{cost * (2 if mirrored else 1):.1f}"
            print(f"| {seen} | {words} | {many} | {paid} | {said(split, found)} |", flush=True)
    return every


def asking(split: Split) -> Split:
    """The same split with the last stage's yes or no as its head."""
    *before, last = split.config.stages
    stages = (*before, dataclasses.replace(last, characters=0.0))
    return dataclasses.replace(split, config=dataclasses.replace(split.config, stages=stages))


def chosen_elsewhere(split: Split, every: dict[str, Scores]) -> tuple[list[str], Scores]:
    """For each fold the setting that is best on all others, and the evidence that it then gives."""
    labels = np.array([p.is_target for p in split.pictures])
    folds = np.array([split.fold_of.get(p.artwork, -1) for p in split.pictures])
    columns = {name: np.zeros(len(labels), np.float32) for name in every}
    for name, scores in every.items():
        columns[name][list(scores)] = list(scores.values())
    choices: list[str] = []
    evidence: Scores = {}
    for fold in range(split.fold_count):
        others = (folds >= 0) & (folds != fold)
        values = {n: average_precision(labels[others], s[others]) for n, s in columns.items()}
        choice = max(values, key=values.__getitem__)
        calibration = calibrate(columns[choice][others], labels[others])
        rows = split.held_out_rows(fold)
        evidence |= zip(rows, calibration.evidence(columns[choice][rows]).tolist(), strict=True)
        choices.append(choice)
    return choices, evidence


def top(head: Head, embeddings: NDArray[np.float16]) -> float:
    """Score of the best look."""
    return float(score_best_region(head, embeddings[np.newaxis])[0])


def said(split: Split, found: Scores) -> str:
    """Average precision with its interval."""
    pictures = [split.pictures[row] for row in found]
    labels = np.array([p.is_target for p in pictures])
    scores = np.array(list(found.values()))
    artworks = np.array([p.artwork for p in pictures])
    low, high = bootstrap(average_precision, labels, scores, artworks)
    return f"{average_precision(labels, scores):.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
