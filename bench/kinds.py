"""What `photographs.py` and `pages.py` share: they measure how well a kind of pictures is told.

Each fifth of the sources is scored by a head that was fitted to the other sources. The limit is
where one in 100 of the other pictures is taken for the kind.
"""

import csv
import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.archive.limits import Limits
from ml.scoring.head import fit_head
from ml.sieve.kinds import KindHead
from ml.vision.backbone import load_backbone
from ml.vision.decode import decode_for_network
from ml.vision.inner_layers import InnerLayers

BLOCKS = (2, 4, 7, 10)
"""The last block of each size of the feature map, 56 to 14 cells, but for 7 cells: no better."""
FALSE_RATE = 0.01
FOLDS = 5
PENALTY = 0.01
SEED = 1
MOST_OTHERS = 2_000
"""Of one manifest, drawn by lot."""
APART = ("wallpaper", "page", "comic")
"""Kinds of a manifest that are printed as groups of their own."""
LEAST_PICTURES = 10
"""Of a source that is printed as an archive."""


@dataclasses.dataclass(frozen=True)
class Labelled:
    """Pictures with their labels, (n,) each."""

    files: list[Path]
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]  # printed together
    kinds: NDArray[np.str_]  # as the manifest calls them
    is_of_kind: NDArray[np.bool_]


def read_labels(file: Path, column: str) -> dict[str, str]:
    """Return the labels of the pictures that were looked at, by their path."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["path"]: row[column] for row in csv.DictReader(lines)}


def read_pictures(manifests: list[Path], labels: dict[str, str]) -> Labelled:
    """Read all labelled pictures of some manifests, and at most `MOST_OTHERS` others of each.

    Pictures labelled `unclear` are left out; any other label means the kind of this measurement,
    and one other than `yes` names a group of it.
    """
    files: list[Path] = []
    sources: list[str] = []
    groups: list[str] = []
    kinds: list[str] = []
    is_of_kind: list[bool] = []
    for manifest in manifests:
        with manifest.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if labels.get(row["path"]) != "unclear"]
        others = [row for row in rows if row["path"] not in labels]
        order = np.random.default_rng(SEED).permutation(len(others))[:MOST_OTHERS]
        of_kind = [row for row in rows if row["path"] in labels]
        for row in of_kind + [others[number] for number in sorted(order)]:
            files.append(manifest.parent / row["path"])
            sources.append(row["source"])
            named = labels.get(row["path"], "yes") != "yes"
            group = row["kind"] if row["kind"] in APART else manifest.stem
            groups.append(labels[row["path"]] if named else group)
            kinds.append(row["kind"])
            is_of_kind.append(row["path"] in labels)
    return Labelled(
        files, np.array(sources), np.array(groups), np.array(kinds), np.array(is_of_kind)
    )


def measure(backbone: Path, pictures: Iterable[bytes]) -> NDArray[np.float16]:
    """Return what the inner layers hold of each file's picture, decoded as the sieve decodes it."""
    card, layers = load_backbone(backbone), InnerLayers(backbone, BLOCKS)
    pixels = Limits().pixels

    def decode(data: bytes) -> Image.Image:
        side = card.finest_side
        return decode_for_network(data, side=side, resize=card.resize, max_pixels=pixels).image

    return np.stack([layers.measure(decode(data)) for data in pictures])


def divide_sources(pictures: Labelled) -> NDArray[np.int64]:
    """Return each picture's fold, int64 (n,): whole sources, those of the kind spread evenly."""
    names = np.unique(pictures.sources).tolist()
    counts = {name: pictures.is_of_kind[pictures.sources == name].sum() for name in names}
    sizes = {name: (pictures.sources == name).sum() for name in names}
    fold_of: dict[str, int] = {}
    of_kind, others = np.zeros(FOLDS), np.zeros(FOLDS)
    for name in sorted(names, key=lambda name: (-counts[name], -sizes[name], name)):
        fold = int(np.argmin(of_kind if counts[name] else others))
        fold_of[name] = fold
        of_kind[fold] += counts[name]
        others[fold] += sizes[name] - counts[name]
    return np.array([fold_of[source] for source in pictures.sources], np.int64)


def fit(measured: NDArray[np.float16], is_of_kind: NDArray[np.bool_]) -> KindHead:
    """Fit a head to pictures."""
    head = fit_head(measured[:, np.newaxis], is_of_kind, penalty=PENALTY)
    return KindHead(BLOCKS, head.weight, head.bias)


def find_limit(scores: NDArray[np.floating], pictures: Labelled) -> float:
    """Return the score that `FALSE_RATE` of the others exceed."""
    return float(np.quantile(scores[~pictures.is_of_kind], 1 - FALSE_RATE))


def print_groups(pictures: Labelled, taken: NDArray[np.bool_], kind: str, others: str) -> None:
    """Print a table in Markdown: how many of each group are taken for the kind."""
    print(f"| pictures | number | sources | taken for {kind} |")
    print("| --- | --- | --- | --- |")
    for is_of_kind, name in ((True, kind), (False, others)):
        chosen_kind = pictures.is_of_kind == is_of_kind
        for group in (*np.unique(pictures.groups[chosen_kind]).tolist(), "all"):
            chosen = chosen_kind & ((pictures.groups == group) | (group == "all"))
            sources = len(np.unique(pictures.sources[chosen]))
            print(
                f"| {name}, {group} | {chosen.sum():,} | {sources} | {taken[chosen].mean():.1%} |"
            )


def print_archives(
    pictures: Labelled, taken: NDArray[np.bool_], kind: str, others: str, *, many: float
) -> None:
    """Print of how many sources, as archives, the page would speak of the kind.

    Args:
        many: of the pictures of an archive: from here on the page speaks.
    """
    for is_of_kind, name in ((True, kind), (False, others)):
        shares = {}
        for source in np.unique(pictures.sources).tolist():
            chosen = (pictures.sources == source) & (pictures.is_of_kind == is_of_kind)
            if chosen.sum() >= LEAST_PICTURES:
                shares[source] = float(taken[chosen].mean())
        spoken = sum(share >= many for share in shares.values())
        print(f"{spoken} of {len(shares)} sources, of their {name} only, would be spoken of")
        for source, share in sorted(shares.items(), key=lambda item: -item[1])[:12]:
            print(f"    {source}: {share:.0%}")
