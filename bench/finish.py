"""Train a fine-tuned target a little further, on all sources, and keep its calibration.

    python bench/finish.py … --start FINE_TUNED/mona --binary FINE_TUNED_BINARY/mona \\
        --work WORK --out OUT

The other arguments are those of `bench/fine_tune.py`. `--start` is its target with
`--head classes`, `--binary` the one with `--head binary`. As in `python -m ml train`, the network
that ships learns from all pictures. It inherits calibration and figures from the one that did not
see the held-out sources. Nothing is left to measure it with but pictures from elsewhere.
"""

import argparse
import dataclasses
import datetime
import json
import logging
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.fine_tune import add_arguments, build_model, read_split
from ml.datasets.splits import read_sources
from ml.scoring.head import save_head
from ml.targets.catalog import load_target
from ml.training.checkpoint import read_state, write_history
from ml.training.cross_validation import FINAL, read_binary_head
from ml.training.presets import FINISH
from ml.training.publish import publish
from ml.training.trainer import train
from ml.training.write_backbone import save_bank, save_checked, summarize_data
from ml.vision.backbone import load_backbone
from ml.vision.card import write_card


def main() -> int:
    """Train, convert, write backbone and target below `--out`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--binary", metavar="FOLDER", type=Path, required=True, help="a target")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    start, binary = load_target(args.start.absolute()), load_target(args.binary.absolute())
    split = dataclasses.replace(read_split(args, start, all_parts=True), config=FINISH)
    model = build_model(split, start.head)
    model.get_layer("stage").set_weights(
        [binary.head.weight[:, None], np.array([binary.head.bias], np.float32)]
    )
    rows = split.final_rows()
    train(model, split.training_set(rows), None, FINISH, args.work / FINAL, start=args.start.name)
    draft = args.work / "export"
    folder, backbone = draft / start.folder.name, draft / start.card.backbone
    save_checked(split, model, backbone)
    save_bank(split, backbone)
    save_head(folder, read_binary_head(model))
    card = dataclasses.replace(
        binary.card,
        backbone_sha256=load_backbone(backbone).model_sha256,
        data=summarize_data(split, rows),
        split="calibration and figures: the same training without whole sources, on those and on "
        "artworks of the target that it never saw",
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )
    write_card(folder, card)
    parts = {"held_out": sorted(split.held_out), "sources": read_sources(args.sources)}
    (folder / "split.json").write_text(json.dumps(parts, indent=0) + "\n", encoding="utf-8")
    write_history(folder / "history.csv", read_state(args.work / FINAL)["history"])
    publish(draft, args.out, [backbone.name, folder.name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
