"""Fail if a module is too long. Usage: python tools/lengths.py"""

import subprocess
import sys
from pathlib import Path

LIMITS = {".py": 300, ".js": 150, ".css": 600}  # lines


def check_length(file: Path) -> str | None:
    """Return a sentence if a file is too long, else None."""
    lines = len(file.read_text(encoding="utf-8").splitlines())
    limit = LIMITS[file.suffix]
    return f"{file}: {lines} lines, the limit is {limit}; split it." if lines > limit else None


def main() -> int:
    """Return the exit status: 1 if a file that git knows is too long."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    files = [Path(name) for name in listing.stdout.split("\0") if Path(name).suffix in LIMITS]
    sentences = [sentence for file in files if file.exists() and (sentence := check_length(file))]
    for sentence in sentences:
        print(sentence)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
