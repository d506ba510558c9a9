"""The same work from a shell: `python -m ml sieve | train | evaluate`."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ml.archive.export import export
from ml.archive.limits import Limits
from ml.cli import evaluate
from ml.cli import train as teach
from ml.errors import MonaError
from ml.scoring.piles import Pile, Thresholds
from ml.sieve.galleries import Galleries, as_zip, sieve
from ml.sieve.report import csv_lines, json_lines
from ml.targets.catalog import PRETRAINED, find_target


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit code 0: done; 1: refused, with a sentence; 2: wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_sieve(commands.add_parser("sieve", help="keep the pictures that show one character"))
    training = commands.add_parser("train", help="train a backbone and a target from pictures")
    teach.add_arguments(training)
    training.set_defaults(run=teach.run)
    measure = commands.add_parser("evaluate", help="how good a target is on labelled pictures")
    evaluate.add_arguments(measure)
    measure.set_defaults(run=evaluate.run)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except MonaError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written to
        print(f"{error.filename or 'A file'}: {error.strerror or error}", file=sys.stderr)
        return 1


def _add_sieve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="IN", type=Path, help="a zip, a folder or a picture")
    parser.add_argument("out", metavar="OUT.zip", type=Path, help="gets the kept pictures")
    parser.add_argument(
        "--confidence", type=evaluate.confidence, default=0.95, help="0..1 (%(default)s)"
    )
    parser.add_argument("--target", default="mona", help="who is looked for (%(default)s)")
    parser.add_argument("--targets", metavar="FOLDER", type=Path, help="where other targets lie")
    parser.add_argument("--report", type=Path, help="a .csv or .json of every file and its pile")
    parser.add_argument("--workers", type=int, help="processes; default: one per core")
    parser.set_defaults(run=_sieve)


def _sieve(args: argparse.Namespace) -> int:
    for file in filter(None, (args.out, args.report)):
        _check_writable(file, args.source)
    roots = [root for root in (args.targets, PRETRAINED) if root]
    target = find_target(args.target, roots)
    limits, thresholds = Limits(), Thresholds.without_unsure(args.confidence)
    with as_zip(args.source, limits, beside=args.out.absolute().parent) as archive:
        with _bar() as bar:
            task = bar.add_task("pictures", total=None)
            galleries = sieve(
                *(archive, target, thresholds),
                limits=limits,
                workers=args.workers,
                on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        _write(args.out, export(archive, galleries.numbers(Pile.KEPT)).chunks)
    if args.report:
        _write_report(args.report, galleries)
    print(galleries.in_words())
    return 0


def _check_writable(file: Path, source: Path) -> None:
    """Said before the work, not after. Raises MonaError."""
    if file.is_dir():
        raise MonaError(f"{file} is a folder; name a file to write to.")
    if not file.absolute().parent.is_dir():
        raise MonaError(f"There is no folder {file.absolute().parent} to write {file.name} to.")
    if file.exists() and source.exists() and file.samefile(source):
        raise MonaError(f"{file} is what is read; write to another file.")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )


def _write(file: Path, chunks: Iterable[bytes]) -> None:
    """Write beside and rename: a file of that name is whole, or the one from before."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as out:
            out.writelines(chunks)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _write_report(file: Path, galleries: Galleries) -> None:
    lines = json_lines if file.suffix.lower() == ".json" else csv_lines
    _write(file, [line.encode() for line in lines(galleries.rows)])


if __name__ == "__main__":
    sys.exit(main())
