"""Fit heads, and apply them: from a picture's region embeddings to calibrated evidence.

`cross_fit` scores each picture with a head fitted without its artwork. Figures and calibrations
come only from such scores.
"""

import dataclasses
import functools
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ml.disk import write_atomically
from ml.errors import ArtifactError
from ml.scoring.calibration import Calibration
from ml.scoring.newton import apply_across_folds, logistic, minimize

_ROUNDS = 3  # each chooses every picture's best region and fits again
_BLOCK = 2048  # pictures scored at once, so that the rivals' logits stay in the processor's cache


_NO_RIVALS = np.zeros((0, 0), np.float32)
_NO_BIASES = np.zeros(0, np.float32)


@dataclasses.dataclass(frozen=True)
class Head:
    """Linear head on an unnormalised region embedding: a weight row for the target and each rival.

    A head without rivals is one weight vector and a bias.
    """

    weight: NDArray[np.float32]  # (dim,)
    bias: float
    rivals: NDArray[np.float32] = dataclasses.field(default_factory=_NO_RIVALS.copy)  # (k, dim)
    rival_bias: NDArray[np.float32] = dataclasses.field(default_factory=_NO_BIASES.copy)

    @property
    def dim(self) -> int:
        """Width of the embeddings that it scores."""
        return len(self.weight)


def load_head(folder: Path, backbone: Path) -> Head:
    """Read `head.npz`: `weight` (dim,), `bias`, `rivals` (k, dim), `rival_bias` (k,), float32.

    The rivals may be missing. Instead of all this the file may hold `class_row`: a row of the
    backbone's `classes.npz`, which many targets share. Raises ArtifactError with the reason.
    """
    head = read_arrays(folder, "head.npz", _make_head_or_row)
    if isinstance(head, int):
        head = read_arrays(backbone, "classes.npz", functools.partial(_make_class_head, row=head))
    _require_sound(folder, head)
    return head


def _make_head_or_row(arrays: dict[str, Any]) -> Head | int:
    if "class_row" in arrays:
        return int(arrays["class_row"])
    return Head(**{**arrays, "bias": float(arrays["bias"])})


def _make_class_head(arrays: dict[str, NDArray[np.float32]], row: int) -> Head:
    if not 0 <= row < len(arrays["kernel"]):
        raise ValueError(f"there is no class {row}")
    return make_class_head(arrays["kernel"], arrays["bias"], row)


def make_class_head(kernel: NDArray[np.float32], bias: NDArray[np.float32], row: int) -> Head:
    """Return one class against all others.

    Args:
        kernel: (classes, dim), float32.
        bias: (classes,), float32.
    """
    rivals = np.arange(len(bias)) != row
    return Head(kernel[row], float(bias[row]), rivals=kernel[rivals], rival_bias=bias[rivals])


Content = TypeVar("Content")


def read_arrays(
    folder: Path, name: str, make: Callable[[dict[str, NDArray[np.float32]]], Content]
) -> Content:
    """Read an npz as float32 and make something of it. Raises ArtifactError."""
    try:
        content = io.BytesIO((folder / name).read_bytes())
        with np.load(content, allow_pickle=False) as file:
            return make({array: file[array].astype(np.float32) for array in file.files})
    except FileNotFoundError as exc:
        raise ArtifactError(f"{folder.name}: there is no {name} in this folder.") from exc
    except (
        *(OSError, EOFError, KeyError, TypeError, ValueError, AttributeError, IndexError),
        *(NotImplementedError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error),
    ) as exc:
        raise ArtifactError(f"{folder.name}: its {name} cannot be read ({exc}).") from exc


def _require_sound(folder: Path, head: Head) -> None:
    rivals = len(head.rival_bias) if head.rival_bias.ndim == 1 else -1
    if head.weight.ndim != 1 or (rivals and head.rivals.shape != (rivals, head.dim)):
        raise ArtifactError(
            f"{folder.name}: its head has weights of shape {head.weight.shape}, rivals of "
            f"{head.rivals.shape} with biases of {head.rival_bias.shape}."
        )
    if not all(np.isfinite(values).all() for values in vars(head).values()):
        raise ArtifactError(f"{folder.name}: its head.npz holds NaN or infinity.")


def save_head(folder: Path, head: Head | int) -> None:
    """Write `head.npz` into the folder, and make the folder if it is missing.

    Args:
        head: an int is a row of the backbone's `classes.npz`.
    """
    if isinstance(head, int):
        _write_arrays(folder, "head.npz", {"class_row": np.int64(head)})
    else:
        values = {name: np.float32(value) for name, value in vars(head).items()}
        _write_arrays(folder, "head.npz", values)


