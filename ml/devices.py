"""What a training runs on, and how large a batch fits there."""

from __future__ import annotations

import dataclasses
import math
import os
from typing import TYPE_CHECKING

from ml.networks import MonaLiteConfig, build

if TYPE_CHECKING:
    from ml.presets import TrainConfig

_COPIES = 3  # of each layer's output that a step holds: itself, its gradient, one to work on


def choose_devices() -> str:
    """Take the GPUs where there are any, in half precision, each with its part of a batch.

    Returns what it is, in words.
    """
    from keras import backend, config, distribution

    gpus = distribution.list_devices("gpu")
    if gpus:
        config.set_dtype_policy("mixed_bfloat16")
    if len(gpus) > 1:
        distribution.set_distribution(distribution.DataParallel(devices=gpus))
    found = ", ".join(gpus or distribution.list_devices("cpu"))
    return f"{found} with {backend.backend()}"


def free_memory() -> int:
    """Bytes that a training may take: half of what is free, on the GPU where JAX names it."""
    from keras import backend, distribution

    if distribution.list_devices("gpu") and backend.backend() == "jax":
        import jax

        return int(jax.local_devices()[0].memory_stats()["bytes_limit"]) // 2
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") // 2


def largest_batch(config: TrainConfig, free: int) -> int:
    """The config's batch, halved until a step at its largest side fits `free` bytes; at least 1."""
    network = config.network
    if isinstance(network, MonaLiteConfig):
        side = max(config.side_of(plan) for plan in config.plans)
        network = dataclasses.replace(network, side=side)
    outputs = [layer.output.shape[1:] for layer in build(network).layers]
    picture = _COPIES * 4 * sum(math.prod(shape) for shape in outputs)
    batch = config.batch
    while batch > 1 and batch * picture > free:
        batch //= 2
    return batch
