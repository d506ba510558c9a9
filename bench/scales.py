"""What a second, finer scale brings a target, and what it costs.

    python bench/scales.py manifest.csv second.csv --negatives crawl.csv --groups same_art.csv \
        --sources sources.csv --part validation --target-folder ml/pretrained/mona \
        --scale 320,5,2 --scale 320,4,2

A scale is a side in pixels, a window and a stride in cells. Each row gives the backbone another
finer scale and takes the best region: of the finer scale alone, and of both. The weights stay the
same. Figures are those of `bench/yardstick.py` by picture. Milliseconds are the network's for a
decoded picture, the median of fifty on one thread, all rows in turn.
"""

import argparse
import dataclasses
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.yardstick import choose_pictures, describe
from ml.cli.train import add_dataset_arguments
from ml.datasets.reader import LabelledPicture, read_manifests
from ml.datasets.splits import PARTS, read_sources
from ml.evaluation.yardstick import HeldOutPictures, measure
from ml.scoring.head import score_best_region
from ml.targets.catalog import load_target
from ml.training.embed import embed
from ml.vision.backbone import Backbone, load_backbone
from ml.vision.card import Scale, write_card
from ml.vision.regions import count_scale_regions

_PIXELS_A_CELL = 32
_REPEATS = 50


def main() -> int:
    """Measure every finer scale; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_dataset_arguments(parser)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--target-folder", type=Path, required=True)
    parser.add_argument("--scale", metavar="SIDE,WINDOW,STRIDE", action="append", required=True)
    args = parser.parse_args()
    dataset = read_manifests(
        args.dataset, args.target, negatives=args.negatives, groups=args.groups
    )
    part_of = read_sources(args.sources)
    pictures = choose_pictures(dataset, part_of, args.part, all_positives=False)
    target = load_target(args.target_folder)
    first = count_scale_regions(load_backbone(target.backbone_folder).scale)
    print(describe(pictures, args.part))
    print("\n| finer side, window, stride | alone | with the first | ms a picture |")
    print("| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as work:
        folders = [copy_with(target.backbone_folder, Path(work), text) for text in args.scale]
        one, *both = time_pictures([target.backbone_folder, *folders])
        for number, (folder, cost) in enumerate(zip(folders, both, strict=True)):
            embeddings = embed(folder, dataset, pictures)
            scores = [
                score_best_region(target.head, regions)
                for regions in (embeddings[:, :first], embeddings[:, first:], embeddings)
            ]
            base, alone, together = (format_precision(pictures, column) for column in scores)
            if number == 0:
                print(f"| none | | {base} | {one:.1f} |")
            price = f"{cost:.1f}, {cost / one:.1f} times"
            print(f"| {args.scale[number]} | {alone} | {together} | {price} |")
    return 0


def copy_with(backbone: Path, work: Path, scale: str) -> Path:
    """Copy a backbone and give it a finer scale, "320,5,2". Returns its folder."""
    side, window, stride = (int(value) for value in scale.split(","))
    cells = side // _PIXELS_A_CELL
    close = Scale(side=side, map_shape=(cells, cells), window=window, stride=stride)
    folder = work / scale
    shutil.copytree(backbone, folder)
    write_card(folder, dataclasses.replace(load_backbone(backbone), close=close))
    return folder


def time_pictures(folders: list[Path]) -> list[float]:
    """Return each backbone's milliseconds for a decoded picture, all its scales together."""
    backbones = [Backbone(folder) for folder in folders]
    image = Image.new("RGB", (640, 480), "gray")
    times = np.empty((_REPEATS, len(backbones)))
    for row in times:
        for n, backbone in enumerate(backbones):
            start = time.perf_counter()
            backbone.embed(image)
            row[n] = 1000 * (time.perf_counter() - start)
    medians: list[float] = np.median(times, axis=0).tolist()
    return medians


def format_precision(pictures: list[LabelledPicture], scores: NDArray[np.float32]) -> str:
    """Return the average precision by picture with its interval."""
    evidence = scores.astype(np.float64)
    scored = HeldOutPictures(
        labels=np.array([p.is_target for p in pictures]),
        evidence=evidence,
        probabilities=evidence,  # average precision needs the order only
        artworks=np.array([p.artwork for p in pictures]),
        sources=np.array([p.source for p in pictures]),
    )
    reading = measure(scored)[0]
    return f"{reading.value:.3f} ({reading.low:.3f} to {reading.high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
