"""Find the pictures of an archive that resemble one of them, by their stored embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray


def find_nearest(
    embedding: NDArray[np.float16],
    blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float16]]],
    *,
    without: Collection[int],
    count: int,
) -> list[int]:
    """Return the numbers of the pictures nearest to an embedding, the nearest first.

    Args:
        embedding: float16 (dim,), of a whole picture.
        blocks: numbers (n,) and embeddings (n, regions, dim); of the regions the first counts.
        without: numbers that are left out.
    """
    wanted = embedding.astype(np.float32)
    numbers, cosines = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for block, embeddings in blocks:
        wholes = embeddings[:, 0].astype(np.float32)
        lengths = np.linalg.norm(wholes, axis=1) * np.linalg.norm(wanted)
        numbers.append(block)
        cosines.append(wholes @ wanted / np.maximum(lengths, 1e-6))
    all_numbers, values = np.concatenate(numbers), np.concatenate(cosines)
    values[np.isin(all_numbers, list(without))] = -np.inf
    order = np.argsort(-values, kind="stable")[:count]
    return [int(number) for number in all_numbers[order[np.isfinite(values[order])]]]
