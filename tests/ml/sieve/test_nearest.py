"""The most similar pictures come first, whatever the length of their embeddings."""

import numpy as np

from ml.sieve.nearest import find_nearest

WHOLES = np.array([[1, 0], [10, 1], [0, 3], [2, 2], [-5, 0]], np.float16)
BLOCKS = [
    (np.array([3, 5], np.int64), WHOLES[:2, None]),
    (np.array([6, 8, 9], np.int64), WHOLES[2:, None]),
]


def test_the_nearest_come_first_across_blocks() -> None:
    assert find_nearest(WHOLES[0], BLOCKS, without=[3], count=3) == [5, 8, 6]


def test_fewer_pictures_than_wanted_are_all_that_there_are() -> None:
    assert find_nearest(WHOLES[0], BLOCKS, without=[3, 5, 6], count=6) == [8, 9]


def test_an_empty_archive_has_none() -> None:
    assert find_nearest(WHOLES[0], [], without=[], count=6) == []
