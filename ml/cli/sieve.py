"""`sieve`: an archive in; a zip of its kept pictures and a report out."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ml.archive.export import export
from ml.archive.limits import Limits
from ml.cli.arguments import check_writable, confidence, positive_integer
from ml.disk import write_atomically
from ml.scoring.piles import Pile, Thresholds
from ml.sieve.galleries import Galleries, as_zip, sieve
from ml.sieve.report import csv_lines, json_lines
from ml.targets.catalog import PRETRAINED, find_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("source", metavar="IN", type=Path, help="a zip, a folder or a picture")
    parser.add_argument("out", metavar="OUT.zip", type=Path, help="gets the kept pictures")
    parser.add_argument("--confidence", type=confidence, default=0.95, help="0..1 (%(default)s)")
    parser.add_argument("--target", default="mona", help="name of the character (%(default)s)")
    parser.add_argument("--targets", metavar="FOLDER", type=Path, help="where other targets lie")
    parser.add_argument("--report", type=Path, help="a .csv or .json of every file and its pile")
    parser.add_argument("--workers", type=positive_integer, help="processes; default: one per core")


def run(args: argparse.Namespace) -> int:
    """Sieve, write the zip and the report, print the counts."""
    for file in filter(None, (args.out, args.report)):
        check_writable(file, args.source)
    target = find_target(args.target, [root for root in (args.targets, PRETRAINED) if root])
    limits, thresholds = Limits(), Thresholds.without_unsure(args.confidence)
    with as_zip(args.source, limits, beside=args.out.absolute().parent) as archive:
        with _progress_bar() as bar:
            task = bar.add_task("pictures", total=None)
            galleries = sieve(
                archive,
                target,
                thresholds,
                limits=limits,
                workers=args.workers,
                on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        write_atomically(args.out, export(archive, galleries.numbers(Pile.KEPT)).chunks)
    if args.report:
        _write_report(args.report, galleries)
    print(galleries.in_words())
    return 0


def _progress_bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )


def _write_report(file: Path, galleries: Galleries) -> None:
    lines = json_lines if file.suffix.lower() == ".json" else csv_lines
    write_atomically(file, [line.encode() for line in lines(galleries.rows)])
