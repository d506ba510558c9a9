"""Photographs and pages are counted in a look.

Here photographs are grainy clouds, pages have lines, and drawings are plain.
"""

import dataclasses
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ml.archive.limits import Limits
from ml.errors import ArtifactError
from ml.scoring.head import fit_head
from ml.scoring.kind_counts import KindCounts
from ml.scoring.piles import Thresholds
from ml.sieve.galleries import sieve_archive
from ml.sieve.kinds import Kind, KindHead, load_detector, save_head
from ml.sieve.look import LARGE, LOOK_PICTURES, take_look
from ml.sieve.shard import Shard
from ml.targets.catalog import find_target
from ml.vision.backbone import load_backbone
from ml.vision.card import BackboneCard
from ml.vision.inner_layers import InnerLayers
from tests.ml.archive.zips import pack
from tests.ml.sieve.inline import InlineExecutor

BLOCKS = (0, 2)


def photograph(number: int) -> Image.Image:
    """A grainy cloud."""
    rng = np.random.default_rng(number)
    cloud = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    pixels = np.asarray(cloud.resize((160, 120), Image.Resampling.BICUBIC)).astype(np.float64)
    return Image.fromarray(
        np.clip(pixels + rng.normal(0, 60, pixels.shape), 0, 255).astype(np.uint8)
    )


def drawing(number: int) -> Image.Image:
    """A sheet of one pale colour."""
    red, green, blue = np.random.default_rng(number).integers(150, 256, 3).tolist()
    return Image.new("RGB", (160, 120), (red, green, blue))


def page(number: int) -> Image.Image:
    """Black lines on white, of uneven length."""
    picture = Image.new("RGB", (160, 120), "white")
    draw = ImageDraw.Draw(picture)
    for row, length in enumerate(np.random.default_rng(number).integers(80, 150, 14).tolist()):
        draw.rectangle((5, 5 + 8 * row, 5 + length, 8 + 8 * row), fill="black")
    return picture


DRAW = {Kind.PHOTOGRAPH: photograph, Kind.PAGE: page}


@pytest.fixture
def backbone(red_circle: Path, tmp_path: Path) -> Path:
    """A backbone that tells clouds, lines and plain colours."""
    folder = tmp_path / "tiny_lite"
    shutil.copytree(red_circle / "tiny_lite", folder)
    layers = InnerLayers(folder, BLOCKS)
    pictures = [draw(number) for draw in (photograph, page, drawing) for number in range(20)]
    measured = np.stack([layers.measure(picture) for picture in pictures])
    for kind, first in ((Kind.PHOTOGRAPH, 0), (Kind.PAGE, 20)):
        rows = np.arange(60)
        head = fit_head(measured[:, np.newaxis], (rows >= first) & (rows < first + 20))
        save_head(folder, load_backbone(folder), kind, KindHead(BLOCKS, head.weight, head.bias))
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """12 photographs, 5 pages and 13 drawings."""
    members = {}
    for number in range(30):
        draw = photograph if number < 12 else page if number < 17 else drawing
        draw(100 + number).save(file := io.BytesIO(), "PNG")
        members[f"{number}.png"] = file.getvalue()
    return pack(tmp_path / "a.zip", members)


def test_a_look_counts_photographs_and_pages(
    red_circle: Path, backbone: Path, archive: Path
) -> None:
    target = find_target("red_circle", [red_circle])
    shard = Shard(archive, tuple(range(30)), backbone, Limits())
    assert take_look(shard, target).kinds == KindCounts(30, photographs=12, pages=5)


def test_a_result_warns_of_photographs(red_circle: Path, backbone: Path, archive: Path) -> None:
    target = find_target("red_circle", [red_circle])
    target = dataclasses.replace(target, backbone_folder=backbone)
    thresholds = Thresholds.without_unsure(0.5)
    found = sieve_archive(archive, target, thresholds, executor=InlineExecutor())
    sentence = "12 or more of 30 pictures from all over the archive look like photographs."
    assert sentence in found.summarize()
    assert "pages" not in found.summarize()
    assert all(sentence in (row.caution or "") for row in found.rows)


def test_a_damaged_head_costs_no_picture(red_circle: Path, backbone: Path, archive: Path) -> None:
    target = find_target("red_circle", [red_circle])
    target = dataclasses.replace(target, backbone_folder=backbone)
    (backbone / Kind.PAGE.file).write_bytes(b"no file of arrays")
    thresholds = Thresholds.without_unsure(0.5)
    found = sieve_archive(archive, target, thresholds, executor=InlineExecutor())
    assert found.caution is None
    assert len(found.kept) + len(found.rejected) == 30


def test_a_large_archive_is_told_by_its_first_look(
    red_circle: Path, backbone: Path, tmp_path: Path
) -> None:
    page(1).save(file := io.BytesIO(), "PNG")
    members = {f"{number}.png": file.getvalue() for number in range(LARGE)}
    target = find_target("red_circle", [red_circle])
    target = dataclasses.replace(target, backbone_folder=backbone)
    executor = InlineExecutor()
    found = sieve_archive(
        pack(tmp_path / "a.zip", members), target, Thresholds(0.5, 0.5), executor=executor
    )
    assert "About 50 of 50 pictures from all over the archive" in (found.caution or "")
    looked_at = [len(shard.numbers) for _, shard in executor.submitted if shard.kinds]
    assert sum(looked_at) == LOOK_PICTURES


@pytest.mark.parametrize("kind", Kind)
def test_a_head_of_another_model_tells_nothing(backbone: Path, kind: Kind) -> None:
    (other,) = set(Kind) - {kind}
    card = load_backbone(backbone)
    assert finds(backbone, card, kind)
    assert finds(backbone, card, other)
    arrays = dict(np.load(backbone / kind.file))
    np.savez(backbone / kind.file, **{**arrays, "model": arrays["model"][::-1]})
    assert not finds(backbone, card, kind)
    assert finds(backbone, card, other)
    (backbone / kind.file).unlink()
    assert not finds(backbone, card, kind)
    assert finds(backbone, card, other)


def finds(backbone: Path, card: BackboneCard, kind: Kind) -> bool:
    """Tell whether pictures of a kind are found, and taken for nothing else."""
    detector = load_detector(backbone, card)
    found = [detector.find_kinds(DRAW[kind](number)) for number in range(200, 210)]
    assert found in ([[kind]] * 10, [[]] * 10)
    return found[0] == [kind]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("weight", np.full(48, np.nan)),
        ("weight", np.ones(47)),
        ("weight", np.ones((2, 2))),
        ("bias", np.ones(2)),
        ("blocks", np.array([99])),
        ("blocks", np.array([])),
        ("model", np.array([np.nan])),
    ],
)
def test_a_damaged_head_is_refused(backbone: Path, name: str, values: np.ndarray) -> None:
    file = backbone / Kind.PAGE.file
    arrays = dict(np.load(file))
    if name == "model":
        file.write_bytes(b"no file of arrays")
    else:
        np.savez(file, **{**arrays, name: values})
    with pytest.raises(ArtifactError, match="tiny_lite"):
        load_detector(backbone, load_backbone(backbone))
