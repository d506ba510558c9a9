"""One picture that goes wrong in an unforeseen way costs no other."""

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from ml.archive.limits import Limits
from ml.errors import ArchiveError
from ml.scoring.piles import Outcome
from ml.sieve.shard import Shard, score_shard
from ml.targets.catalog import find_target
from ml.vision.backbone import Backbone
from tests.ml.archive.folders import draw_files, listed
from tests.ml.archive.zips import pack, picture


def make_shard(root: Path, archive: Path, count: int) -> Shard:
    backbone = find_target("red_circle", [root]).backbone_folder
    return Shard(archive, tuple(range(count)), backbone, Limits(), thumbnails=True)


def add_comment(png: bytes, size: int) -> bytes:
    """A PNG with a text chunk called comment, which Pillow would copy into a JPEG."""
    body = b"tEXt" + b"comment\0" + b"y" * size
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[:33] + chunk + png[33:]


def test_a_comment_that_no_jpeg_can_hold_does_not_matter(red_circle: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("P", (40, 40)).save(out, "GIF", comment=b"y" * 70_000)
    members = {
        "a.png": add_comment(picture(size=(500, 500)), 70_000),
        "b.gif": out.getvalue(),
        "c.png": picture(),
    }
    results = score_shard(make_shard(red_circle, pack(tmp_path / "a.zip", members), 3))
    assert [result.outcome for result in results] == [Outcome.SCORED] * 3
    assert all(result.thumbnail for result in results)


@pytest.mark.parametrize("error", [MemoryError(), ZeroDivisionError("oh"), IndexError("x")])
def test_an_unforeseen_error_makes_its_picture_unreadable(
    red_circle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    embed = Backbone.embed

    def fail_on_wide(self: Backbone, image: Image.Image, *, closely: bool) -> object:
        if image.width > image.height * 2:
            raise error
        return embed(self, image, closely=closely)

    monkeypatch.setattr(Backbone, "embed", fail_on_wide)
    members = {"wide.png": picture(size=(300, 40)), "good.png": picture()}
    bad, good = score_shard(make_shard(red_circle, pack(tmp_path / "a.zip", members), 2))
    assert bad.outcome is Outcome.UNREADABLE
    assert type(error).__name__ in (bad.reason or "")
    assert good.outcome is Outcome.SCORED


def test_a_lost_folder_ends_the_shard_and_makes_no_picture_unreadable(
    red_circle: Path, tmp_path: Path
) -> None:
    draw_files(tmp_path / "in", "a.png", "b.png")
    shard = make_shard(red_circle, listed(tmp_path / "in"), 2)
    assert [result.outcome for result in score_shard(shard)] == [Outcome.SCORED] * 2
    (tmp_path / "in").rename(tmp_path / "unmounted")
    with pytest.raises(ArchiveError, match="is gone"):
        score_shard(shard)
