"""Are the probabilities of an archive full of one game's characters right?

    python bench/archive_probabilities.py second.csv --negatives crawl.csv \
        --sources docs/logs/sources.csv --targets PRETRAINED

Archives are drawn from one part of the sources: pictures of other known characters, pictures that
show no character of the game, and pictures of the target (drawn with replacement where there are
too few). Three ways are compared: "alone" estimates the target's prevalence by itself; "prevalence"
is what the program does, where the other targets explain a part of the evidence when the prevalence
is estimated; "evidence" would also take that part off the pictures' evidence. "Montages" stand for
pictures of two characters: the evidence of the target's pictures beside one of another character.
"""

import argparse
import dataclasses
import io
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.presence_counts import PARTS, divide
from ml.cli.train import add_dataset_arguments
from ml.datasets.reader import Dataset, LabelledPicture, read_manifests
from ml.datasets.splits import read_sources
from ml.scoring.many_heads import score_many_heads
from ml.scoring.other_targets import subtract_others
from ml.scoring.prevalence import Prevalence, estimate_prevalence
from ml.targets.catalog import PRETRAINED, Target, list_targets
from ml.training.embed import decode_picture
from ml.vision.backbone import Backbone

ARCHIVES = {
    "her game": ((110, 0, 0), (110, 0, 1), (110, 0, 10)),
    "mostly others": ((20, 400, 0), (20, 400, 10)),
    "both": ((100, 200, 0), (100, 200, 10)),
    "half her": ((50, 0, 50),),
    "mostly her": ((10, 0, 90), (5, 5, 90), (0, 0, 100)),
}
"""Pictures of other known characters, of none of the game, of the target."""
MONTAGES = ((110, 0, 5), (20, 400, 2), (100, 200, 5))
OF_MONTAGES = 6
"""So many montages are added to an archive."""
EACH = 3
"""Montages of each picture of the target."""
SIDE = 384
"""Height of a montage, in pixels."""


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Held-out pictures with their evidence."""

    rows: list[LabelledPicture]
    evidence: NDArray[np.float32]  # (targets, n)
    priors: list[float]
    target: int  # its row of the evidence


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_dataset_arguments(parser)
    parser.add_argument("--targets", type=Path, default=PRETRAINED, help="a folder of targets")
    parser.add_argument("--archives", type=int, default=20, help="of each kind (%(default)s)")
    args = parser.parse_args()
    dataset = read_manifests(args.dataset, args.target, negatives=args.negatives)
    part_of = read_sources(args.sources)
    rows = [p for p in dataset.pictures if part_of.get(p.source) in PARTS]
    targets, _ = list_targets([args.targets])
    titles = [target.card.title for target in targets]
    backbone = Backbone(targets[0].backbone_folder)
    embeddings = np.stack([backbone.embed(decode(dataset, backbone, p)) for p in rows])
    pictures = Pictures(
        rows,
        weigh(targets, embeddings),
        [target.card.prevalence for target in targets],
        [target.card.name for target in targets].index(args.target),
    )
    print(
        "| part | archive | others, none, target | way | prevalence: pictures | covered "
        "| sum of probabilities | log loss | from 0.5: right, found | from 0.95: right, found |"
    )
    print("|" + " --- |" * 10)
    for part in PARTS:
        pools = divide(rows, [part_of[p.source] == part for p in rows], titles)
        for kind, mixtures in ARCHIVES.items():
            for sizes in mixtures:
                compare(f"{part} | {kind}", pictures, pools, sizes, args.archives)
        shown = montage(dataset, backbone, rows, pools)
        extra = weigh(targets, shown)
        for sizes in MONTAGES:
            name = f"{part} | with {OF_MONTAGES} montages"
            compare(name, pictures, pools, sizes, args.archives, extra)
    return 0


def decode(dataset: Dataset, backbone: Backbone, picture: LabelledPicture) -> Image.Image:
    """Return the picture as the sieve sees it."""
    card = backbone.card
    return decode_picture(dataset, picture, side=card.finest_side, resize=card.resize)


def weigh(targets: list[Target], embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return the evidence of each target, float32 (targets, n)."""
    scores = score_many_heads([target.head for target in targets], embeddings)
    pairs = zip(targets, scores, strict=True)
    return np.stack([t.card.calibration.compute_evidence(s) for t, s in pairs]).astype(np.float32)


