"""Choose the devices of a training, and a batch that fits their memory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from ml.vision.networks import build

if TYPE_CHECKING:
    from ml.training.presets import TrainConfig

_COPIES = 3  # of each layer's output in a step: the output, its gradient, a temporary one


def choose_devices() -> str:
    """Use all GPUs in half precision, each with its part of a batch; without GPUs, the CPU.

    Returns a description of the devices.
    """
    from keras import backend, config, distribution

    gpus = _list_gpus()
    if gpus:
        config.set_dtype_policy("mixed_bfloat16")
    if len(gpus) > 1 and backend.backend() == "jax":
        distribution.set_distribution(distribution.DataParallel(devices=gpus))
    devices = ", ".join(gpus or distribution.list_devices("cpu"))
    return f"{devices} with {backend.backend()}"


def _list_gpus() -> list[str]:
    from keras import distribution

    try:
        return list(distribution.list_devices("gpu"))
    except RuntimeError:  # JAX raises this if there is none
        return []


def measure_free_memory() -> int | None:
    """Return the bytes that a training may use, half of the free memory; None if unknown."""
    from keras import backend

    if _list_gpus():
        if backend.backend() != "jax":
            return None
        import jax

        memory = jax.local_devices()[0].memory_stats()
        return int(memory["bytes_limit"] - memory["bytes_in_use"]) // 2
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return int(kibibytes) * 1024 // 2


def choose_batch(config: TrainConfig, free: int | None) -> int:
    """Return the config's batch, halved until a training step fits `free` bytes; at least 1."""
    if free is None:
        return config.batch
    outputs = [layer.output.shape[1:] for layer in build(config.network).layers]
    picture = _COPIES * 4 * sum(math.prod(shape) for shape in outputs)
    batch = config.batch
    while batch > 1 and batch * picture > free:
        batch //= 2
    return batch
