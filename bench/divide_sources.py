"""Divide the sources of manifests into thirds: train, validation, test.

    python bench/divide_sources.py second.csv --negatives crawl.csv > sources.csv

Each manifest is divided by itself. The list goes to `monasieve train --sources` and to
`bench/yardstick.py`.
"""

import argparse
import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.datasets.reader import read_manifests
from ml.datasets.splits import divide_sources


def main() -> int:
    """Print a list of sources and their parts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("manifests", metavar="CSV", type=Path, nargs="+")
    parser.add_argument("--negatives", metavar="CSV", type=Path, action="append", default=[])
    parser.add_argument("--target", default="mona")
    args = parser.parse_args()
    part_of: dict[str, str] = {}
    for manifest in (*args.manifests, *args.negatives):
        part_of |= divide_sources(read_manifests([manifest], args.target).pictures)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("source", "part"))
    writer.writerows(sorted(part_of.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
