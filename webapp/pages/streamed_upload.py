"""Where uploads land: straight in a file of the data folder, a piece at a time."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import IO, Any, cast

from flask import Request
from werkzeug.datastructures import FileStorage

from webapp.errors import StorageFull
from webapp.pages.context import stores
from webapp.services.uploads import Upload


class LandingFile(io.RawIOBase):
    """A file that is open only while it is written: ten thousand pictures are not ten thousand
    open files. Werkzeug writes it front to back and then seeks to its start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._out = path.open("xb")

    def write(self, data: Any) -> int:
        """Append a piece. Raises StorageFull."""
        try:
            return self._out.write(data)
        except OSError as exc:
            if exc.errno != errno.ENOSPC:
                raise
            raise StorageFull("The disk is full: make room on it, then upload again.") from exc

    def seek(self, offset: int, _whence: int = io.SEEK_SET) -> int:
        """The end of the writing."""
        self._out.close()
        return offset

    def close(self) -> None:
        """Close it early, where the request broke off."""
        self._out.close()
        super().close()


class LandingRequest(Request):
    """A request whose uploaded files never pass through memory or the system's temporary folder."""

    @property
    def landed(self) -> list[LandingFile]:
        """The files that this request wrote so far."""
        return cast("list[LandingFile]", self.environ.setdefault("monasieve.landed", []))

    def _get_file_stream(self, *_sizes_and_names: Any, **_named: Any) -> IO[bytes]:
        file = LandingFile(stores().files.new_upload())
        self.landed.append(file)
        return cast("IO[bytes]", file)

    def uploads(self, field: str) -> list[Upload]:
        """The files of a field, without the empty one that a browser sends when none was chosen."""
        return [_upload(file) for file in self.files.getlist(field) if file.filename]

    def sweep(self) -> None:
        """Remove what landed and was not taken over by a job; called at the end, whatever came."""
        for file in self.landed:
            file.close()
            file.path.unlink(missing_ok=True)


def _upload(file: FileStorage) -> Upload:
    landed = cast("LandingFile", file.stream)
    return Upload(name=file.filename or "", file=landed.path)
