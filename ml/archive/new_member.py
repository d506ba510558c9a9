"""A member on its way from another archive into a new zip."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import IO

from ml.archive.directory import Entry

_CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class NewMember:
    """Its entry, and its bytes, which are read once."""

    entry: Entry
    chunks: Iterable[bytes] = ()  # reading them raises MemberUnreadable if damaged
    is_size_known: bool = True
    local_extra: bytes | None = None  # for packed bytes, which are copied; None: stored


def read_chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a stream in pieces."""
    while chunk := stream.read(_CHUNK):
        yield chunk
