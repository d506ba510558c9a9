"""An executor without processes, so that tests of the engine are quick and can go wrong on cue."""

from collections import deque
from collections.abc import Callable, Hashable

from ml.sieve.executor import Finished
from ml.sieve.shard import PictureResult, Shard, score_shard


class InlineExecutor:
    """Scores a shard when its results are asked for."""

    def __init__(
        self, score: Callable[[Shard], list[PictureResult]] = score_shard, *, workers: int = 1
    ) -> None:
        self.workers = workers
        self.submitted: list[tuple[Hashable, Shard]] = []
        self._score = score
        self._waiting: deque[tuple[Hashable, Shard]] = deque()

    @property
    def free(self) -> int:
        return max(0, 2 * self.workers - len(self._waiting))

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def submit(self, key: Hashable, shard: Shard) -> None:
        self.submitted.append((key, shard))
        self._waiting.append((key, shard))

    def finished(self, timeout: float) -> list[Finished]:
        if not self._waiting:
            return []
        key, shard = self._waiting.popleft()
        try:
            return [Finished(key, self._score(shard))]
        except Exception as error:  # noqa: BLE001 - as the other executors do
            return [Finished(key, [], error)]

    def close(self) -> None:
        self._waiting.clear()
