"""Embeddings lie in one file, row n for picture n."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from ml.sieve.embeddings import EmbeddingFile


def test_rows_lie_at_their_numbers_and_are_read_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = {n: rng.normal(size=(3, 4)).astype(np.float16) for n in (5, 0, 2)}
    file = EmbeddingFile(tmp_path / "e.f16", regions=3, dim=4)
    file.write(rows.items())
    file.write([(2, rows[2])])
    assert (tmp_path / "e.f16").stat().st_size == 6 * 3 * 4 * 2
    ((numbers, embeddings),) = file.read([0, 1, 2, 5])
    assert numbers.tolist() == [0, 1, 2, 5]
    assert not embeddings[1].any()  # a row that nobody wrote
    for place, number in ((0, 0), (2, 2), (3, 5)):
        np.testing.assert_array_equal(embeddings[place], rows[number])


def test_a_write_that_comes_up_short_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite = os.pwrite  # the kernel may take less than it is given; /dev/full takes nothing

    def write_three_bytes(handle: int, data: bytes, at: int) -> int:
        return pwrite(handle, data[:3], at)

    monkeypatch.setattr(os, "pwrite", write_three_bytes)
    row = np.arange(8, dtype=np.float16).reshape(2, 4)
    EmbeddingFile(tmp_path / "e.f16", regions=2, dim=4).write([(1, row)])
    np.testing.assert_array_equal(np.fromfile(tmp_path / "e.f16", "<f2")[8:], row.ravel())


def test_a_full_disk_is_noticed() -> None:
    with pytest.raises(OSError, match="No space left") as full:
        EmbeddingFile(Path("/dev/full"), regions=1, dim=4).write(
            [(0, np.zeros((1, 4), np.float16))]
        )
    assert full.value.errno == errno.ENOSPC


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    file = EmbeddingFile(tmp_path / "e.f16", regions=1, dim=4)
    file.write([(3, np.ones((1, 4), np.float16))])
    os.truncate(tmp_path / "e.f16", 25)
    with pytest.raises(ValueError, match="too short for picture 3"):
        list(file.read([3]))
