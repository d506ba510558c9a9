"""Evaluate a target on labelled pictures that it was not trained on.

The folders `<target>` and `other` are sieved like any archive. The evaluation holds the paper's
table, and beyond the paper: intervals, curves, reliability and the errors by name.
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.archive.limits import Limits
from ml.datasets.reader import read_dataset
from ml.errors import DatasetError
from ml.evaluation.metrics import (
    Estimate,
    PaperTable,
    bootstrap,
    compute_average_precision,
    compute_constant_log_likelihood,
    compute_curve,
    compute_negative_log_likelihood,
    compute_reliability,
    compute_threshold_curve,
    estimate_rate,
)
from ml.scoring.piles import Thresholds
from ml.sieve.galleries import open_source, sieve_archive
from ml.targets.catalog import Target


@dataclasses.dataclass(frozen=True)
class Scored:
    """Labelled pictures and the probabilities that the sieve gave them, row by row."""

    paths: tuple[str, ...]
    labels: NDArray[np.bool_]  # (n,): the target is in the picture
    probabilities: NDArray[np.float64]  # (n,), 0..1
    artworks: NDArray[np.str_]  # (n,): pictures of one artwork are no independent draws
    unreadable: tuple[str, ...] = ()  # no figure counts these


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """All figures of a target on some pictures."""

    target: str
    version: int
    confidence: float
    artworks: int  # different ones, with and without the target
    target_artworks: int
    paper_table: PaperTable
    precision: Estimate
    recall: Estimate
    f1: Estimate
    average_precision: Estimate
    best_f1: tuple[float, float]  # F1, its threshold; chosen on these pictures, so too high
    log_likelihood: float  # negative, mean, natural log; less is better
    constant_log_likelihood: float  # of always predicting the prevalence
    reliability: tuple[dict[str, float], ...]
    threshold_curve: tuple[dict[str, float], ...]
    curve: tuple[tuple[float, float], ...]  # recall, precision: at every threshold, falling
    missed: tuple[tuple[str, float], ...]  # path, probability of positives, worst first
    wrongly_kept: tuple[tuple[str, float], ...]
    unreadable: tuple[str, ...]


def score_folder(folder: Path, target: Target, *, workers: int | None = None) -> Scored:
    """Sieve a folder of labelled folders. Raises DatasetError when a side is missing."""
    pictures = {p.path: p for p in read_dataset(folder, target.card.name).pictures}
    positives = sum(p.is_target for p in pictures.values())
    if not positives or positives == len(pictures):
        raise DatasetError(
            f"{folder} holds {positives} pictures of {target.card.name} and "
            f"{len(pictures) - positives} others; both are needed, in the folders "
            f"{target.card.name} and other."
        )
    with open_source(folder, Limits()) as archive:
        rows = sieve_archive(archive, target, Thresholds.without_unsure(0.5), workers=workers).rows
    labelled = [row for row in rows if row.path in pictures]
    scored = [row for row in labelled if row.probability is not None]
    return Scored(
        paths=tuple(row.path for row in scored),
        labels=np.array([pictures[row.path].is_target for row in scored]),
        probabilities=np.array([row.probability for row in scored], np.float64),
        artworks=np.array([pictures[row.path].artwork for row in scored]),
        unreadable=tuple(row.path for row in labelled if row.probability is None),
    )


def evaluate(scored: Scored, target: Target, confidence: float) -> Evaluation:
    """Compute all figures at one confidence. Nothing is fitted here."""
    labels, p = scored.labels, scored.probabilities
    curve = compute_curve(labels, p)
    low, high = bootstrap(compute_average_precision, labels, p, scored.artworks)
    return Evaluation(
        target=target.card.name,
        version=target.card.version,
        confidence=confidence,
        artworks=len(np.unique(scored.artworks)),
        target_artworks=len(np.unique(scored.artworks[labels])),
        paper_table=PaperTable.of(labels, p >= confidence),
        precision=Estimate(**estimate_rate("precision", labels, p >= confidence, scored.artworks)),
        recall=Estimate(**estimate_rate("recall", labels, p >= confidence, scored.artworks)),
        f1=Estimate(**estimate_rate("f1", labels, p >= confidence, scored.artworks)),
        average_precision=Estimate(compute_average_precision(labels, p), low, high),
        best_f1=curve.find_best_f1(),
        log_likelihood=compute_negative_log_likelihood(labels, p),
        constant_log_likelihood=compute_constant_log_likelihood(labels),
        reliability=tuple(dataclasses.asdict(b) for b in compute_reliability(labels, p)),
        threshold_curve=compute_threshold_curve(labels, p),
        curve=tuple(zip(curve.recall.tolist(), curve.precision.tolist(), strict=True)),
        missed=_sort_errors(scored, labels & (p < confidence), rising=True),
        wrongly_kept=_sort_errors(scored, ~labels & (p >= confidence), rising=False),
        unreadable=scored.unreadable,
    )


def _sort_errors(
    scored: Scored, wrong: NDArray[np.bool_], *, rising: bool
) -> tuple[tuple[str, float], ...]:
    rows = np.flatnonzero(wrong)
    rows = rows[np.argsort(scored.probabilities[rows] * (1 if rising else -1), kind="stable")]
    return tuple((scored.paths[row], float(scored.probabilities[row])) for row in rows)


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain values, with the derived rows of the paper's table."""
    table = evaluation.paper_table
    derived = ("misclassified", "single_class_accuracy", "absolute_accuracy")
    values = dataclasses.asdict(evaluation)
    values["paper_table"] |= {name: getattr(table, name) for name in derived}
    return values


def summarize(evaluation: Evaluation) -> str:
    """Return the main figures as one sentence with intervals."""
    parts = (
        ("precision", evaluation.precision),
        ("recall", evaluation.recall),
        ("F1", evaluation.f1),
        ("average precision", evaluation.average_precision),
    )
    figures = ", ".join(f"{name} {f.value:.3f} ({f.low:.3f} to {f.high:.3f})" for name, f in parts)
    table = evaluation.paper_table
    return (
        f"{table.total:,} pictures, {table.actual} of {evaluation.target} from "
        f"{evaluation.target_artworks} artworks; at {evaluation.confidence:g}: {figures}."
    )
