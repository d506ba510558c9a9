"""Weights never travel without their card, and what does not fit is refused with a sentence."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml.errors import ArtifactError
from ml.targets.card import Head, find_target, load_target, save_card, save_head, target_names


@pytest.fixture
def root(red_circle: Path, tmp_path: Path) -> Path:
    """A copy of the tests' own target that may be damaged."""
    return Path(shutil.copytree(red_circle, tmp_path / "targets"))


def change(card: Path, **values: object) -> None:
    card.write_text(json.dumps(json.loads(card.read_text()) | values))


def backbone(root: Path) -> Path:
    return root / str(json.loads((root / "red_circle" / "card.json").read_text())["backbone"])


def test_a_target_comes_with_its_head_and_its_backbone(root: Path) -> None:
    target = find_target("red_circle", [root])
    assert target.head.weight.shape == (target.backbone.dim,)
    assert target.backbone_folder == backbone(root)
    assert target_names([root, root]) == ["paper_circle", "red_circle"]


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "another format": (
        lambda root: change(root / "red_circle" / "card.json", format=99),
        "red_circle: format 99, this program reads 1",
    ),
    "another kind": (
        lambda root: change(root / "red_circle" / "card.json", kind="backbone"),
        "a backbone where a target was expected",
    ),
    "a field too many": (
        lambda root: change(root / "red_circle" / "card.json", surprise=1),
        "is not a target's",
    ),
    "a card that is no JSON": (
        lambda root: (root / "red_circle" / "card.json").write_text("{"),
        "card.json cannot be read",
    ),
    "a card that is a list": (
        lambda root: (root / "red_circle" / "card.json").write_text("[]"),
        "format list",
    ),
    "a damaged head": (
        lambda root: (root / "red_circle" / "head.npz").write_bytes(b"PK"),
        "head.npz cannot be read",
    ),
    "a head of another width": (
        lambda root: save_head(root / "red_circle", Head(np.zeros(3, np.float32), 0.0)),
        r"head of shape \(3,\)",
    ),
    "rivals of another width": (
        lambda root: save_head(
            root / "red_circle",
            Head(
                np.zeros(16, np.float32), 0.0, np.zeros((2, 3), np.float32), np.zeros(2, np.float32)
            ),
        ),
        r"rivals \(2, 3\)",
    ),
    "no backbone": (
        lambda root: shutil.rmtree(backbone(root)),
        "is not installed",
    ),
    "another model": (
        lambda root: (backbone(root) / "model.tflite").write_bytes(b"another"),
        "model.tflite is not the one its card was written for",
    ),
    "no model": (
        lambda root: (backbone(root) / "model.tflite").unlink(),
        "there is no model.tflite",
    ),
    "made for another backbone": (
        lambda root: change(root / "red_circle" / "card.json", backbone_sha256="0" * 64),
        "made for another",
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_does_not_fit_is_refused_with_a_sentence(root: Path, what: str) -> None:
    damage, says = DAMAGE[what]
    damage(root)
    with pytest.raises(ArtifactError, match=says):
        load_target(root / "red_circle")


def test_serialised_code_in_a_head_is_never_run(root: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)  # type: ignore[return-value]

    weight = np.array([Trap()], dtype=object)
    np.savez(root / "red_circle" / "head.npz", weight=weight, bias=np.float32(0))
    with pytest.raises(ArtifactError, match=r"head\.npz cannot be read"):
        load_target(root / "red_circle")
    assert not (tmp_path / "sprung").exists()


def test_a_card_and_a_head_are_read_as_they_were_written(root: Path, tmp_path: Path) -> None:
    target = find_target("red_circle", [root])
    rivals = np.arange(2 * target.backbone.dim, dtype=np.float32).reshape(2, -1)
    given = dataclasses.replace(target.head, rivals=rivals, rival_bias=rivals[:, 0])
    save_card(root / "copy", target.card)
    save_head(root / "copy", given)
    copy = load_target(root / "copy")
    assert copy.card == target.card
    assert copy.backbone == target.backbone
    for name, value in vars(given).items():
        assert np.array_equal(getattr(copy.head, name), value)


def test_a_model_that_is_replaced_in_place_is_noticed(root: Path) -> None:
    load_target(root / "red_circle")
    model = backbone(root) / "model.tflite"
    model.write_bytes(model.read_bytes() + b"\0")
    with pytest.raises(ArtifactError, match="not the one"):
        load_target(root / "red_circle")
