"""What a few pictures say about a large archive."""

import dataclasses
from pathlib import Path

import numpy as np

from ml.archive.limits import Limits
from ml.scoring.calibration import Calibration
from ml.scoring.kind_counts import KindCounts
from ml.sieve.look import Look, take_look
from ml.sieve.shard import Shard
from ml.targets.catalog import find_target
from tests.ml.archive.zips import pack
from tests.webapp.made import drawn


def test_a_look_counts_what_it_sees(red_circle: Path, tmp_path: Path) -> None:
    members = drawn(24)
    members |= {"copy.png": members["circle-000.png"], "bad.png": b"\x89PNG", "empty.png": b""}
    archive = pack(tmp_path / "a.zip", members)
    target = find_target("red_circle", [red_circle])
    shard = Shard(archive, tuple(range(len(members))), target.backbone_folder, Limits())
    assert take_look(shard, target) == Look(
        27, showing=13, unreadable=2, copies=1, kinds=KindCounts(25, 0, 0), is_unlike=False
    )


def test_pictures_of_which_none_can_be_read_show_nothing(red_circle: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": b"no", "b.png": b"picture"})
    target = find_target("red_circle", [red_circle])
    shard = Shard(archive, (0, 1), target.backbone_folder, Limits())
    assert take_look(shard, target) == Look(
        2, showing=0, unreadable=2, copies=0, kinds=KindCounts(0, 0, 0), is_unlike=False
    )


def test_pictures_far_from_the_bank_are_unlike(red_circle: Path, tmp_path: Path) -> None:
    target = find_target("red_circle", [red_circle])
    measured = dataclasses.replace(target.backbone, unlike_from=1e-3)
    bank = np.ones((2, measured.dim), np.float16)
    np.savez(tmp_path / "bank.npz", embeddings=bank)
    far = dataclasses.replace(target, backbone=measured, backbone_folder=tmp_path)
    archive = pack(tmp_path / "a.zip", drawn(20))
    shard = Shard(archive, tuple(range(20)), target.backbone_folder, Limits())
    assert take_look(shard, far).is_unlike
    assert not take_look(dataclasses.replace(shard, numbers=(0, 1)), far).is_unlike  # too few


def test_what_clearly_shows_another_target_is_not_counted(red_circle: Path, tmp_path: Path) -> None:
    target = find_target("red_circle", [red_circle])
    # Every picture looks a little like this one, as a game's characters look like one another.
    vague = dataclasses.replace(target.card, calibration=Calibration(0.0, 0.7))
    lookalike = dataclasses.replace(target, card=vague)
    archive = pack(tmp_path / "a.zip", {n: p for n, p in drawn(40).items() if "circle" in n})
    shard = Shard(archive, tuple(range(20)), target.backbone_folder, Limits())
    alone = take_look(shard, lookalike).showing
    assert alone > 10
    assert take_look(shard, lookalike, [target]).showing < alone / 2
