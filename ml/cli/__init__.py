"""The commands of a shell, one module each: it adds its arguments and runs.

In: a command line. Out: files, sentences on the standard output, an exit code: 0 for done, 1 for
refused with a sentence, 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ml import __version__
from ml.cli import evaluate, sieve, train
from ml.errors import MonaError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser, _ = build_parser("python -m ml")
    return run_command(parser.parse_args(argv))


def build_parser(program: str) -> tuple[argparse.ArgumentParser, Commands]:
    """Return a parser of this package's commands, and the group to which a host adds its own."""
    parser = argparse.ArgumentParser(
        prog=program, description="Find the pictures that show one character."
    )
    parser.add_argument("--version", action="version", version=f"MonaSieve {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module, purpose in (
        ("sieve", sieve, "keep the pictures that show one character"),
        ("train", train, "train a backbone and a target from pictures"),
        ("evaluate", evaluate, "measure a target on labelled pictures"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser, commands


def run_command(args: argparse.Namespace) -> int:
    """Run a parsed command. A MonaError or OSError becomes a sentence and exit code 1."""
    try:
        return int(args.run(args))
    except MonaError as refusal:
        sys.stderr.write(f"{refusal}\n")
    except OSError as error:  # a full disk, a folder that may not be written to
        sys.stderr.write(f"{error.filename or 'A file'}: {error.strerror or error}\n")
    return 1
