"""Problems of a dataset that forbid a training, and those that only warn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.datasets.duplicates import decode_preview

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml.datasets.reader import Dataset, LabelledPicture

FEW_PICTURES = 20  # of the target; fewer cause a warning
_MAX_IMBALANCE = 100  # negatives for one positive
_MAX_NAMED = 10  # files that one sentence names


def find_problems(dataset: Dataset, target: str) -> tuple[list[str], list[str]]:
    """Return the problems that forbid a training and those that only warn, as sentences.

    Every picture is decoded, which takes some seconds for a thousand.
    """
    positives = [p for p in dataset.pictures if p.is_target]
    negatives = [p for p in dataset.pictures if not p.is_target]
    fatal = _find_missing_sides(positives, negatives, target)
    warnings = _find_imbalance(positives, negatives, target)
    if shared := find_shared_artworks(positives, negatives):
        warnings.append(
            f"{len(shared)} artworks have pictures with and without {target}; "
            f"the first is {min(shared)}."
        )
    if unreadable := [p.path for p in dataset.pictures if decode_preview(dataset, p) is None]:
        named = ", ".join(unreadable[:_MAX_NAMED])
        more = " …" if len(unreadable) > _MAX_NAMED else ""
        total = len(dataset.pictures)
        fatal.append(f"{len(unreadable)} of {total:,} pictures cannot be read: {named}{more}.")
    return fatal, warnings


def _find_missing_sides(
    positives: Sequence[LabelledPicture], negatives: Sequence[LabelledPicture], target: str
) -> list[str]:
    problems = []
    if not positives:
        problems.append(f"No picture shows {target}: its folder is empty or missing.")
    elif len({p.artwork for p in positives}) < 2:
        problems.append(f"All pictures of {target} show one artwork; at least two are needed.")
    if not negatives:
        problems.append(f"Every picture shows {target}: add pictures of other characters.")
    return problems


def _find_imbalance(
    positives: Sequence[LabelledPicture], negatives: Sequence[LabelledPicture], target: str
) -> list[str]:
    warnings = []
    artworks = len({p.artwork for p in positives})
    if artworks > 1 and len(positives) < FEW_PICTURES:
        warnings.append(f"Only {len(positives)} pictures of {artworks} artworks show {target}.")
    if positives and len(negatives) > _MAX_IMBALANCE * len(positives):
        warnings.append(
            f"There are {len(negatives):,} negatives for {len(positives)} pictures of {target}."
        )
    return warnings


def find_shared_artworks(
    one: Iterable[LabelledPicture], other: Iterable[LabelledPicture]
) -> set[str]:
    """Return the artworks that have pictures in both."""
    return {p.artwork for p in one} & {p.artwork for p in other}
