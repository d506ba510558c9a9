"""How well photographs are told from drawn pictures; with --write, the head that tells them.

    python bench/photographs.py crawl.csv second.csv manifest.csv more.csv \
        --labels docs/logs/photographs.csv --backbone ml/pretrained/mona_lite [--write]

The labels are those of pictures that were looked at: `yes` is a photograph, `unclear` is left out,
and what is not in the list is drawn. Each fifth of the sources is scored by a head that was fitted
to the other sources. The limit is where one in 100 drawn pictures is taken for a photograph.
`--write` fits all pictures, with that limit, and puts `photographs.npz` into the backbone's folder:
it is needed again after every change of the backbone.
"""

import argparse
import csv
import dataclasses
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.archive.limits import Limits
from ml.scoring.head import fit_head
from ml.scoring.newton import apply_across_folds
from ml.sieve.photographs import PhotographHead, save_head
from ml.vision.backbone import load_backbone
from ml.vision.decode import decode_for_network
from ml.vision.inner_layers import InnerLayers

BLOCKS = (2, 4, 7, 10)
"""The last block of each size of the feature map, 56 to 14 cells, but for 7 cells: no better."""
FALSE_RATE = 0.01
FOLDS = 5
PENALTY = 0.01
SEED = 1
MOST_DRAWN = 2_000
"""Of one manifest, drawn by lot."""
APART = ("wallpaper", "page", "comic")
"""Kinds that are printed as groups of their own."""
LEAST_PICTURES = 10
"""Of a source that is printed as an archive."""
MANY = 0.15
"""Of the pictures of an archive: from here on the page speaks of photographs."""


@dataclasses.dataclass(frozen=True)
class Labelled:
    """Pictures with their labels, (n,) each."""

    files: list[Path]
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]
    is_photograph: NDArray[np.bool_]


def main() -> int:
    """Print how many pictures of each group are taken for photographs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("manifests", metavar="MANIFEST", type=Path, nargs="+")
    parser.add_argument("--labels", metavar="CSV", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="put the head into the folder")
    args = parser.parse_args()
    pictures = read_pictures(args.manifests, read_labels(args.labels))
    measured = measure(args.backbone.absolute(), pictures.files)
    folds = divide_sources(pictures)

    def fit_and_score(
        fitted: NDArray[np.bool_], held_out: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        return fit(measured[fitted], pictures.is_photograph[fitted]).score(measured[held_out])

    scores = apply_across_folds(folds, fit_and_score)
    limit = float(np.quantile(scores[~pictures.is_photograph], 1 - FALSE_RATE))
    print_groups(pictures, scores > limit)
    print_archives(pictures, scores > limit)
    if args.write:
        head = fit(measured, pictures.is_photograph)
        head = dataclasses.replace(head, bias=head.bias - limit)
        save_head(args.backbone, load_backbone(args.backbone), head)
    return 0


def read_labels(file: Path) -> dict[str, str]:
    """Return the labels of the pictures that were looked at, by their path."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["path"]: row["photograph"] for row in csv.DictReader(lines)}


def read_pictures(manifests: list[Path], labels: dict[str, str]) -> Labelled:
    """Read all photographs of some manifests, and at most `MOST_DRAWN` others of each."""
    files: list[Path] = []
    sources: list[str] = []
    groups: list[str] = []
    is_photograph: list[bool] = []
    for manifest in manifests:
        with manifest.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if labels.get(row["path"]) != "unclear"]
        drawn = [row for row in rows if row["path"] not in labels]
        order = np.random.default_rng(SEED).permutation(len(drawn))[:MOST_DRAWN]
        photographs = [row for row in rows if row["path"] in labels]
        for row in photographs + [drawn[number] for number in sorted(order)]:
            files.append(manifest.parent / row["path"])
            sources.append(row["source"])
            groups.append(row["kind"] if row["kind"] in APART else manifest.stem)
            is_photograph.append(row["path"] in labels)
    return Labelled(files, np.array(sources), np.array(groups), np.array(is_photograph))


def measure(backbone: Path, files: list[Path]) -> NDArray[np.float16]:
    """Return what the inner layers hold of each picture, decoded as the sieve decodes it."""
    card, layers = load_backbone(backbone), InnerLayers(backbone, BLOCKS)
    pixels = Limits().pixels

    def read(file: Path) -> Image.Image:
        data, side = file.read_bytes(), card.finest_side
        return decode_for_network(data, side=side, resize=card.resize, max_pixels=pixels).image

    return np.stack([layers.measure(read(file)) for file in files])


def divide_sources(pictures: Labelled) -> NDArray[np.int64]:
    """Return each picture's fold, int64 (n,): whole sources, photographs spread evenly."""
    names = np.unique(pictures.sources).tolist()
    counts = {name: pictures.is_photograph[pictures.sources == name].sum() for name in names}
    sizes = {name: (pictures.sources == name).sum() for name in names}
    fold_of: dict[str, int] = {}
    photographs, others = np.zeros(FOLDS), np.zeros(FOLDS)
    for name in sorted(names, key=lambda name: (-counts[name], -sizes[name], name)):
        fold = int(np.argmin(photographs if counts[name] else others))
        fold_of[name] = fold
        photographs[fold] += counts[name]
        others[fold] += sizes[name] - counts[name]
    return np.array([fold_of[source] for source in pictures.sources], np.int64)


def fit(measured: NDArray[np.float16], is_photograph: NDArray[np.bool_]) -> PhotographHead:
    """Fit a head to pictures."""
    head = fit_head(measured[:, np.newaxis], is_photograph, penalty=PENALTY)
    return PhotographHead(BLOCKS, head.weight, head.bias)


def print_groups(pictures: Labelled, taken: NDArray[np.bool_]) -> None:
    """Print a table in Markdown: how many of each group are taken for photographs."""
    print("| pictures | number | sources | taken for photographs |")
    print("| --- | --- | --- | --- |")
    for is_photograph, kind in ((True, "photographs"), (False, "drawn")):
        of_kind = pictures.is_photograph == is_photograph
        for group in (*np.unique(pictures.groups[of_kind]).tolist(), "all"):
            chosen = of_kind & ((pictures.groups == group) | (group == "all"))
            sources = len(np.unique(pictures.sources[chosen]))
            print(
                f"| {kind}, {group} | {chosen.sum():,} | {sources} | {taken[chosen].mean():.1%} |"
            )


def print_archives(pictures: Labelled, taken: NDArray[np.bool_]) -> None:
    """Print of how many sources, as archives, the page would speak of photographs."""
    for is_photograph, kind in ((True, "photographs"), (False, "drawn pictures")):
        shares = {}
        for source in np.unique(pictures.sources).tolist():
            chosen = (pictures.sources == source) & (pictures.is_photograph == is_photograph)
            if chosen.sum() >= LEAST_PICTURES:
                shares[source] = float(taken[chosen].mean())
        spoken = sum(share >= MANY for share in shares.values())
        print(f"{spoken} of {len(shares)} sources, of their {kind} only, would be spoken of")
        for source, share in sorted(shares.items(), key=lambda item: -item[1])[:12]:
            print(f"    {source}: {share:.0%}")


if __name__ == "__main__":
    raise SystemExit(main())
