"""Weights never travel without their card, and what does not fit is refused with a sentence."""

import dataclasses
import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml.errors import ArtifactError
from ml.scoring.head import Head, save_classes, save_head
from ml.targets import catalog
from ml.targets.catalog import (
    find_target,
    list_names,
    list_other_shipped,
    list_targets,
    load_target,
)
from ml.vision.card import write_card


@pytest.fixture
def root(red_circle: Path, tmp_path: Path) -> Path:
    """A copy of the tests' own target that may be damaged."""
    return Path(shutil.copytree(red_circle, tmp_path / "targets"))


def change(card: Path, **values: object) -> None:
    card.write_text(json.dumps(json.loads(card.read_text()) | values))


def name_missing_class(root: Path) -> None:
    save_classes(backbone(root), np.zeros((2, 16), np.float32), np.zeros(2, np.float32))
    save_head(root / "red_circle", 3)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def backbone(root: Path) -> Path:
    return root / str(json.loads((root / "red_circle" / "card.json").read_text())["backbone"])


def test_a_target_comes_with_its_head_and_its_backbone(root: Path) -> None:
    target = find_target("red_circle", [root])
    assert target.head.weight.shape == (target.backbone.dim,)
    assert target.backbone_folder == backbone(root)
    assert list_names([root, root]) == ["paper_circle", "red_circle"]


def test_only_shipped_targets_of_one_backbone_stand_beside_each_other(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(root / "red_circle", root / "second")
    monkeypatch.setattr(catalog, "PRETRAINED", root)
    target = find_target("red_circle", [root])
    assert [other.folder for other in list_other_shipped(target)] == [root / "second"]
    own = shutil.copytree(root / "red_circle", tmp_path / "own" / "red_circle")
    assert list_other_shipped(load_target(own, [root])) == []


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "another format": (
        lambda root: change(root / "red_circle" / "card.json", format=99),
        "red_circle: format 99, this program reads 2",
    ),
    "another kind": (
        lambda root: change(root / "red_circle" / "card.json", kind="backbone"),
        "a 'backbone' where a target was expected",
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
        "format 'list'",
    ),
    "a damaged head": (
        lambda root: (root / "red_circle" / "head.npz").write_bytes(b"PK"),
        "head.npz cannot be read",
    ),
    "a head that is cut off": (
        lambda root: truncate(root / "red_circle" / "head.npz"),
        "head.npz cannot be read",
    ),
    "an empty head": (
        lambda root: (root / "red_circle" / "head.npz").write_bytes(b""),
        "head.npz cannot be read",
    ),
    "a folder for a head": (
        lambda root: replace_by_folder(root / "red_circle" / "head.npz"),
        "head.npz cannot be read",
    ),
    "a head with NaN": (
        lambda root: save_head(root / "red_circle", Head(np.full(16, np.nan, np.float32), 0.0)),
        "NaN or infinity",
    ),
    "a number for a shape": (
        lambda root: change(backbone(root) / "card.json", map_shape=5),
        "map_shape is 5",
    ),
    "a word for a number": (
        lambda root: change(root / "red_circle" / "card.json", prevalence="much"),
        "prevalence is 'much'",
    ),
    "NaN in a card": (
        lambda root: change(root / "red_circle" / "card.json", prevalence=math.nan),
        "NaN is not a number",
    ),
    "a prevalence above 1": (
        lambda root: change(root / "red_circle" / "card.json", prevalence=2.0),
        "prevalence is 2.0",
    ),
    "a threshold above 1": (
        lambda root: change(root / "red_circle" / "card.json", thresholds={"high": 95}),
        "thresholds are",
    ),
    "half a calibration": (
        lambda root: change(root / "red_circle" / "card.json", calibration={"slope": 1.0}),
        "intercept",
    ),
    "a path for a backbone": (
        lambda root: change(root / "red_circle" / "card.json", backbone="../elsewhere"),
        "not the name of a folder",
    ),
    "a card nested too deeply": (
        lambda root: (root / "red_circle" / "card.json").write_text("[" * 100_000),
        "nested too deeply",
    ),
    "a row of classes that are not there": (
        lambda root: save_head(root / "red_circle", 3),
        "there is no classes.npz",
    ),
    "a row that the classes do not have": (
        lambda root: name_missing_class(root),
        "there is no class 3",
    ),
    "a head of another width": (
        lambda root: save_head(root / "red_circle", Head(np.zeros(3, np.float32), 0.0)),
        "its head has 3 weights, the backbone gives 16",
    ),
    "rivals of another width": (
        lambda root: save_head(
            root / "red_circle",
            Head(
                np.zeros(16, np.float32), 0.0, np.zeros((2, 3), np.float32), np.zeros(2, np.float32)
            ),
        ),
        r"rivals of \(2, 3\)",
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
        "model.tflite cannot be read",
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
    targets, faults = list_targets([root])
    assert "red_circle" not in [target.card.name for target in targets]
    (reason,) = [fault.reason for fault in faults if fault.name == "red_circle"]
    assert re.search(says, reason)


def test_a_file_and_an_empty_folder_are_listed_with_the_reason(root: Path) -> None:
    (root / "notes.txt").write_text("hello")
    (root / "empty").mkdir()
    _, faults = list_targets([root])
    reasons = {fault.name: fault.reason for fault in faults}
    assert "there is no card.json" in reasons["empty"]
    assert "a file where a target's folder belongs" in reasons["notes.txt"]


def test_a_card_of_format_1_is_read_under_the_new_names(root: Path) -> None:
    new = load_target(root / "red_circle")
    file = root / "red_circle" / "card.json"
    card = json.loads(file.read_text())
    calibration = card.pop("calibration")
    old = {
        "format": 1,
        "share": card.pop("prevalence"),
        "lapse": calibration["lapse_rate"],
        **{name: calibration[name] for name in ("slope", "intercept")},
        "figures": {"of_the_target": 18},
    }
    file.write_text(json.dumps(card | old))
    change(backbone(root) / "card.json", format=1)
    backbone_card = json.loads((backbone(root) / "card.json").read_text())
    backbone_card["places"] = backbone_card.pop("map_shape")
    (backbone(root) / "card.json").write_text(json.dumps(backbone_card))
    read = load_target(root / "red_circle")
    assert read.card == dataclasses.replace(new.card, figures={"positives": 18})
    assert read.backbone == new.backbone


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
    write_card(root / "copy", target.card)
    save_head(root / "copy", given)
    copy = load_target(root / "copy")
    assert copy.card == dataclasses.replace(target.card, name="copy")
    assert copy.backbone == target.backbone
    for name, value in vars(given).items():
        assert np.array_equal(getattr(copy.head, name), value)


def test_a_model_that_is_replaced_in_place_is_noticed(root: Path) -> None:
    load_target(root / "red_circle")
    model = backbone(root) / "model.tflite"
    model.write_bytes(model.read_bytes() + b"\0")
    with pytest.raises(ArtifactError, match="not the one"):
        load_target(root / "red_circle")
