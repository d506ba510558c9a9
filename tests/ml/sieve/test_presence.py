"""Many heads on stored embeddings give what each gives alone."""

from __future__ import annotations

import numpy as np

from ml.scoring.head import Head, score_best_region, score_many_heads


def test_many_heads_score_as_each_alone() -> None:
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(9, 5, 8)).astype(np.float16)
    heads = [
        Head(random.normal(size=8).astype(np.float32), 0.5),
        Head(
            random.normal(size=8).astype(np.float32),
            -1.0,
            random.normal(size=(3, 8)).astype(np.float32),
            random.normal(size=3).astype(np.float32),
        ),
        Head(random.normal(size=8).astype(np.float32), 0.0),
    ]
    together = score_many_heads(heads, embeddings)
    for head, scores in zip(heads, together, strict=True):
        np.testing.assert_allclose(scores, score_best_region(head, embeddings), rtol=1e-4)


def test_no_pictures_and_no_heads_give_empty_scores() -> None:
    embeddings = np.zeros((0, 5, 8), np.float16)
    assert score_many_heads([Head(np.zeros(8, np.float32), 0.0)], embeddings).shape == (1, 0)
    assert score_many_heads([], embeddings).shape == (0, 0)
