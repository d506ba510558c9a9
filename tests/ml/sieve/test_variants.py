"""Groups of variants: both measures must agree, and every member resembles the largest one."""

import numpy as np

from ml.sieve.variants import MAX_BITS, group_variants


def turn(bits: int) -> int:
    """A fingerprint with so many bits set."""
    return (1 << bits) - 1


def embed(*angles: float) -> np.ndarray[tuple[int, int], np.dtype[np.float16]]:
    """Embeddings at these angles, in degrees."""
    radians = np.radians(angles)
    return np.stack([10 * np.cos(radians), 10 * np.sin(radians)], axis=1).astype(np.float16)


def test_a_chain_of_small_changes_is_no_group() -> None:
    step = MAX_BITS - 1
    prints = np.array([turn(0), turn(step), turn(2 * step), turn(3 * step)], np.uint64)
    areas = np.array([400, 300, 200, 100], np.int64)
    groups = group_variants(prints, embed(0, 0, 0, 0), areas)
    assert groups.tolist() == [0, 0, 2, 2]


def test_the_largest_leads_wherever_it_stands() -> None:
    prints = np.full(3, 5, np.uint64)
    areas = np.array([100, 900, 400], np.int64)
    assert group_variants(prints, embed(0, 0, 0), areas).tolist() == [1, 1, 1]


def test_the_same_bits_and_other_embeddings_are_no_group() -> None:
    prints, areas = np.full(2, 5, np.uint64), np.full(2, 100, np.int64)
    assert group_variants(prints, embed(0, 40), areas).tolist() == [0, 1]


def test_the_same_embeddings_and_other_bits_are_no_group() -> None:
    prints = np.array([turn(0), turn(MAX_BITS + 1)], np.uint64)
    assert group_variants(prints, embed(0, 0), np.full(2, 100, np.int64)).tolist() == [0, 1]


def test_embeddings_of_zeros_resemble_nothing() -> None:
    zeros = np.zeros((2, 2), np.float16)
    groups = group_variants(np.full(2, 5, np.uint64), zeros, np.full(2, 100, np.int64))
    assert groups.tolist() == [0, 1]


def test_no_pictures_are_no_groups() -> None:
    none = np.zeros(0, np.int64)
    assert len(group_variants(none.astype(np.uint64), np.zeros((0, 2), np.float16), none)) == 0
