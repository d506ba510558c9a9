"""The tables of docs/recognition.md, from a finished training.

    python bench/folds.py DATASET --work WORK --targets OUT [--hold-out FILE] [--html FOLDER]

WORK and OUT are those of `python -m ml train` (same DATASET, --hold-out and --folds). Every picture
is scored by the fold that never saw its artwork; the target's calibration and thresholds are used.
--html writes the page of `python -m ml evaluate` about them, with the errors as thumbnails.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.artifact import Target, find_target  # noqa: E402
from ml.course import Course, plan  # noqa: E402
from ml.crossfit import head_of, read_back  # noqa: E402
from ml.dataset import read_dataset  # noqa: E402
from ml.embed import embed  # noqa: E402
from ml.evaluate import Evaluation, Scored, evaluate  # noqa: E402
from ml.evaluation_page import page, paper_rows  # noqa: E402
from ml.heads import best_look  # noqa: E402
from ml.presets import PRESETS  # noqa: E402


def main() -> int:
    """Score the folds again, print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--hold-out", type=Path)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--html", type=Path)
    args = parser.parse_args()
    course = plan(
        read_dataset(args.dataset, "mona"),
        PRESETS["mona_lite"],
        args.work,
        imagenet=None,
        hold_out=args.hold_out and args.hold_out.read_text(encoding="utf-8").splitlines(),
        count=args.folds,
    )
    target = find_target("mona", [args.targets])
    scored = score(course, target)
    thresholds = {**target.card.thresholds, "default": 0.95}
    for name, confidence in thresholds.items():
        found = evaluate(scored, target, confidence)
        print(f"\n## {name}: {confidence:g}\n\n" + "\n".join(lines(found)))
        if args.html and name == "default":
            args.html.mkdir(parents=True, exist_ok=True)
            (args.html / "evaluation.html").write_text(page(found, target, args.dataset))
    print("\n## Recall by artwork and by kind, at the threshold of the best F1\n")
    print("\n".join(by(course, scored, thresholds["best_f1"])))
    return 0


def score(course: Course, target: Target) -> Scored:
    """Probabilities at the card's share, each from the fold that never saw the artwork."""
    card = target.card
    rows: list[int] = []
    best: list[float] = []
    for fold in range(course.count):
        tested = course.tested(fold)
        head = head_of(read_back(course, f"fold-{fold}"))
        folder = course.work / f"fold-{fold}" / "backbone"
        pictures = [course.pictures[row] for row in tested]
        best += best_look(head, embed(folder, course.dataset, pictures)).tolist()
        rows += tested
    logit = card.slope * np.array(best) + card.intercept + np.log(card.share / (1 - card.share))
    shown = [course.pictures[row] for row in rows]
    return Scored(
        tuple(p.path for p in shown),
        np.array([p.target for p in shown]),
        1 / (1 + np.exp(-logit)),
        np.array([p.art for p in shown]),
    )


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


def by(course: Course, scored: Scored, threshold: float) -> list[str]:
    """How many of the target's pictures are found, and how many of others are kept."""
    kinds = {p.path: p.kind for p in course.pictures}
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
