"""Hold out new sources in turn, so that a target can learn from all of them and still be measured.

    python bench/source_folds.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups groups.csv --sources docs/logs/sources.csv \
        > docs/logs/sources-7.csv

Sources that version 6 trained on (part `train`) stay what they are. Of the others, every third
without a named character is held out for good (part `validation`). The rest are dealt to two folds
(part `train`, column `fold`): a network for each fold trains without the fold's sources and scores
them. The final network trains on both.
"""

import argparse
import csv
import dataclasses
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments, read_pictures
from ml.datasets.reader import NO_CHARACTER, LabelledPicture
from ml.datasets.splits import TRAIN, VALIDATION, read_sources
from ml.training.split import Split

FOLDS = 2


@dataclasses.dataclass(frozen=True)
class SourceFolds:
    """Which pictures a fold's network does not see, because of their source."""

    fold_of: Mapping[str, int]  # path -> fold

    @property
    def numbers(self) -> list[int]:
        """The folds, none if all networks see the same sources."""
        return sorted(set(self.fold_of.values()))

    def select_rows(self, split: Split, fold: int) -> NDArray[np.int64]:
        """Return the rows that a fold's network trains on."""
        rows = split.select_final_rows()
        seen = [self.fold_of.get(split.pictures[row].path) != fold for row in rows]
        chosen: NDArray[np.int64] = rows[np.array(seen)]
        return chosen

    def select_held_out(
        self, split: Split, fold: int, *, all_positives: bool = False
    ) -> list[LabelledPicture]:
        """Return the pictures that a fold's network scores: no file of their artworks trained it.

        These are the fold's, and every second one of those that are held out for good.

        Args:
            all_positives: add the target's pictures whose artworks were trained on in other files.
        """
        seen = {split.pictures[row].artwork for row in self.select_rows(split, fold)}
        for_good = [p for p in split.pictures if p.artwork in split.held_out]
        own = [p for p in split.pictures if self.fold_of.get(p.path) == fold]
        return [
            p
            for p in (*own, *for_good[fold::FOLDS])
            if p.artwork not in seen or (all_positives and p.is_target)
        ]

    def list_bank(self, split: Split, without: int | None = None) -> list[LabelledPicture]:
        """Return negatives of all sources that are held out, in turn or for good.

        Those that are held out in turn have trained the final network. Without them the bank would
        hold no named character.

        Args:
            without: a fold that is left out.
        """
        in_turn = [p for p in split.pictures if self.fold_of.get(p.path, without) != without]
        for_good = [p for p in split.pictures if p.artwork in split.held_out]
        return [p for p in (*for_good, *in_turn) if not p.is_target]


def read_source_folds(file: Path, divided: Iterable[LabelledPicture]) -> SourceFolds:
    """Read the column `fold` of a list of sources.

    Args:
        divided: the pictures that the sources divide; others are seen by all networks.
    """
    with file.open(encoding="utf-8", newline="") as rows:
        fold_of = {r["source"]: int(r["fold"]) for r in csv.DictReader(rows) if r.get("fold")}
    return SourceFolds({p.path: fold_of[p.source] for p in divided if p.source in fold_of})


def main() -> int:
    """Print the list."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    args = parser.parse_args()
    dataset, divided = read_pictures(args)
    part_of = read_sources(args.sources)
    seen = [*dataset.pictures[: -len(divided)], *(p for p in divided if part_of[p.source] == TRAIN)]
    free = [p for p in divided if part_of[p.source] != TRAIN]
    fold_of = deal_sources(free, {p.artwork for p in seen})
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("source", "part", "fold"))
    for source, part in sorted(part_of.items()):
        fold = fold_of.get(source)
        is_trained = part == TRAIN or fold is not None
        table.writerow((source, TRAIN if is_trained else VALIDATION, "" if fold is None else fold))
    return 0


def deal_sources(pictures: Iterable[LabelledPicture], trained: Collection[str]) -> dict[str, int]:
    """Return source -> fold. Sources that are held out for good are left out.

    Each source goes, the largest first, to the fold with the fewest new pictures of the target,
    then of named characters, then with the fewest pictures.

    Args:
        trained: artworks that are not new.
    """
    sizes: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(3, np.int64))
    is_named: dict[str, bool] = defaultdict(bool)
    for p in pictures:
        shows = p.is_target or p.character != NO_CHARACTER
        is_named[p.source] |= shows
        new = p.artwork not in trained
        sizes[p.source] += [p.is_target and new, shows and new, 1]
    order = sorted(sizes, key=lambda source: (*(-sizes[source]), source))
    nameless = [source for source in order if not is_named[source]]
    for_good = set(nameless[2::3])
    load = np.zeros((FOLDS, 3), np.int64)
    fold_of = {}
    for source in order:
        if source not in for_good:
            counts = np.flatnonzero(sizes[source])
            fold_of[source] = min(range(FOLDS), key=lambda f: tuple(load[f, counts[0] :]))
            load[fold_of[source]] += sizes[source]
    return fold_of


if __name__ == "__main__":
    sys.exit(main())
