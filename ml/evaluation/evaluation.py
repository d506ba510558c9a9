"""How good a target is on labelled pictures that it never learnt from.

`python -m ml evaluate TARGET FOLDER` sieves `FOLDER/<target>` and `FOLDER/other` as any archive
and writes what came of it, as a page and as JSON: the paper's table with the paper's rows, and
beside it what the paper does not give.
"""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.archive.reader import Limits
from ml.datasets.reader import read_dataset
from ml.errors import DatasetError
from ml.evaluation.metrics import (
    PaperTable,
    average_precision,
    bootstrap,
    constant_log_likelihood,
    curve,
    interval,
    negative_log_likelihood,
    reliability,
)
from ml.scoring.piles import Thresholds
from ml.sieve.galleries import as_zip, sieve
from ml.targets.catalog import PRETRAINED, Target, find_target

_EDGES = (0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0)
_SWEEP = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


@dataclasses.dataclass(frozen=True)
class Scored:
    """Labelled pictures and what the sieve made of them, row by row."""

    paths: tuple[str, ...]
    labels: NDArray[np.bool_]  # (n,): it shows the target
    probabilities: NDArray[np.float64]  # (n,), 0..1
    artworks: NDArray[np.str_]  # (n,): pictures of one artwork are no independent draws
    unreadable: tuple[str, ...] = ()  # left out of every figure, and named


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval, drawn over artworks."""

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Everything that is said of a target on some pictures."""

    target: str
    version: int
    confidence: float
    artworks: int  # different ones, with and without the target
    target_artworks: int
    paper_table: PaperTable
    precision: Figure
    recall: Figure
    f1: Figure
    average_precision: Figure
    best_f1: tuple[float, float]  # F1, its threshold: on these very pictures, so too good
    log_likelihood: float  # negative, mean, natural log; less is better
    constant_log_likelihood: float  # of the predictor that always says the share
    reliability: tuple[dict[str, float], ...]
    sweep: tuple[dict[str, float], ...]
    curve: tuple[tuple[float, float], ...]  # recall, precision: at every threshold, falling
    missed: tuple[tuple[str, float], ...]  # path, probability: hers, not kept; worst first
    wrongly_kept: tuple[tuple[str, float], ...]
    unreadable: tuple[str, ...]


def score_folder(folder: Path, target: Target, *, workers: int | None = None) -> Scored:
    """Sieve a folder of labelled folders. Raises DatasetError when a side is missing."""
    pictures = {p.path: p for p in read_dataset(folder, target.card.name).pictures}
    hers = sum(p.is_target for p in pictures.values())
    if not hers or hers == len(pictures):
        raise DatasetError(
            f"{folder} holds {hers} pictures of {target.card.name} and {len(pictures) - hers} "
            f"others; both are needed, in the folders {target.card.name} and other."
        )
    with as_zip(folder, Limits()) as archive:
        rows = sieve(archive, target, Thresholds.without_unsure(0.5), workers=workers).rows
    known = [row for row in rows if row.path in pictures]
    read = [row for row in known if row.probability is not None]
    return Scored(
        tuple(row.path for row in read),
        np.array([pictures[row.path].target for row in read]),
        np.array([row.probability for row in read], np.float64),
        np.array([pictures[row.path].artwork for row in read]),
        tuple(row.path for row in known if row.probability is None),
    )


def evaluate(scored: Scored, target: Target, confidence: float) -> Evaluation:
    """Work out every figure at one confidence. Nothing is fitted here."""
    labels, p = scored.labels, scored.probabilities
    swept = curve(labels, p)
    low, high = bootstrap(average_precision, labels, p, scored.artworks)
    return Evaluation(
        target=target.card.name,
        version=target.card.version,
        confidence=confidence,
        artworks=len(np.unique(scored.artworks)),
        target_artworks=len(np.unique(scored.artworks[labels])),
        paper_table=PaperTable.of(labels, p >= confidence),
        precision=Figure(**interval("precision", labels, p >= confidence, scored.artworks)),
        recall=Figure(**interval("recall", labels, p >= confidence, scored.artworks)),
        f1=Figure(**interval("f1", labels, p >= confidence, scored.artworks)),
        average_precision=Figure(average_precision(labels, p), low, high),
        best_f1=swept.best_f1(),
        log_likelihood=negative_log_likelihood(labels, p),
        constant_log_likelihood=constant_log_likelihood(labels),
        reliability=tuple(dataclasses.asdict(b) for b in reliability(labels, p, _EDGES)),
        sweep=tuple(_at(labels, p, threshold) for threshold in _SWEEP),
        curve=tuple(zip(swept.recall.tolist(), swept.precision.tolist(), strict=True)),
        missed=_worst(scored, labels & (p < confidence), rising=True),
        wrongly_kept=_worst(scored, ~labels & (p >= confidence), rising=False),
        unreadable=scored.unreadable,
    )


def _at(labels: NDArray[np.bool_], p: NDArray[np.float64], threshold: float) -> dict[str, float]:
    table = PaperTable.of(labels, p >= threshold)
    return {
        "threshold": threshold,
        "kept": table.classified,
        "precision": table.precision,
        "recall": table.recall,
        "f1": table.f1,
    }


def _worst(
    scored: Scored, wrong: NDArray[np.bool_], *, rising: bool
) -> tuple[tuple[str, float], ...]:
    rows = np.flatnonzero(wrong)
    rows = rows[np.argsort(scored.probabilities[rows] * (1 if rising else -1), kind="stable")]
    return tuple((scored.paths[row], float(scored.probabilities[row])) for row in rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the target's name, such as mona")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="with <target>/ and other/")
    parser.add_argument("--targets", metavar="FOLDER", type=Path, help="where other targets lie")
    parser.add_argument("--confidence", type=confidence, default=0.95, help="0..1 (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("evaluation"), help="(%(default)s)")


def confidence(text: str) -> float:
    """A confidence from the command line. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def run(args: argparse.Namespace) -> int:
    """Evaluate, write `evaluation.html` and `evaluation.json` into the folder `--out`."""
    from ml.evaluation.page import page

    target = find_target(args.target, [root for root in (args.targets, PRETRAINED) if root])
    found = evaluate(score_folder(args.folder, target), target, args.confidence)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "evaluation.json").write_text(json.dumps(as_json(found), indent=2) + "\n")
    (args.out / "evaluation.html").write_text(page(found, target, args.folder), encoding="utf-8")
    print(in_words(found))  # noqa: T201 - a shell command
    return 0


def as_json(found: Evaluation) -> dict[str, Any]:
    """The evaluation as plain values, the paper's derived rows written out."""
    table = found.paper_table
    derived = ("misclassified", "single_class_accuracy", "absolute_accuracy")
    values = dataclasses.asdict(found)
    values["paper_table"] |= {name: getattr(table, name) for name in derived}
    return values


def in_words(found: Evaluation) -> str:
    """The figures that matter, as one sentence with intervals."""
    parts = (
        ("precision", found.precision),
        ("recall", found.recall),
        ("F1", found.f1),
        ("average precision", found.average_precision),
    )
    said = ", ".join(f"{name} {f.value:.3f} ({f.low:.3f} to {f.high:.3f})" for name, f in parts)
    table = found.paper_table
    return (
        f"{table.total:,} pictures, {table.actual} of {found.target} from "
        f"{found.target_artworks} artworks; at {found.confidence:g}: {said}."
    )
