"""The only place that turns ids into paths.

<data_dir>/monasieve.sqlite  secret  sieve.lock  retention_clock.json
           uploads/<id>                       resumable uploads, by the rows of the table
                   <writer>.<random>          while a living process writes them
                   <writer>.<id>.intent       what a job's archive becomes, until its row is there
           writers/<writer>                   locked while its process lives
           jobs/<id>/archive.zip              as the user sent it, or
                     archive.folder           the listing of a folder that is read in place
                     embeddings.f16           row n = picture n: regions * dim float16
                     report                   whose verdicts are restored when the job is done
                     selections/<name>.txt    numbers of pictures that were downloaded together
                     thumbnails/<n>.jpg       and <n>.large.jpg where no browser shows it
           targets/<name>/                    trained here, and their backbones
<storage_root>/                               copies of kept pictures
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ml.archive.folder import LISTING_SUFFIX, is_listing
from ml.targets.catalog import PRETRAINED
from webapp.config import Settings
from webapp.errors import FolderRefused, NotFound
from webapp.records import HIGHEST
from webapp.storage.sizes import measure_idle, measure_room, measure_thumbnails
from webapp.storage.writers import Writer, is_alive, remove_dead

_ID = re.compile(r"[A-Za-z0-9_-]{12,32}")
_SELECTION = re.compile(r"[0-9a-f]{16}")
_DELETED = ".deleted"
_INTENT = ".intent"


class Files:
    """Checked paths below the data folder, and operations on its folders.

    Methods that are nouns return a path and change no file.
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
        return self.measure_disk()[0]

    def measure_disk(self) -> tuple[int, int]:
        """Return the free bytes and all bytes of the data folder's disk."""
        usage = shutil.disk_usage(self.root)
        return usage.free, usage.total

    def measure_uploads(self) -> int:
        """Return the bytes that files on their way in take."""
        return sum(map(measure_room, self.uploads.iterdir()))

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

    @property
    def retention_clock(self) -> Path:
        """What the last round of retention saw of the clock."""
        return self.root / "retention_clock.json"

    def new_upload(self) -> Path:
        """A new path for an uploaded file. The caller writes it, `uploads.accept` takes it over.

        If this process ends before, the file is abandoned and will be removed.
        """
        return self.uploads / f"{self._writer.token}.{secrets.token_urlsafe(12)}"

    def intent(self, job_id: str) -> Path:
        """Where this process notes what an archive becomes, until the job's row is committed."""
        return self.uploads / f"{self._writer.token}.{job_id}{_INTENT}"

    def is_intent(self, upload: Path) -> bool:
        """Tell whether a file among the uploads is such a note."""
        return upload.suffix == _INTENT

    def read_intended(self, intent: Path) -> str:
        """Return the id of the job that a note is about."""
        return intent.stem.partition(".")[2]

    def new_listing(self) -> Path:
        """A new path for a folder's listing, which becomes a job's archive."""
        draft = self.new_upload()
        return draft.with_name(draft.name + LISTING_SUFFIX)

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
        """The archive as it was sent, or the listing of a folder that is read in place."""
        archive = self.job(job_id) / "archive.zip"
        listing = archive.with_suffix(LISTING_SUFFIX)
        return listing if listing.exists() else archive

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

    def report(self, job_id: str) -> Path:
        """A report of an earlier review, which waits for the end of the job."""
        return self.job(job_id) / "report"

    def selection(self, job_id: str, name: str) -> Path:
        """The numbers of some pictures. Raises NotFound if the name is not valid."""
        if not _SELECTION.fullmatch(name):
            raise NotFound(f"There is no selection {name!r}.")
        return self.job(job_id) / "selections" / f"{name}.txt"

    def take_over(self, upload: Path, job_id: str) -> None:
        """Make the job's folder and move the upload in as its archive; no byte is copied."""
        self.thumbnails(job_id).mkdir(parents=True)
        archive = self.job(job_id) / "archive.zip"
        upload.rename(archive.with_suffix(LISTING_SUFFIX) if is_listing(upload) else archive)

    def hand_back(self, job_id: str, upload: Path) -> None:
        """Undo `take_over`: the archive is an upload again, and the job's folder is gone."""
        with suppress(FileNotFoundError):
            if not upload.exists():
                self.archive(job_id).rename(upload)
        self.remove_job(job_id)

    def forget_results(self, job_id: str) -> None:
        """Remove thumbnails and embeddings, keep the archive."""
        shutil.rmtree(self.thumbnails(job_id), ignore_errors=True)
        self.embeddings(job_id).unlink(missing_ok=True)
        self.thumbnails(job_id).mkdir()

    def remove_job(self, job_id: str) -> None:
        """Remove a job's folder. Its room on the disk is free at once.

        The folder is renamed first, so that it is no longer found. `remove_leftovers` removes
        what an interruption leaves.
        """
        folder = self.job(job_id)
        with suppress(FileNotFoundError, NotADirectoryError):
            _remove_tree(folder.rename(folder.with_name(folder.name + _DELETED)))

    def measure_job(self, job_id: str) -> int:
        """Return the bytes that a job's folder takes on the disk."""
        files = (self.archive(job_id), self.embeddings(job_id))
        return sum(map(measure_room, files)) + measure_thumbnails(self.thumbnails(job_id))

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
            if _ID.fullmatch(folder.name) and measure_idle(folder) > seconds:
                yield folder.name

    def remove_leftovers(self) -> None:
        """Remove folders that an interrupted removal left."""
        for folder in self.list_leftovers():
            _remove_tree(folder)

    def list_leftovers(self) -> list[Path]:
        """Return the folders that an interrupted removal left."""
        return list(self.jobs.glob(f"*{_DELETED}"))

    def copy_folder(self, relative: str) -> Path:
        """The folder below the storage root that a user named.

        Raises FolderRefused if it lies outside, also through a link.
        """
        root = self.storage_root.resolve()
        shown = relative if len(relative) <= 60 else f"{relative[:60]}…"
        if relative.strip().startswith("~"):
            raise FolderRefused(
                f"{shown!r} starts with ~, which stands for a home folder only in a shell. "
                f"Name a folder below {root}, such as mona/holiday."
            )
        try:
            folder = (root / relative.strip()).resolve()
        except (ValueError, OSError, RuntimeError) as exc:  # NUL; too long; links in a circle
            raise FolderRefused(f"{shown!r} cannot be the name of a folder.") from exc
        if not folder.is_relative_to(root):
            raise FolderRefused(
                f"{shown!r} lies outside {root}: kept pictures are copied below this folder "
                "only. Name a folder in it, or leave the field empty."
            )
        return folder


def _remove_tree(folder: Path) -> None:
    """Remove a renamed job folder.

    The archive is cut to no length first, because a worker or a download that holds it open would
    hold its room on the disk, too. An archive with a second name is another user's file.
    """
    archive = folder / "archive.zip"
    with suppress(OSError):
        status = archive.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            os.truncate(archive, 0)
    shutil.rmtree(folder, ignore_errors=True)


def _check_number(number: int) -> int:
    """Return a picture's number. Raises NotFound if it is out of range."""
    if not 0 <= number < HIGHEST:
        raise NotFound("No archive has a picture of that number.")
    return number
