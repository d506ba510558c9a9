"""The console command `monasieve`: the commands of `ml.cli`, and those of the web app."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ml.cli import build_parser, run_command
from webapp import maintenance
from webapp.installation import choose_env_file
from webapp.serving.serve import serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as `ml.cli` defines it."""
    parser, commands = build_parser("monasieve")

    def add(
        name: str, purpose: str, run: Callable[[argparse.Namespace], int]
    ) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(
            name,
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
        command.set_defaults(run=run)
        return command

    add("serve", "serve the pages on this machine until Ctrl-C", lambda args: serve(args.env_file))
    check = add("check", "verify the data folder", maintenance.run_check)
    check.add_argument(
        "--repair", action="store_true", help="repair what can be, while MonaSieve is stopped"
    )
    backup = add("backup", "copy database and verdicts, also while it runs", maintenance.run_backup)
    backup.add_argument("file", type=Path, help="the new file")
    restore = add("restore", "put a backup back while it is stopped", maintenance.run_restore)
    restore.add_argument("file", type=Path, help="a file that `backup` wrote")
    restore.add_argument(
        "--verdicts",
        action="store_true",
        help="only add its verdicts, the newer ones count; also while it runs",
    )
    return run_command(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
