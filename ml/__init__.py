"""Turn one archive into another that holds only one character's pictures, and train networks.

    from ml import MonaCNN
    galleries = MonaCNN.load("mona").classify("pictures.zip", confidence=0.95)
    galleries.kept, galleries.unsure, galleries.rejected, galleries.unreadable, galleries.skipped

Importing this package loads no TensorFlow and no LiteRT, because each method imports what it needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.sieve.galleries import Galleries, OnProgress
    from ml.targets.catalog import Target

__all__ = ["MonaCNN", "__version__"]

__version__ = "0.1.0"


class MonaCNN:
    """A classifier for one character: the package's front door."""

    def __init__(self, target: Target) -> None:
        self.target = target

    @classmethod
    def load(cls, name: str = "mona", roots: Iterable[Path] | None = None) -> MonaCNN:
        """Load a target by name, from the shipped ones or from the given folders.

        Raises ArtifactError, which lists the targets there are.
        """
        from ml.targets.catalog import PRETRAINED, find_target

        return cls(find_target(name, (PRETRAINED,) if roots is None else roots))

    def classify(
        self,
        source: str | os.PathLike[str],
        confidence: float = 0.95,
        *,
        workers: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> Galleries:
        """Sort the pictures of a zip, a folder or a single file into piles.

        Args:
            confidence: probability a picture must reach to be kept, 0..1.
            workers: processes; default one per core. They are spawned, so a script that calls
                this guards its entry with `if __name__ == "__main__":`.
            on_progress: called with (done, in all).

        Raises ArchiveError, or ValueError for a confidence outside 0..1.
        """
        from ml.archive.limits import Limits
        from ml.scoring.piles import Thresholds
        from ml.sieve.galleries import open_source, sieve_archive

        thresholds = Thresholds.without_unsure(confidence)
        with open_source(Path(source), Limits()) as archive:
            return sieve_archive(
                archive, self.target, thresholds, workers=workers, on_progress=on_progress
            )
