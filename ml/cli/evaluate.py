"""`evaluate`: measure a target on labelled pictures; write a page and JSON."""

import argparse
import json
from pathlib import Path

from ml.cli.arguments import parse_confidence_argument
from ml.evaluation.evaluation import evaluate, score_folder, summarize, to_json
from ml.evaluation.page import render_page
from ml.targets.catalog import PRETRAINED, find_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="the target's name, such as mona")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="with <target>/ and other/")
    parser.add_argument("--targets", metavar="FOLDER", type=Path, help="where other targets lie")
    parser.add_argument(
        "--confidence", type=parse_confidence_argument, default=0.95, help="0..1 (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("evaluation"), help="(%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Evaluate; write `evaluation.html` and `evaluation.json` into the folder `--out`."""
    target = find_target(args.target, [root for root in (args.targets, PRETRAINED) if root])
    evaluation = evaluate(score_folder(args.folder, target), target, args.confidence)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "evaluation.json").write_text(json.dumps(to_json(evaluation), indent=2) + "\n")
    html = render_page(evaluation, target, args.folder)
    (args.out / "evaluation.html").write_text(html, encoding="utf-8")
    print(summarize(evaluation))
    return 0
