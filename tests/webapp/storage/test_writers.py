"""A writer is alive as long as its process, whatever clock and process ids say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from webapp.storage.writers import Writer, is_alive, remove_dead

WRITE = """
import sys
from pathlib import Path
from webapp.storage.writers import Writer
print(Writer(Path(sys.argv[1])).token, flush=True)
sys.stdin.read()
"""


def test_a_writer_is_alive_until_its_process_is_killed(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    token = other.stdout.readline().decode().strip()
    assert is_alive(tmp_path, token)
    other.kill()
    other.communicate()
    assert not is_alive(tmp_path, token)


def test_only_the_files_of_ended_writers_are_removed(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    (tmp_path / "ended").touch()
    assert writer.token == writer.token
    remove_dead(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [writer.token]


def test_an_unknown_writer_is_dead(tmp_path: Path) -> None:
    assert not is_alive(tmp_path, "nobody")
