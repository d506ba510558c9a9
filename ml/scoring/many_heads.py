"""Score many heads at once: those without rivals, and those that share their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.head import score_best_region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.scoring.head import Head

_NEAREST_TO_ONE = -1e-12  # log-probability of a class; above it rounding decides


def score_many_heads(heads: Sequence[Head], embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return each head's score of each picture's best region, float32 (heads, n).

    Heads are grouped by their classes, which are the target and its rivals. Each group takes one
    matrix product, because the heads of one backbone's classes differ only in which is the target.

    Args:
        embeddings: float16 (n, regions, dim).
    """
    scores = np.empty((len(heads), len(embeddings)), np.float32)
    groups: dict[frozenset[bytes], list[int]] = {}
    alone = [i for i, head in enumerate(heads) if not len(head.rivals)]
    for i, head in enumerate(heads):
        if len(head.rivals):
            groups.setdefault(frozenset(_list_keys(head)), []).append(i)
    vectors = embeddings.astype(np.float32)
    if alone:
        weights = np.stack([heads[i].weight for i in alone])
        biases = np.array([heads[i].bias for i in alone], np.float32)
        scores[alone] = (vectors @ weights.T).max(axis=1).T + biases[:, None]
    for members in groups.values():
        if len(members) == 1:
            scores[members[0]] = score_best_region(heads[members[0]], embeddings)
        else:
            scores[members] = _score_group([heads[i] for i in members], vectors)
    return scores


def _score_group(heads: Sequence[Head], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the scores of heads that have the same classes, (heads, n)."""
    first = heads[0]
    rows = {key: row for row, key in enumerate(_list_keys(first))}
    kernel = np.concatenate([first.weight[None], first.rivals])
    logits = (vectors @ kernel.T).astype(np.float64)
    logits += np.concatenate([[first.bias], first.rival_bias])
    most = logits.max(axis=2, keepdims=True)
    logits -= most + np.log(np.exp(logits - most).sum(axis=2, keepdims=True))
    targets = [rows[_list_keys(head)[0]] for head in heads]
    # The best region has the highest log-probability p, and its log-odds are p - log(1 - exp(p)).
    best = np.minimum(logits.max(axis=1).T[targets], _NEAREST_TO_ONE)
    return np.asarray(best - np.log(-np.expm1(best)), np.float64)


def _list_keys(head: Head) -> list[bytes]:
    """Return a key for each class, the target first: the bytes of its weights and its bias."""
    keys = [head.weight.tobytes() + np.float32(head.bias).tobytes()]
    pairs = zip(head.rivals, head.rival_bias, strict=True)
    return keys + [weights.tobytes() + bias.tobytes() for weights, bias in pairs]
