"""The console command `monasieve`: the commands of `ml.cli`, and `serve`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.cli import build_parser, run_command
from webapp.installation import choose_env_file
from webapp.serving.serve import serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as `ml.cli` defines it."""
    parser, commands = build_parser("monasieve")
    purpose = "serve the pages on this machine until Ctrl-C"
    command = commands.add_parser(
        "serve",
        help=purpose,
        description=f"{purpose.capitalize()}. Its settings are environment variables.",
    )
    command.add_argument(
        "--env-file",
        metavar="FILE",
        type=Path,
        default=choose_env_file(),
        help="settings as KEY=VALUE lines; the environment comes first (%(default)s)",
    )
    command.set_defaults(run=_run_serve)
    return run_command(parser.parse_args(argv))


def _run_serve(args: argparse.Namespace) -> int:
    return serve(args.env_file)


if __name__ == "__main__":
    sys.exit(main())
