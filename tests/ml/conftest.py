"""What the tests of trainings share."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def run_eagerly() -> Iterator[None]:
    """Train without a graph of TensorFlow's: for a few steps, to build one takes longest."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
