"""Targets of many characters share the calibration that one alone has too few pictures for."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np

from ml.datasets.reader import NO_CHARACTER, LabelledPicture
from ml.scoring.head import make_class_head, save_classes
from ml.targets.catalog import find_target
from ml.training.characters import (
    Scored,
    find_game,
    list_characters,
    name_folder,
    pool,
    save_characters,
    score_character,
)
from ml.vision.backbone import load_backbone
from tests.red_circle import artifact

NAMES = ("other", "Ganyu", "Klee", "Yae Miko")


def picture(name: str, n: int, *, game: str = "genshin", target: bool = False) -> LabelledPicture:
    path = f"{name}-{n}"
    return LabelledPicture(path, name, is_target=target, artwork=path, source=f"s{n}", game=game)


def make_scored() -> Scored:
    """Return pictures whose embedding lies near the direction of their class."""
    rng = np.random.default_rng(0)
    kernel = np.eye(len(NAMES), 16, dtype=np.float32) * 4
    pictures, embeddings = [], []
    for n in range(12):
        for row, name in enumerate(NAMES):
            pictures.append(picture(name, n, game="" if name == "other" else "genshin"))
            embeddings.append(kernel[row] + rng.normal(0, 0.7, (2, 16)))
    return Scored(
        pictures=pictures,
        embeddings=np.array(embeddings, np.float16),
        kernel=kernel,
        bias=np.zeros(len(NAMES), np.float32),
        folds=np.arange(len(pictures)) % 3,
    )


def test_only_characters_with_enough_artworks_of_the_targets_game_become_targets() -> None:
    pictures = [
        *(picture("Mona", n, target=True) for n in range(3)),
        *(picture("Klee", n) for n in range(6)),
        *(picture("Ganyu", n) for n in range(5)),
        *(picture("Kafka", n, game="star_rail") for n in range(9)),
        *(picture(NO_CHARACTER, n) for n in range(9)),
    ]
    assert find_game(pictures) == "genshin"
    assert list_characters(pictures, "genshin") == ["Klee"]


def test_pictures_that_may_show_a_character_unlabelled_do_not_count_against_it() -> None:
    scored = make_scored()
    group = picture(NO_CHARACTER, 99)
    with_group = dataclasses.replace(
        scored,
        pictures=[*scored.pictures, group],
        embeddings=np.concatenate([scored.embeddings, scored.embeddings[2:3]]),
        folds=np.append(scored.folds, 0),
    )
    held_out = score_character([with_group], "Klee", 2, game="genshin", seen={"Klee-3"})
    assert group.artwork not in held_out.artworks
    assert "Klee-3" not in held_out.artworks  # a network was trained on it
    assert held_out.labels.sum() == 11


def test_all_characters_share_one_calibration_and_say_so(red_circle: Path, tmp_path: Path) -> None:
    scored = make_scored()
    rows = {name: NAMES.index(name) for name in NAMES[1:]}
    seen = {f"Klee-{n}" for n in range(10)}  # two of Klee's pictures are left
    held_out = {
        name: score_character([scored], name, row, game="genshin", seen=seen)
        for name, row in rows.items()
    }
    assert pool(held_out.values()).labels.sum() == 12 + 12 + 2
    backbone = tmp_path / artifact.LITE.backbone
    shutil.copytree(red_circle / artifact.LITE.backbone, backbone)
    save_classes(backbone, scored.kernel, scored.bias)
    written = save_characters(
        tmp_path, held_out, rows, backbone, version=3, split="three folds", seed=1, data={}
    )
    assert written == ["ganyu", "klee", "yae-miko"]

    klee, ganyu = (find_target(name, [tmp_path]) for name in ("klee", "ganyu"))
    assert klee.card.split.startswith("few pictures: 2 of them show Klee")
    assert klee.card.figures["own_pictures"] == 2
    assert ganyu.card.figures["own_pictures"] == 12
    assert ganyu.card.calibration == klee.card.calibration
    assert load_backbone(backbone).model_sha256 == klee.card.backbone_sha256
    exact = make_class_head(scored.kernel, scored.bias, rows["Klee"])
    assert np.allclose(klee.head.weight, exact.weight)
    assert klee.head.rivals.shape == exact.rivals.shape
    assert (tmp_path / "klee" / "head.npz").stat().st_size < 1000


def test_a_folder_is_named_after_its_character() -> None:
    assert name_folder("Kujou Sara (Tengu)") == "kujou-sara-tengu"
