"""Records of uploads that continue after a broken line."""

from __future__ import annotations

import dataclasses
from datetime import datetime


@dataclasses.dataclass(frozen=True, slots=True)
class ResumableUpload:
    """A file on its way in. If its line breaks, the client goes on where the file ends."""

    id: str
    """URL-safe and random. The job that the upload becomes takes it over."""
    user_id: int
    name: str
    """The name that the sender gave it; never join it to a path."""
    length: int
    """The whole file, in bytes."""
    metadata: str
    """The header `Upload-Metadata`, as the client sent it."""
    created: datetime
