"""Trained folders are published whole or not at all."""

import shutil
from pathlib import Path

import pytest

from ml.training.publish import publish


def write_draft(root: Path, text: str) -> Path:
    for name in ("backbone", "mona"):
        (root / name).mkdir(parents=True)
        for file in ("card.json", "head.npz"):
            (root / name / file).write_text(text)
    return root


def read_all(root: Path) -> dict[str, str]:
    return {f.relative_to(root).as_posix(): f.read_text() for f in root.rglob("*") if f.is_file()}


def test_published_folders_replace_the_old_ones_and_leave_no_draft(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for text in ("old", "new"):
        publish(write_draft(tmp_path / text, text), out, ["backbone", "mona"])
        assert set(read_all(out).values()) == {text}
    assert sorted(p.name for p in out.iterdir()) == ["backbone", "mona"]


def test_a_copy_that_fails_half_way_leaves_the_published_folders_as_they_were(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    publish(write_draft(tmp_path / "old", "old"), out, ["backbone", "mona"])
    draft = write_draft(tmp_path / "new", "new")
    (draft / "mona" / "head.npz").unlink()
    (draft / "mona" / "head.npz").symlink_to(tmp_path / "nowhere")  # copying it fails
    with pytest.raises(shutil.Error):
        publish(draft, out, ["backbone", "mona"])
    assert set(read_all(out).values()) == {"old"}
    assert sorted(p.name for p in out.iterdir()) == ["backbone", "mona"]
