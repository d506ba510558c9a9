"""`sieve`: write a zip of an archive's kept pictures, and a report if wanted."""

import argparse
import contextlib
import functools
import threading
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ml.archive.export import export
from ml.archive.limits import Limits
from ml.cli.arguments import check_writable, parse_confidence_argument, parse_positive_integer
from ml.disk import write_atomically
from ml.errors import ClusterUnavailable, TemporaryFailure
from ml.scoring.piles import Pile, Thresholds
from ml.sieve.executor import Executor, open_executor
from ml.sieve.galleries import Galleries, open_source, sieve_archive
from ml.sieve.report import write_csv, write_json
from ml.sieve.sidecars import SidecarKind, make_sidecars
from ml.targets.catalog import PRETRAINED, Target, find_target

RETRY_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="IN", type=Path, help="an archive, a folder or a picture")
    parser.add_argument("out", metavar="OUT.zip", type=Path, help="gets the kept pictures")
    parser.add_argument(
        "--confidence", type=parse_confidence_argument, default=0.95, help="0..1 (%(default)s)"
    )
    parser.add_argument("--target", default="mona", help="name of the character (%(default)s)")
    parser.add_argument("--targets", metavar="FOLDER", type=Path, help="where other targets lie")
    parser.add_argument(
        "--inner-zips", action="store_true", help="look into zips within the zip as well"
    )
    parser.add_argument(
        "--sidecars",
        type=SidecarKind,
        choices=list(SidecarKind),
        help="a file with the character's tag beside each kept picture, for Hydrus or as XMP",
    )
    parser.add_argument("--report", type=Path, help="a .csv or .json of every file and its pile")
    parser.add_argument(
        "--workers", type=parse_positive_integer, help="processes; default: one per core"
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Dask scheduler, such as tcp://scheduler:8786, to use its workers instead",
    )


def run(args: argparse.Namespace) -> int:
    """Sieve, write the zip and the report, print the counts."""
    for file in filter(None, (args.out, args.report)):
        check_writable(file, args.source)
    target = find_target(args.target, [root for root in (args.targets, PRETRAINED) if root])
    with open_source(
        args.source,
        Limits(),
        beside=args.out.absolute().parent,
        open_inner_zips=args.inner_zips,
        on_note=print,
    ) as archive:
        galleries = _sieve(archive, target, args)
        kept = galleries.list_numbers(Pile.KEPT)
        sidecars = None
        if args.sidecars:
            sidecars = make_sidecars(args.sidecars, target.card.title, set(kept))
        write_atomically(args.out, export(archive, kept, sidecars=sidecars).chunks)
    if args.report:
        _write_report(args.report, galleries)
    print(galleries.summarize())
    return 0


def _sieve(archive: Path, target: Target, args: argparse.Namespace) -> Galleries:
    with _open_cluster(args.cluster) as executor, _make_progress_bar() as bar:
        task = bar.add_task("pictures", total=None)
        return sieve_archive(
            archive,
            target,
            Thresholds.without_unsure(args.confidence),
            executor=executor,
            workers=args.workers,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            on_wait=functools.partial(_wait, bar),
        )


@contextlib.contextmanager
def _open_cluster(address: str | None) -> Iterator[Executor | None]:
    """Open the cluster at this address. Without an address, yield None for local processes."""
    if address is None:
        yield None
        return
    with contextlib.closing(open_executor(workers=1, cluster=address)) as executor:
        yield executor


def _wait(bar: Progress, error: TemporaryFailure) -> None:
    """Wait if a cluster that has already scored pictures is away; raise every other error."""
    if not isinstance(error, ClusterUnavailable) or not bar.tasks[0].completed:
        raise error
    bar.console.print(str(error), soft_wrap=True)
    threading.Event().wait(RETRY_SECONDS)


def _make_progress_bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )


def _write_report(file: Path, galleries: Galleries) -> None:
    lines = write_json if file.suffix.lower() == ".json" else write_csv
    write_atomically(file, [line.encode() for line in lines(galleries.rows)])
