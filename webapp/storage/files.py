"""The only place that turns ids into paths.

<data_dir>/monasieve.sqlite  secret  sieve.lock
           uploads/<id>                       resumable uploads, by the rows of the table
                   <writer>.<random>          while a living process writes them
           writers/<writer>                   locked while its process lives
           jobs/<id>/archive.zip              as the user sent it
                     embeddings.f16           row n = picture n: regions * dim float16
                     thumbnails/<n>.jpg       and <n>.large.jpg where no browser shows it
           targets/<name>/                    trained here, and their backbones
<storage_root>/                               copies of kept pictures
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ml.targets.catalog import PRETRAINED
from webapp.config import Settings
from webapp.errors import FolderRefused, NotFound
from webapp.records import HIGHEST
from webapp.storage.writers import Writer, is_alive, remove_dead

_ID = re.compile(r"[A-Za-z0-9_-]{12,32}")
_DELETED = ".deleted"


class Files:
    """Checked paths below the data folder, and operations on its folders.

    Methods that are nouns return a path and touch no file.
    """

    def __init__(self, settings: Settings) -> None:
        self.root = settings.data_dir.absolute()
        self.storage_root = settings.storage_root.absolute()
        self._writer = Writer(self.root / "writers")

    def prepare(self) -> None:
        """Make all folders. Only the owner may read the data."""
        self.root.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):  # another user's folder: keep its mode
            self.root.chmod(0o700)  # git may have made it readable for all users
        for folder in (self.uploads, self.jobs, self.targets, self.storage_root):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def free_bytes(self) -> int:
        """Free bytes on the data folder's disk."""
        return shutil.disk_usage(self.root).free

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "monasieve.sqlite"

    @property
    def uploads(self) -> Path:
        """Files on their way in."""
        return self.root / "uploads"

    @property
    def jobs(self) -> Path:
        """One folder a job."""
        return self.root / "jobs"

    @property
    def targets(self) -> Path:
        """Targets that the user installed."""
        return self.root / "targets"

    @property
    def target_roots(self) -> tuple[Path, ...]:
        """The folders that may hold targets, the user's first."""
        return (self.targets, PRETRAINED)

    def lock(self, lane: str) -> Path:
        """The file that the lane's runner locks."""
        return self.root / f"{lane}.lock"

    def new_upload(self) -> Path:
        """A new path for an uploaded file. The caller writes it, `uploads.accept` takes it over.

        If this process ends before, `remove_abandoned_uploads` removes the file.
        """
        return self.uploads / f"{self._writer.token}.{secrets.token_urlsafe(12)}"

    def resumable(self, upload_id: str) -> Path:
        """The file of a resumable upload. Raises NotFound if the id is not valid."""
        if not _ID.fullmatch(upload_id):
            raise NotFound(f"There is no upload {upload_id!r}.")
        return self.uploads / upload_id

    def job(self, job_id: str) -> Path:
        """A job's folder. Raises NotFound if the id is not valid."""
        if not _ID.fullmatch(job_id):
            raise NotFound(f"There is no job {job_id!r}.")
        return self.jobs / job_id

    def archive(self, job_id: str) -> Path:
        """The archive as it was sent."""
        return self.job(job_id) / "archive.zip"

    def embeddings(self, job_id: str) -> Path:
        """All pictures' embeddings, float16, rows by number."""
        return self.job(job_id) / "embeddings.f16"

    def has_embeddings(self, job_id: str) -> bool:
        """Tell whether embeddings of the job are stored."""
        return self.embeddings(job_id).is_file()

    def thumbnails(self, job_id: str) -> Path:
        """The folder of the job's thumbnails."""
        return self.job(job_id) / "thumbnails"

    def thumbnail(self, job_id: str, number: int) -> Path:
        """One picture's thumbnail; it may not be there yet."""
        return self.thumbnails(job_id) / f"{_check_number(number)}.jpg"

    def large(self, job_id: str, number: int) -> Path:
        """A JPEG in full size, made where no browser shows the original's format."""
        return self.thumbnails(job_id) / f"{_check_number(number)}.large.jpg"

    def take_over(self, upload: Path, job_id: str) -> None:
        """Make the job's folder and move the upload in as its archive; no byte is copied."""
        self.thumbnails(job_id).mkdir(parents=True)
        upload.rename(self.archive(job_id))

    def forget_results(self, job_id: str) -> None:
        """Remove thumbnails and embeddings, keep the archive."""
        shutil.rmtree(self.thumbnails(job_id), ignore_errors=True)
        self.embeddings(job_id).unlink(missing_ok=True)
        self.thumbnails(job_id).mkdir()

    def remove_job(self, job_id: str) -> None:
        """Remove a job's folder."""
        self.remove_renamed(self.rename_job(job_id))

    def rename_job(self, job_id: str) -> Path | None:
        """Rename a job's folder, so that it is no longer found. Returns None if it is gone."""
        folder = self.job(job_id)
        doomed = folder.with_name(folder.name + _DELETED)
        try:
            return folder.rename(doomed)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove_renamed(self, doomed: Path | None) -> None:
        """Remove a folder that `rename_job` returned. `remove_leftovers` removes the rest."""
        if doomed is not None:
            shutil.rmtree(doomed, ignore_errors=True)

    def list_abandoned_uploads(self) -> list[Path]:
        """Return uploaded files whose writer has ended, so that no request can own them."""
        folder = self.root / "writers"
        alive: dict[str, bool] = {}
        abandoned = []
        for file in self.uploads.glob("*.*"):
            token = file.name.partition(".")[0]
            if token not in alive:
                alive[token] = is_alive(folder, token)
            if not alive[token] and not file.is_dir():
                abandoned.append(file)
        remove_dead(folder)
        return abandoned

    def list_resumable(self) -> set[str]:
        """Return the ids of resumable uploads that have a file."""
        return {file.name for file in self.uploads.iterdir() if _ID.fullmatch(file.name)}

    def list_job_ids(self, seconds: float) -> Iterator[str]:
        """Yield the ids of job folders without a change for so many seconds."""
        for folder in self.jobs.iterdir():
            if _ID.fullmatch(folder.name) and _measure_idle(folder) > seconds:
                yield folder.name

    def remove_leftovers(self) -> None:
        """Remove folders that an interrupted removal left."""
        for folder in self.jobs.glob(f"*{_DELETED}"):
            shutil.rmtree(folder, ignore_errors=True)

    def copy_folder(self, relative: str) -> Path:
        """The folder below the storage root that a user named.

        Raises FolderRefused if it lies outside, also through a link.
        """
        root = self.storage_root.resolve()
        try:
            folder = (root / relative.strip()).resolve()
        except (ValueError, OSError, RuntimeError) as exc:  # NUL; too long; links in a circle
            raise FolderRefused(f"{relative!r} cannot be the name of a folder.") from exc
        if not folder.is_relative_to(root):
            raise FolderRefused(
                f"{relative!r} lies outside {root}: kept pictures are copied below this folder "
                "only. Name a folder in it, or leave the field empty."
            )
        return folder


def _check_number(number: int) -> int:
    """Return a picture's number. Raises NotFound if it is out of range."""
    if not 0 <= number < HIGHEST:
        raise NotFound("No archive has a picture of that number.")
    return number


def _measure_idle(path: Path) -> float:
    """Return the seconds since the last change; 0 if the path is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
