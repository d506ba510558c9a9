"""The tables of docs/recognition.md, from a finished training.

    python bench/folds.py DATASET --work WORK --targets OUT [--hold-out FILE] [--html FOLDER]

WORK and OUT are those of `python -m ml train` (same DATASET, --hold-out and --folds). Every picture
is scored by the fold that never saw its artwork and calibrated by the other folds; the thresholds
are the target's.
--html writes the page of `python -m ml evaluate` about them, with the errors as thumbnails.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.trained import add_arguments, read_split  # noqa: E402
from ml.evaluation.evaluation import Evaluation, Scored, evaluate  # noqa: E402
from ml.evaluation.metrics import average_precision, difference  # noqa: E402
from ml.evaluation.page import page, paper_rows  # noqa: E402
from ml.scoring.head import score_best_region  # noqa: E402
from ml.targets.card import find_target, load_backbone  # noqa: E402
from ml.training.cross_validation import read_head, held_out, load_trained  # noqa: E402
from ml.training.embed import embed  # noqa: E402
from ml.training.split import Split  # noqa: E402
from ml.training.write_backbone import compute_float_embeddings  # noqa: E402


def main() -> int:
    """Score the folds again, print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--html", type=Path)
    args = parser.parse_args()
    split = read_split(args)
    target = find_target("mona", [args.targets])
    found = score_held_out(split, score_converted)
    rows = sorted(row for fold in range(args.folds) for row in split.held_out_rows(fold))
    paths = tuple(split.pictures[row].path for row in rows)
    scored = Scored(paths, found.labels, found.probabilities(), found.artworks)
    thresholds = {**target.card.thresholds, "default": 0.95}
    for name, confidence in thresholds.items():
        said = evaluate(scored, target, confidence)
        print(f"\n## {name}: {confidence:g}\n\n" + "\n".join(lines(said)))
        if args.html and name == "default":
            args.html.mkdir(parents=True, exist_ok=True)
            (args.html / "evaluation.html").write_text(page(said, target, args.dataset))
    print("\n## Recall by artwork and by kind, at the threshold of the best F1\n")
    print("\n".join(by(split, scored, thresholds["best_f1"])))
    exact = score_held_out(split, score_float)
    ours, theirs = found.scores.astype(np.float64), exact.scores.astype(np.float64)
    values = [average_precision(found.labels, scores) for scores in (ours, theirs)]
    more, low, high = difference(average_precision, found.labels, ours, theirs, found.artworks)
    print("\n## int8 against float\n")
    print(f"{values[0]:.3f} against {values[1]:.3f}: {more:+.3f} ({low:+.3f} to {high:+.3f})")
    return 0


def score_converted(split: Split, fold: int) -> dict[int, float]:
    """row -> score of its best look, by the fold that never saw its artwork, as the sieve does."""
    rows = split.held_out_rows(fold)
    pictures = [split.pictures[row] for row in rows]
    embeddings = embed(split.work / f"fold-{fold}" / "backbone", split.dataset, pictures)
    head = read_head(split, load_trained(split, f"fold-{fold}"))
    return dict(zip(rows, score_best_region(head, embeddings).tolist(), strict=True))


def score_float(split: Split, fold: int) -> dict[int, float]:
    """The same by the network before it was converted."""
    rows = split.held_out_rows(fold)
    model = load_trained(split, f"fold-{fold}")
    card = load_backbone(split.work / f"fold-{fold}" / "backbone")
    embeddings = compute_float_embeddings(split, model, [split.pictures[row] for row in rows], card)
    return dict(zip(rows, score_best_region(read_head(split, model), embeddings).tolist(), strict=True))


def lines(found: Evaluation) -> list[str]:
    """One evaluation as Markdown."""
    rows = ["| | |", "| --- | --- |"]
    rows += [f"| {name} | {value} |" for name, value in paper_rows(found.paper_table)]
    rows += ["", "| | value | 95 % interval |", "| --- | --- | --- |"]
    for name in ("precision", "recall", "f1", "average_precision"):
        figure = getattr(found, name)
        rows.append(f"| {name} | {figure.value:.3f} | {figure.low:.3f} to {figure.high:.3f} |")
    rows.append(f"| negative log-likelihood | {found.log_likelihood:.4f} | |")
    rows.append(f"| of the constant predictor | {found.constant_log_likelihood:.4f} | |")
    rows += ["", "| said | pictures | said on average | were |", "| --- | --- | --- | --- |"]
    for r in found.reliability:
        said = f"{r['low']:g} to {r['high']:g}"
        mean, observed = r["mean_probability"], r["observed"]
        rows.append(f"| {said} | {r['count']:.0f} | {mean:.3f} | {observed:.3f} |")
    rows += [
        "",
        "| confidence | kept | precision | recall | F1 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for r in found.sweep:
        rates = " | ".join(f"{r[name]:.3f}" for name in ("precision", "recall", "f1"))
        rows.append(f"| {r['threshold']:g} | {r['kept']:.0f} | {rates} |")
    rows += ["", "Missed: " + ", ".join(f"{path} {p:.3f}" for path, p in found.missed)]
    rows += ["Wrongly kept: " + ", ".join(f"{path} {p:.3f}" for path, p in found.wrongly_kept)]
    return rows


def by(split: Split, scored: Scored, threshold: float) -> list[str]:
    """How many of the target's pictures are found, and how many of others are kept."""
    kinds = {p.path: p.kind for p in split.pictures}
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    kept = scored.probabilities >= threshold
    for n, path in enumerate(scored.paths):
        side = "of the target" if scored.labels[n] else "others"
        counts[side, kinds[path]].append(bool(kept[n]))
        if scored.labels[n]:
            counts["artwork", str(scored.artworks[n])].append(bool(kept[n]))
    rows = ["| | | kept | of |", "| --- | --- | --- | --- |"]
    return rows + [f"| {a} | {b} | {sum(k)} | {len(k)} |" for (a, b), k in sorted(counts.items())]


if __name__ == "__main__":
    sys.exit(main())