def save_classes(backbone: Path, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    """Write a backbone's `classes.npz`: kernel (classes, dim) and bias (classes,), float16."""
    arrays = {"kernel": kernel.astype(np.float16), "bias": bias.astype(np.float16)}
    _write_arrays(backbone, "classes.npz", arrays)


def _write_arrays(folder: Path, name: str, arrays: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    write_atomically(folder / name, [out.getvalue()])


def compute_evidence(
    head: Head, calibration: Calibration, embeddings: NDArray[np.float16]
) -> NDArray[np.float32]:
    """Return the log-likelihood ratio (natural log) that the target is in a picture: float32 (n,).

    Args:
        embeddings: float16 (n, regions, dim).
    """
    return calibration.compute_evidence(score_best_region(head, embeddings)).astype(np.float32)


def score_best_region(head: Head, embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return the score of each picture's best region, before calibration: float32 (n,).

    Args:
        embeddings: float16 (n, regions, dim).
    """
    blocks = [
        score_regions(head, embeddings[n : n + _BLOCK]).max(axis=1)
        for n in range(0, len(embeddings), _BLOCK)
    ]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def score_regions(head: Head, embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return each region's score: the target's logit minus the log-sum-exp of the rivals' logits.

    Args:
        embeddings: float16 (n, regions, dim).

    Returns: float32 (n, regions).
    """
    vectors = embeddings.astype(np.float32)
    scores: NDArray[np.float32] = vectors @ head.weight + np.float32(head.bias)
    if len(head.rivals):
        logits = vectors @ head.rivals.T + head.rival_bias
        most = logits.max(axis=2, keepdims=True)
        scores = scores - most[..., 0] - np.log(np.exp(logits - most).sum(axis=2))
    return scores


def fit_head(
    embeddings: NDArray[np.float16], labels: NDArray[np.bool_], *, penalty: float = 0.02
) -> Head:
    """Fit a head to pictures by penalised logistic regression, both classes weighing the same.

    Which region shows the target is not known. So the first fit takes whole pictures; then each
    positive contributes its best region, and each negative also the region that was taken for the
    target (multiple-instance learning, as in Andrews et al., 2002).

    Args:
        embeddings: float16 (n, regions, dim); of pictures that the backbone was not trained on.
        labels: bool (n,), True where the target is; both must occur.
        penalty: of the squared weights, on embeddings scaled to unit variance.
    """
    vectors = embeddings.astype(np.float32)
    mean = vectors[~labels, 0].mean(axis=0)
    scale = vectors[~labels].std(axis=(0, 1)) + 1e-6
    vectors = (vectors - mean) / scale
    rows, truth = vectors[:, 0], labels
    weight = np.zeros(vectors.shape[2] + 1)
    for _ in range(_ROUNDS):
        weight = _fit_logistic(rows, truth, penalty, weight)
        best = (vectors @ weight[:-1].astype(np.float32)).argmax(axis=1)
        regions = np.take_along_axis(vectors, best[:, None, None], axis=1)[:, 0]
        rows = np.concatenate([rows[~truth], regions[~labels], regions[labels]])
        truth = np.arange(len(rows)) >= len(rows) - labels.sum()
    weight = _fit_logistic(rows, truth, penalty, weight)
    unscaled = (weight[:-1] / scale).astype(np.float32)
    return Head(unscaled, float(weight[-1] - unscaled @ mean))


def _fit_logistic(
    rows: NDArray[np.float32], truth: NDArray[np.bool_], penalty: float, start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights and then the bias (dim + 1,), by Newton's method on the balanced loss."""
    design = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1).astype(np.float64)
    balance = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    ridge = np.full(design.shape[1], penalty)
    ridge[-1] = 1e-6  # almost no penalty on the bias; 1e-6 keeps the system solvable
    signs = np.where(truth, -1.0, 1.0)

    def loss(weight: NDArray[np.float64]) -> float:
        misfit = balance @ np.logaddexp(0, signs * (design @ weight))
        return float(misfit + 0.5 * ridge @ weight**2)

    def derive(weight: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        p = logistic(design @ weight)
        gradient = design.T @ (balance * (p - truth)) + ridge * weight
        return gradient, (design * (balance * p * (1 - p))[:, None]).T @ design + np.diag(ridge)

    weight, _ = minimize(loss, derive, start, tolerance=1e-5, steps=25)
    return weight


def cross_fit(
    embeddings: NDArray[np.float16],
    labels: NDArray[np.bool_],
    folds: NDArray[np.int64],
    *,
    penalty: float = 0.02,
) -> NDArray[np.float32]:
    """Score every picture with a head fitted without its fold: float32 (n,), not calibrated.

    Args:
        folds: int64 (n,); pictures of one artwork must share a fold.
    """

    def fit_and_score(
        fitted: NDArray[np.bool_], held_out: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        head = fit_head(embeddings[fitted], labels[fitted], penalty=penalty)
        return score_best_region(head, embeddings[held_out])

    return apply_across_folds(folds, fit_and_score).astype(np.float32)
