"""From which distance on an archive is unlike the pictures that heads were calibrated on.

    python bench/unlike.py manifest.csv second.csv --negatives crawl.csv --sources sources.csv \
        --backbone ml/pretrained/mona_lite --head ml/pretrained/mona [--write]

Each source of the part `validation` (the bank's pictures) is an archive, compared with the other
sources' negatives. The limit is the 95th percentile of their mean distances; `--write` puts it on
the backbone's card. Then, for sources that are farther and for the rest: how often a picture that
does not show the target has evidence above 0, also for the part `test`, which chooses nothing.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.cli.train import add_dataset_arguments
from ml.datasets.reader import read_manifests
from ml.datasets.splits import read_sources
from ml.scoring.head import compute_evidence
from ml.scoring.unlikeness import LEAST_PICTURES, measure_distances
from ml.targets.catalog import load_target
from ml.training.embed import embed
from ml.vision.backbone import load_backbone
from ml.vision.card import write_card

PERCENTILE = 95
PARTS = ("validation", "test")


def main() -> int:
    """Print the limit, and what it tells apart."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_dataset_arguments(parser)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--head", type=Path, required=True, help="a target's folder")
    parser.add_argument("--write", action="store_true", help="put the limit on the card")
    args = parser.parse_args()
    dataset = read_manifests(
        args.dataset, args.target, negatives=args.negatives, groups=args.groups
    )
    part_of, target = read_sources(args.sources), load_target(args.head)
    pictures = [p for p in dataset.pictures if not p.is_target and part_of.get(p.source) in PARTS]
    embeddings = embed(args.backbone, dataset, pictures)
    evidence = compute_evidence(target.head, target.card.calibration, embeddings)
    sources = np.array([p.source for p in pictures])
    parts = np.array([part_of[p.source] for p in pictures])
    bank, of_bank = embeddings[:, 0].astype(np.float32), parts == "validation"
    means: dict[str, dict[str, float]] = {part: {} for part in PARTS}
    for source in np.unique(sources):
        own = sources == source
        if own.sum() >= LEAST_PICTURES:
            distances = measure_distances(embeddings[own, 0], bank[of_bank & ~own])
            means[parts[own][0]][str(source)] = float(distances.mean())
    limit = float(np.percentile(list(means["validation"].values()), PERCENTILE))
    print(f"unlike from a mean distance of {limit:.3f}")
    for part, of_source in means.items():
        print_part(part, of_source, limit, sources, evidence)
    if args.write:
        card = dataclasses.replace(load_backbone(args.backbone), unlike_from=round(limit, 4))
        write_card(args.backbone, card)
    return 0


def print_part(
    part: str,
    of_source: dict[str, float],
    limit: float,
    sources: NDArray[np.str_],
    evidence: NDArray[np.float32],
) -> None:
    """Print how often evidence is wrongly above 0, in sources beyond the limit and in the rest."""
    far = [source for source, mean in of_source.items() if mean > limit]
    near = [source for source, mean in of_source.items() if mean <= limit]
    for name, chosen in (("beyond", far), ("within", near)):
        values = evidence[np.isin(sources, chosen)]
        wrong = f"{(values > 0).mean():.1%}" if len(values) else "-"
        print(
            f"{part}, {name} the limit: {len(chosen)} sources, {len(values):,} pictures, "
            f"evidence above 0 in {wrong}"
        )


if __name__ == "__main__":
    raise SystemExit(main())
