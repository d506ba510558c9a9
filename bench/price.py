"""What do a larger input, other windows and a mirrored second look cost, and what do they bring?

    python bench/price.py DATASET --work WORK [--hold-out FILE] [--sides 256,384] [--mirror]

WORK is the folder of a finished `python -m ml train` (same DATASET, same --hold-out, same --folds).
Each picture is scored by the fold that never saw its artwork. Milliseconds are those of one int8
pass on one thread; windows cost nothing measurable on top. Average precision has its 95 % interval
over artworks.
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

from bench.trained import add_arguments, course_of  # noqa: E402
from ml.artifact import Head, load_backbone  # noqa: E402
from ml.course import Course  # noqa: E402
from ml.crossfit import head_of, read_back, save_backbone  # noqa: E402
from ml.embed import decoded  # noqa: E402
from ml.heads import best_look  # noqa: E402
from ml.looks import fit, looks  # noqa: E402
from ml.metrics import average_precision, bootstrap  # noqa: E402
from ml.networks import MonaLiteConfig  # noqa: E402
from ml.predictor import Predictor  # noqa: E402

WINDOWS = ((0, 1), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 4), (6, 2), (6, 3))  # places


def main() -> int:
    """Measure every side; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--sides", default="224,256,320,384,448")
    parser.add_argument("--mirror", action="store_true", help="a mirrored second look as well")
    args = parser.parse_args()
    course = course_of(args)
    print("| side | window, stride | looks | ms a picture | average precision |")
    print("| --- | --- | --- | --- | --- |")
    for side in (int(text) for text in args.sides.split(",")):
        serve = dataclasses.replace(course.config, serve=MonaLiteConfig(side=side))
        measure(dataclasses.replace(course, config=serve), mirror=args.mirror)
    return 0


def measure(course: Course, *, mirror: bool) -> None:
    """One side with all its windows."""
    scores: dict[tuple[int, int, bool], dict[int, float]] = {}
    times: list[float] = []
    counts: dict[tuple[int, int], int] = {}
    for fold in range(course.count):
        model = read_back(course, f"fold-{fold}")
        side, home = course.config.serve.side, course.work / f"fold-{fold}"
        kept = load_backbone(home / "backbone").side == side  # the training has converted this one
        folder = home / ("backbone" if kept else f"side-{side}")
        if not (folder / "card.json").is_file():
            save_backbone(course, model, folder, without_fold=fold)
        predictor, head = Predictor(folder), head_of(course, model)
        for row in course.tested(fold):
            image = decoded(course.dataset, course.pictures[row], predictor.card.side)
            square, box = fit(image, predictor.card.side, predictor.card.resize)
            start = time.perf_counter()
            places = predictor.places(square)
            times.append(time.perf_counter() - start)
            flipped = predictor.places(square[:, ::-1].copy())[:, ::-1] if mirror else None
            for window, stride in WINDOWS:
                card = dataclasses.replace(predictor.card, window=window, stride=stride)
                once = looks(places, box, card)
                counts[window, stride] = len(once)
                best = top(head, once)
                scores.setdefault((window, stride, False), {})[row] = best
                if flipped is not None:
                    both = (best + top(head, looks(flipped, box, card))) / 2
                    scores.setdefault((window, stride, True), {})[row] = both
    milliseconds = 1000 * float(np.median(times))
    for (window, stride, mirrored), found in scores.items():
        words = f"{window}, {stride}" if window else "whole picture"
        cost = milliseconds * (2 if mirrored else 1)
        seen = f"{course.config.serve.side}{' and mirrored' if mirrored else ''}"
        print(
            f"| {seen} | {words} | {counts[window, stride]} | {cost:.1f} | {said(course, found)} |"
        )


def top(head: Head, embeddings: NDArray[np.float16]) -> float:
    """Score of the best look."""
    return float(best_look(head, embeddings[np.newaxis])[0])


def said(course: Course, found: dict[int, float]) -> str:
    """Average precision with its interval."""
    pictures = [course.pictures[row] for row in found]
    labels = np.array([p.target for p in pictures])
    scores = np.array(list(found.values()))
    artworks = np.array([p.art for p in pictures])
    low, high = bootstrap(average_precision, labels, scores, artworks)
    return f"{average_precision(labels, scores):.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
