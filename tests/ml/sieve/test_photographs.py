"""Photographs are counted in a look; here they are grainy clouds, and drawings are plain."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.archive.limits import Limits
from ml.errors import ArtifactError
from ml.scoring.head import fit_head
from ml.sieve.look import take_look
from ml.sieve.photographs import FILE, PhotographHead, load_detector, save_head
from ml.sieve.shard import Shard
from ml.targets.catalog import find_target
from ml.vision.backbone import load_backbone
from ml.vision.inner_layers import InnerLayers
from tests.ml.archive.zips import pack

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


@pytest.fixture
def backbone(red_circle: Path, tmp_path: Path) -> Path:
    """A backbone that tells clouds from plain colours."""
    folder = tmp_path / "tiny_lite"
    shutil.copytree(red_circle / "tiny_lite", folder)
    layers = InnerLayers(folder, BLOCKS)
    pictures = [photograph(number) for number in range(20)] + [drawing(n) for n in range(20)]
    measured = np.stack([layers.measure(picture) for picture in pictures])
    head = fit_head(measured[:, np.newaxis], np.arange(40) < 20)
    save_head(folder, load_backbone(folder), PhotographHead(BLOCKS, head.weight, head.bias))
    return folder


def test_a_look_counts_photographs(red_circle: Path, backbone: Path, tmp_path: Path) -> None:
    members = {}
    for number in range(30):
        picture = photograph(100 + number) if number < 12 else drawing(100 + number)
        picture.save(file := io.BytesIO(), "PNG")
        members[f"{number}.png"] = file.getvalue()
    archive = pack(tmp_path / "a.zip", members)
    target = find_target("red_circle", [red_circle])
    shard = Shard(archive, tuple(range(30)), backbone, Limits())
    assert take_look(shard, target).photographs == 12


def test_a_head_of_another_model_tells_nothing(backbone: Path) -> None:
    card = load_backbone(backbone)
    assert load_detector(backbone, card) is not None
    arrays = dict(np.load(backbone / FILE))
    np.savez(backbone / FILE, **{**arrays, "model": arrays["model"][::-1]})
    assert load_detector(backbone, card) is None
    (backbone / FILE).unlink()
    assert load_detector(backbone, card) is None


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
    arrays = dict(np.load(backbone / FILE))
    if name == "model":
        (backbone / FILE).write_bytes(b"no file of arrays")
    else:
        np.savez(backbone / FILE, **{**arrays, name: values})
    with pytest.raises(ArtifactError, match="tiny_lite"):
        load_detector(backbone, load_backbone(backbone))
