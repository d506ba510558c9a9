"""Tables of a finished training's folds, in Markdown.

    python bench/folds.py DATASET … --work WORK --targets OUT [--html FOLDER]

DATASET, --hold-out, --sources, --work and --folds are those of `monasieve train`; OUT is its
--out. Every picture is scored by the fold that never saw its artwork, and calibrated by the other
folds. The thresholds are the target's. --html writes the page of `monasieve evaluate`, with the
errors as thumbnails.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.trained import add_arguments, read_split
from ml.evaluation.evaluation import Evaluation, Scored, evaluate
from ml.evaluation.metrics import compare, compute_average_precision
from ml.evaluation.page import format_paper_table, render_page
from ml.scoring.head import score_best_region
from ml.targets.catalog import find_target
from ml.training.cross_validation import load_trained, name_fold_folder, read_head, score_held_out
from ml.training.embed import embed
from ml.training.split import Split
from ml.training.write_backbone import compute_float_embeddings
from ml.vision.backbone import load_backbone


def main() -> int:
    """Score the folds again, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--html", type=Path)
    args = parser.parse_args()
    split = read_split(args)
    target = find_target("mona", [args.targets])
    held_out = score_held_out(split, score_converted)
    rows = sorted(row for fold in range(args.folds) for row in split.select_held_out_rows(fold))
    paths = tuple(split.pictures[row].path for row in rows)
    scored = Scored(paths, held_out.labels, held_out.compute_probabilities(), held_out.artworks)
    thresholds = {**target.card.thresholds, "default": 0.95}
    for name, confidence in thresholds.items():
        evaluation = evaluate(scored, target, confidence)
        print(f"\n## {name}: {confidence:g}\n\n" + "\n".join(format_evaluation(evaluation)))
        if args.html and name == "default":
            args.html.mkdir(parents=True, exist_ok=True)
            page = render_page(evaluation, target, split.dataset.root)
            (args.html / "evaluation.html").write_text(page, encoding="utf-8")
    print("\n## Recall by artwork and by kind, at the threshold of the best F1\n")
    print("\n".join(count_kept(split, scored, thresholds["best_f1"])))
    exact = score_held_out(split, score_float).scores.astype(np.float64)
    converted = held_out.scores.astype(np.float64)
    values = [compute_average_precision(held_out.labels, scores) for scores in (converted, exact)]
    more, low, high = compare(
        compute_average_precision, held_out.labels, converted, exact, held_out.artworks
    )
    print("\n## int8 against float\n")
    print(f"{values[0]:.3f} against {values[1]:.3f}: {more:+.3f} ({low:+.3f} to {high:+.3f})")
    return 0


def score_converted(split: Split, fold: int) -> dict[int, float]:
    """Return row -> score of its best region, by the fold that never saw its artwork."""
    rows = split.select_held_out_rows(fold)
    pictures = [split.pictures[row] for row in rows]
    name = name_fold_folder(fold)
    embeddings = embed(split.work / name / "backbone", split.dataset, pictures)
    head = read_head(split, load_trained(split, name))
    return dict(zip(rows, score_best_region(head, embeddings).tolist(), strict=True))


def score_float(split: Split, fold: int) -> dict[int, float]:
    """Return the same by the network before it was converted."""
    rows = split.select_held_out_rows(fold)
    pictures = [split.pictures[row] for row in rows]
    model = load_trained(split, name_fold_folder(fold))
    card = load_backbone(split.work / name_fold_folder(fold) / "backbone")
    embeddings = compute_float_embeddings(split, model, pictures, card)
    scores = score_best_region(read_head(split, model), embeddings)
    return dict(zip(rows, scores.tolist(), strict=True))


def format_evaluation(evaluation: Evaluation) -> list[str]:
    """Return one evaluation as Markdown."""
    lines = ["| | |", "| --- | --- |"]
    table = format_paper_table(evaluation.paper_table)
    lines += [f"| {name} | {value} |" for name, value in table]
    lines += ["", "| | value | 95 % interval |", "| --- | --- | --- |"]
    for name in ("precision", "recall", "f1", "average_precision"):
        e = getattr(evaluation, name)
        lines.append(f"| {name} | {e.value:.3f} | {e.low:.3f} to {e.high:.3f} |")
    lines.append(f"| negative log-likelihood | {evaluation.log_likelihood:.4f} | |")
    lines.append(f"| of the constant predictor | {evaluation.constant_log_likelihood:.4f} | |")
    lines += ["", "| predicted | pictures | predicted on average | observed |"]
    lines += ["| --- | --- | --- | --- |"]
    for r in evaluation.reliability:
        rates = f"{r['mean_probability']:.3f} | {r['observed']:.3f}"
        lines.append(f"| {r['low']:g} to {r['high']:g} | {r['count']:.0f} | {rates} |")
    lines += ["", "| confidence | kept | precision | recall | F1 |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for r in evaluation.threshold_curve:
        rates = " | ".join(f"{r[name]:.3f}" for name in ("precision", "recall", "f1"))
        lines.append(f"| {r['threshold']:g} | {r['kept']:.0f} | {rates} |")
    for title, errors in (
        ("Missed", evaluation.missed),
        ("Wrongly kept", evaluation.wrongly_kept),
    ):
        lines += ["", f"{title}: " + ", ".join(f"{path} {p:.3f}" for path, p in errors)]
    return lines


def count_kept(split: Split, scored: Scored, threshold: float) -> list[str]:
    """Return how many positives and negatives of each kind and artwork are kept."""
    kinds = {p.path: p.kind for p in split.pictures}
    kept_of: dict[tuple[str, str], list[bool]] = defaultdict(list)
    kept = scored.probabilities >= threshold
    for n, path in enumerate(scored.paths):
        side = "positives" if scored.labels[n] else "negatives"
        kept_of[side, kinds[path]].append(bool(kept[n]))
        if scored.labels[n]:
            kept_of["artwork", str(scored.artworks[n])].append(bool(kept[n]))
    lines = ["| | | kept | of |", "| --- | --- | --- | --- |"]
    return lines + [f"| {a} | {b} | {sum(k)} | {len(k)} |" for (a, b), k in sorted(kept_of.items())]


if __name__ == "__main__":
    sys.exit(main())
