"""A dataset is embedded as the sieve embeds an archive."""

from pathlib import Path

import numpy as np
import pytest

from ml.archive.limits import Limits
from ml.datasets.reader import Dataset, LabelledPicture
from ml.sieve.shard import Shard, score_shard
from ml.targets.catalog import find_target
from ml.training.embed import embed
from tests.ml.archive.zips import pack, picture


@pytest.mark.slow
@pytest.mark.parametrize("name", ["red_circle", "paper_circle"])
def test_training_and_sieve_embed_alike(red_circle: Path, tmp_path: Path, name: str) -> None:
    backbone = find_target(name, [red_circle]).backbone_folder
    members = {"wide.jpg": picture("JPEG", size=(1500, 300)), "tall.png": picture(size=(90, 400))}
    archive = pack(tmp_path / "a.zip", members)
    pictures = [LabelledPicture(path, "other", is_target=False, artwork=path) for path in members]
    embedded = embed(backbone, Dataset(archive, tuple(pictures)), pictures)
    sieved = [r.embeddings for r in score_shard(Shard(archive, (0, 1), backbone, Limits()))]
    np.testing.assert_array_equal(embedded, np.stack([e for e in sieved if e is not None]))
