"""Uploads are written straight to files of the data folder, piece by piece."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any, cast

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from webapp.pages.context import get_stores
from webapp.services.uploads import Upload


class StreamedUploadFile(io.RawIOBase):
    """A file that is closed after writing, because 10,000 pictures must not be 10,000 open files.

    Werkzeug writes it front to back and then seeks to its start.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._out = path.open("xb", buffering=0)

    def write(self, data: Any) -> int:
        """Append a piece. Raises OSError."""
        left = memoryview(data)
        while left:
            left = left[self._out.write(left) :]
        return len(data)

    def seek(self, offset: int, _whence: int = io.SEEK_SET) -> int:
        """Close the file: Werkzeug seeks once it has written everything."""
        self._out.close()
        return offset

    def close(self) -> None:
        """Close the file if the request ended early."""
        self._out.close()
        super().close()


class FormParser(FormDataParser):
    """Refuses a form that cannot be read. Werkzeug would take it for an empty one."""

    def parse(self, *args: Any, **named: Any) -> Any:
        """Raises BadRequest with a sentence."""
        self.silent = False
        try:
            return super().parse(*args, **named)
        except UnicodeDecodeError as exc:
            raise BadRequest(
                "A file name in this upload is not UTF-8. Rename the file, or let the program that "
                "sends it write names as UTF-8."
            ) from exc
        except ValueError as exc:
            raise BadRequest(f"This form cannot be read: {exc}. Send it again.") from exc


class StreamedUploadRequest(Request):
    """A request that writes uploaded files into the data folder at once.

    A job takes over its file. `delete_unclaimed` deletes the other files at the end.
    """

    form_data_parser_class = FormParser

    @property
    def written_files(self) -> list[StreamedUploadFile]:
        """The files that this request wrote so far."""
        files = self.environ.setdefault("monasieve.written_files", [])
        return cast("list[StreamedUploadFile]", files)

    def _get_file_stream(self, *_sizes_and_names: Any, **_named: Any) -> IO[bytes]:
        file = StreamedUploadFile(get_stores().files.new_upload())
        self.written_files.append(file)
        return cast("IO[bytes]", file)

    def list_uploads(self, field: str) -> list[Upload]:
        """Return the files of a field. A file without a name means that none was chosen."""
        return [_make_upload(file) for file in self.files.getlist(field) if file.filename]

    def delete_unclaimed(self) -> None:
        """Delete the files that no job took over."""
        for file in self.written_files:
            file.close()
            file.path.unlink(missing_ok=True)


def _make_upload(file: FileStorage) -> Upload:
    written = cast("StreamedUploadFile", file.stream)
    return Upload(name=file.filename or "", file=written.path)
