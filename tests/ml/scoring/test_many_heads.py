"""Many heads on stored embeddings give what each gives alone."""

from __future__ import annotations

import numpy as np

from ml.scoring.head import Head, make_class_head, score_best_region
from ml.scoring.many_heads import score_many_heads


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


def test_heads_that_share_their_classes_score_as_each_alone() -> None:
    random = np.random.default_rng(1)
    embeddings = random.normal(size=(30, 5, 8)).astype(np.float16)
    kernel = random.normal(size=(12, 8)).astype(np.float32)
    biases = random.normal(size=12).astype(np.float32)
    heads = [make_class_head(kernel, biases, row) for row in (3, 0, 11)]
    heads.insert(1, Head(random.normal(size=8).astype(np.float32), 0.5))
    together = score_many_heads(heads, embeddings)
    for head, scores in zip(heads, together, strict=True):
        np.testing.assert_allclose(scores, score_best_region(head, embeddings), atol=1e-3)


def test_a_class_that_is_certain_has_a_finite_score() -> None:
    kernel = np.array([[100.0], [0.0]], np.float32)
    heads = [make_class_head(kernel, np.zeros(2, np.float32), row) for row in (0, 1)]
    scores = score_many_heads(heads, np.ones((1, 1, 1), np.float16))
    assert np.isfinite(scores).all()
    assert scores[0, 0] > 20 > -20 > scores[1, 0]
