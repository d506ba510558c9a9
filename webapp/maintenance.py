"""The commands `check`, `backup` and `restore`: verify, copy and put back the data folder."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from webapp.services.check import check_instance
from webapp.services.health import LANE
from webapp.serving.environment import load_environment
from webapp.storage import Stores
from webapp.storage.backup import back_up, check_backup, merge_verdicts, put_aside, put_back
from webapp.storage.lane import hold_lane
from webapp.storage.migrate import require_current, require_known, upgrade


def run_check(args: argparse.Namespace) -> int:
    """Print what is wrong. Returns 1 if anything is left that was not repaired."""
    stores = _open(args.env_file)
    require_current(stores.database)
    if args.repair:
        with hold_lane(stores.files.lock(LANE)):
            findings = list(check_instance(stores, repair=True))
    else:
        findings = list(check_instance(stores, repair=False))
    for finding in findings:
        _say(f"{'repaired: ' if finding.is_repaired else ''}{finding.sentence}")
    left = sum(not finding.is_repaired for finding in findings)
    if not findings:
        _say(f"{stores.files.root} is in order.")
    elif left and not args.repair:
        _say("`monasieve check --repair` repairs what can be, while MonaSieve is stopped.")
    return 1 if left else 0


def run_backup(args: argparse.Namespace) -> int:
    """Copy the database, with all verdicts, to a new file."""
    stores = _open(args.env_file)
    require_current(stores.database)
    back_up(stores.files.database, args.file)
    _say(f"{args.file} has the database and all verdicts. Archives and thumbnails are not in it.")
    return 0


def run_restore(args: argparse.Namespace) -> int:
    """Put a backup back, or add its verdicts only."""
    stores = _open(args.env_file)
    if args.verdicts:
        require_current(stores.database)
        changed = merge_verdicts(args.file, stores.files.database)
        _say(f"{changed:,} verdicts were added or replaced by newer ones.")
        return 0
    with hold_lane(stores.files.lock(LANE)):
        require_known(args.file, check_backup(args.file))
        before = stores.files.root / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite"
        if stores.files.database.exists():
            put_aside(stores.files.database, before)
        put_back(args.file, stores.files.database)
        upgrade(stores.database)
    _say(f"The database is that of {args.file}. The one before it is {before}.")
    _say("Run `monasieve check`: jobs may have come or gone since the backup.")
    return 0


def _open(env_file: Path) -> Stores:
    stores = Stores.open(load_environment(env_file))
    stores.files.prepare()
    return stores


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
