"""How well photographs are told from drawn pictures; with --write, the head that tells them.

    python bench/photographs.py crawl.csv second.csv manifest.csv more.csv \
        --labels docs/logs/photographs.csv --backbone ml/pretrained/mona_lite [--write]

The labels are those of pictures that were looked at: `yes` is a photograph, `unclear` is left out,
and what is not in the list is drawn. `bench/kinds.py` says what is measured. `--write` fits all
pictures, with the same limit, and puts `photographs.npz` into the backbone's folder: it is needed
again after every change of the backbone.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.kinds import (
    divide_sources,
    find_limit,
    fit,
    measure,
    print_archives,
    print_groups,
    read_labels,
    read_pictures,
)
from ml.scoring.newton import apply_across_folds
from ml.sieve.kinds import Kind, save_head
from ml.vision.backbone import load_backbone

NAMES = ("photographs", "drawn pictures")
MANY = 0.15
"""Of the pictures of an archive: from here on the page speaks of photographs."""


def main() -> int:
    """Print how many pictures of each group are taken for photographs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("manifests", metavar="MANIFEST", type=Path, nargs="+")
    parser.add_argument("--labels", metavar="CSV", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="put the head into the folder")
    args = parser.parse_args()
    pictures = read_pictures(args.manifests, read_labels(args.labels, "photograph"))
    measured = measure(args.backbone.absolute(), (file.read_bytes() for file in pictures.files))

    def fit_and_score(
        fitted: NDArray[np.bool_], held_out: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        return fit(measured[fitted], pictures.is_of_kind[fitted]).score(measured[held_out])

    scores = apply_across_folds(divide_sources(pictures), fit_and_score)
    limit = find_limit(scores, pictures)
    print_groups(pictures, scores > limit, *NAMES)
    print_archives(pictures, scores > limit, *NAMES, many=MANY)
    if args.write:
        head = fit(measured, pictures.is_of_kind)
        head = dataclasses.replace(head, bias=head.bias - limit)
        save_head(args.backbone, load_backbone(args.backbone), Kind.PHOTOGRAPH, head)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