def montage(
    dataset: Dataset,
    backbone: Backbone,
    rows: list[LabelledPicture],
    pools: tuple[NDArray[np.int64], ...],
) -> NDArray[np.float16]:
    """Embed each picture of the target beside some of other characters."""
    random = np.random.default_rng(1)
    embedded = []
    for target in np.repeat(pools[-1], EACH):
        pair = [read(dataset, rows[row]) for row in (target, random.choice(pools[0]))]
        left, right = (pair[i] for i in random.permutation(2))
        both = Image.new("RGB", (left.width + right.width, SIDE))
        both.paste(left, (0, 0))
        both.paste(right, (left.width, 0))
        embedded.append(backbone.embed(both))
    return np.stack(embedded)


def read(dataset: Dataset, picture: LabelledPicture) -> Image.Image:
    """Return a picture of height SIDE, white behind alpha."""
    image = Image.open(io.BytesIO(dataset.read(picture))).convert("RGBA")
    opaque = Image.new("RGBA", image.size, "white")
    opaque.alpha_composite(image)
    width = max(1, image.width * SIDE // image.height)
    return opaque.convert("RGB").resize((width, SIDE))


def compare(
    name: str,
    pictures: Pictures,
    pools: tuple[NDArray[np.int64], ...],
    sizes: tuple[int, ...],
    archives: int,
    extra: NDArray[np.float32] | None = None,
) -> None:
    """Print a line for each way."""
    random = np.random.default_rng(0)
    tallies: dict[str, list[list[float]]] = {}
    for _ in range(archives):
        pairs = zip(pools, sizes, strict=True)
        drawn = [random.choice(pool, n, replace=n > len(pool)) for pool, n in pairs]
        rows = np.concatenate(drawn)
        truth = np.repeat([False, False, True], sizes)
        evidence = pictures.evidence[:, rows]
        if extra is not None:
            chosen = random.choice(extra.shape[1], OF_MONTAGES, replace=False)
            evidence = np.concatenate([evidence, extra[:, chosen]], axis=1)
            truth = np.append(truth, np.ones(OF_MONTAGES, bool))
        prior, own = pictures.priors[pictures.target], evidence[pictures.target]
        rest = subtract_others(evidence, pictures.priors)[pictures.target]
        alone = estimate_prevalence(own, prior=prior)
        together = estimate_prevalence(rest, prior=prior)
        ways = {"alone": (alone, own), "prevalence": (together, own), "evidence": (together, rest)}
        for way, (prevalence, values) in ways.items():
            tallies.setdefault(way, []).append(measure(prevalence, values, truth))
    for way, tally in tallies.items():
        table = np.array(tally)
        value, low, high, covered, total, loss = table[:, :6].mean(axis=0)
        at_half, at_most = (divide_sums(table[:, i : i + 3]) for i in (6, 9))
        print(
            f"| {name} | {', '.join(map(str, sizes))} | {way} | {value:.1f} ({low:.0f} to "
            f"{high:.0f}) | {covered:.0%} | {total:.1f} | {loss:.2f} | {at_half} | {at_most} |",
            flush=True,
        )


def measure(
    prevalence: Prevalence, evidence: NDArray[np.float32], truth: NDArray[np.bool_]
) -> list[float]:
    """Return estimate, range, coverage, sum, log loss; kept, right and true at both thresholds."""
    odds = np.log(prevalence.value / (1 - prevalence.value))
    probability = 1 / (1 + np.exp(-(evidence.astype(np.float64) + odds)))
    safe = np.clip(probability, 1e-6, 1 - 1e-6)
    loss = -np.log(np.where(truth, safe, 1 - safe)).sum()
    ends = [len(truth) * end for end in (prevalence.low, prevalence.high)]
    covered = round(ends[0]) <= truth.sum() <= round(ends[1])
    counts = []
    for threshold in (0.5, 0.95):
        kept = probability >= threshold
        counts += [kept.sum(), (kept & truth).sum(), truth.sum()]
    return [len(truth) * prevalence.value, *ends, covered, probability.sum(), loss, *counts]


def divide_sums(counts: NDArray[np.float64]) -> str:
    """Return precision and recall over all archives."""
    kept, right, true = counts.sum(axis=0)
    return ", ".join(f"{right / n:.0%}" if n else "-" for n in (kept, true))


if __name__ == "__main__":
    raise SystemExit(main())
