"""Group variants of one picture: copies in other sizes and formats, cut or brightened a little.

A group has a largest picture, and each of its members resembles that one. Resembling another member
is not enough, so a series of pictures that change step by step does not become one group.
"""

import numpy as np
from numpy.typing import NDArray

from ml.sieve.results import Results

MAX_BITS = 12  # of 64 in which the fingerprints of variants may differ
MIN_COSINE = 0.88  # between the embeddings of the whole pictures


def find_variants(results: Results) -> dict[int, int]:
    """Return the number of the group's largest picture by the number of each member of a group.

    Nothing is grouped if the embeddings are gone, because the archive is sieved all the same.
    """
    found = results.read_fingerprints()
    try:
        parts = [
            embeddings[np.isin(numbers, found.numbers), 0]
            for numbers, embeddings in results.read_embeddings()
        ]
    except (OSError, ValueError):
        return {}
    if not parts:
        return {}
    largest = group_variants(found.fingerprints, np.concatenate(parts), found.areas)
    is_in_group = np.bincount(largest, minlength=len(largest))[largest] > 1
    members, leaders = found.numbers[is_in_group], found.numbers[largest[is_in_group]]
    return dict(zip(members.tolist(), leaders.tolist(), strict=True))


def group_variants(
    fingerprints: NDArray[np.uint64],
    embeddings: NDArray[np.float16],
    areas: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return for each picture the position of its group's largest one; its own if it is alone.

    Both measures must agree, because plain pictures share fingerprints, and embeddings alone do not
    tell two drawings of one character apart. Fingerprints are compared each with each.

    Args:
        fingerprints: uint64 (n,), of `ml.vision.fingerprint`.
        embeddings: float16 (n, dim), of the whole pictures.
        areas: int64 (n,), pixels; of two equally large ones the first counts as the larger.
    """
    order = np.argsort(-areas, kind="stable")
    bits, directions = fingerprints[order], _normalize(embeddings[order])
    largest = np.arange(len(order))  # positions in this order
    for leader in range(len(order)):
        if largest[leader] != leader:
            continue
        rest = bits[leader + 1 :]
        near = leader + 1 + np.flatnonzero(np.bitwise_count(rest ^ bits[leader]) <= MAX_BITS)
        near = near[largest[near] == near]
        if len(near):
            cosines = directions[near].astype(np.float32) @ directions[leader].astype(np.float32)
            largest[near[cosines >= MIN_COSINE]] = leader
    groups = np.empty(len(order), np.int64)
    groups[order] = order[largest]
    return groups


def _normalize(embeddings: NDArray[np.float16]) -> NDArray[np.float16]:
    """Return the vectors with length 1; one of zeros stays so, and resembles nothing."""
    lengths = np.linalg.norm(embeddings.astype(np.float32), axis=1, keepdims=True)
    unit: NDArray[np.float16] = (embeddings / np.maximum(lengths, 1e-6)).astype(np.float16)
    return unit
