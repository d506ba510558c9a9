"""What a training runs on, and how large a batch fits there."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from ml.vision.networks import build

if TYPE_CHECKING:
    from ml.training.presets import TrainConfig

_COPIES = 3  # of each layer's output that a step holds: itself, its gradient, one to work on


def choose_devices() -> str:
    """Take the GPUs where there are any, in half precision, each with its part of a batch.

    Returns what it is, in words.
    """
    from keras import backend, config, distribution

    gpus = _list_gpus()
    if gpus:
        config.set_dtype_policy("mixed_bfloat16")
    if len(gpus) > 1 and backend.backend() == "jax":
        distribution.set_distribution(distribution.DataParallel(devices=gpus))
    found = ", ".join(gpus or distribution.list_devices("cpu"))
    return f"{found} with {backend.backend()}"


def _list_gpus() -> list[str]:
    from keras import distribution

    try:
        return list(distribution.list_devices("gpu"))
    except RuntimeError:  # JAX's way to say that there is none
        return []


def measure_free_memory() -> int | None:
    """Bytes that a training may take: half of what is free where it runs; None: not known."""
    from keras import backend

    if _list_gpus():
        if backend.backend() != "jax":
            return None
        import jax

        found = jax.local_devices()[0].memory_stats()
        return int(found["bytes_limit"] - found["bytes_in_use"]) // 2
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return int(kibibytes) * 1024 // 2


def choose_batch(config: TrainConfig, free: int | None) -> int:
    """The config's batch, halved until a training step fits `free` bytes; at least 1."""
    if free is None:
        return config.batch
    outputs = [layer.output.shape[1:] for layer in build(config.network).layers]
    picture = _COPIES * 4 * sum(math.prod(shape) for shape in outputs)
    batch = config.batch
    while batch > 1 and batch * picture > free:
        batch //= 2
    return batch
