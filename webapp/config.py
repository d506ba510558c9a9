"""The operator's settings, from the environment: one frozen value, each field with its help."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml.archive.limits import Limits
from ml.sieve.cores import count_cores
from ml.sieve.executor import MEMORY_BYTES, SECONDS_PER_PICTURE
from webapp.errors import ConfigError
from webapp.installation import choose_data_dir

GIB = 1024**3
# What a client may take of the web process. docs/service.md describes it.
TRANSFERS = 32
"""Uploads at once, and downloads at once. Each occupies a thread of the web process."""
LARGE_BYTES = 256 * 1024
"""A body or an answer above this size is an upload or a download."""
REQUEST_SECONDS = 30
"""A request must arrive within this time: its head, and its body unless that is an upload."""
MOST_WAITING = 256
"""Connections whose request is still coming; one more, and the oldest of them is closed. Each takes
at most 512 KiB of memory."""
STALL_SECONDS = 20
"""So long, an upload may bring no byte, and a reader take no byte of the answer."""
RATE_SECONDS = 60
LEAST_RATE = 1024
"""Bytes a second that an upload or a download must have in `RATE_SECONDS`."""
LINGER_SECONDS = 10
"""So long, the server waits for a client to hang up after its last answer."""
_LIMITS = Limits()


def setting(variable: str, default: Any, *, help: str) -> Any:
    """Declare a field of `Settings` that an environment variable may set."""
    return dataclasses.field(default=default, metadata={"variable": variable, "help": help})


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings. Sizes are bytes, times seconds."""

    data_dir: Path = setting(  # noqa: RUF009 - `setting` is dataclasses.field
        "MONASIEVE_DATA",
        Path(),
        help="uploads, jobs, targets, database, secret; default: instance in the checkout, "
        "monasieve in ~/.local/share of an installed program",
    )
    storage_root: Path = setting(  # noqa: RUF009
        "MONASIEVE_STORAGE_ROOT",
        Path(),
        help="kept pictures may be copied below this folder; default: storage in the data folder",
    )
    folder_roots: tuple[str, ...] = setting(
        "MONASIEVE_FOLDERS",
        (),
        help="folders on the server, with commas between, whose subfolders may be sieved in place, "
        "without an upload; default: none",
    )
    watch: str = setting(
        "MONASIEVE_WATCH",
        "",
        help="a folder on the server: archives and folders that are put into it are sieved, and "
        "their kept pictures copied to the storage folder; default: none",
    )
    watch_seconds: int = setting(
        "MONASIEVE_WATCH_SECONDS",
        10,
        help="so long an archive or a folder must stay unchanged in the watched folder before it "
        "is sieved",
    )
    trusted_hosts: tuple[str, ...] = setting(
        "TRUSTED_HOSTS",
        ("127.0.0.1", "localhost", "[::1]"),
        help="names that a request may address this app by, with commas between",
    )
    max_upload_bytes: int = setting(
        "MONASIEVE_MAX_UPLOAD_BYTES", 4 * GIB, help="one upload, in bytes"
    )
    max_members: int = setting(
        "MONASIEVE_MAX_MEMBERS", _LIMITS.members, help="members of one archive; more: refused"
    )
    max_unpacked_bytes: int = setting(
        "MONASIEVE_MAX_UNPACKED_BYTES",
        _LIMITS.unpacked_bytes,
        help="unpacked bytes of one archive, in all",
    )
    max_ratio: int = setting(
        "MONASIEVE_MAX_RATIO",
        _LIMITS.ratio,
        help="unpacked to packed bytes; above 16 MiB and this, files that pack so well are skipped",
    )
    max_member_bytes: int = setting(
        "MONASIEVE_MAX_MEMBER_BYTES",
        _LIMITS.member_bytes,
        help="one picture, in bytes; larger: skipped",
    )
    max_pixels: int = setting(
        "MONASIEVE_MAX_PIXELS", _LIMITS.pixels, help="one picture, in pixels; larger: skipped"
    )
    workers: int = setting(
        "MONASIEVE_WORKERS", 0, help="processes that score; default: one for each core"
    )
    worker_seconds: int = setting(
        "MONASIEVE_WORKER_SECONDS",
        SECONDS_PER_PICTURE,
        help="one picture's time; longer: unreadable",
    )
    worker_memory_bytes: int = setting(
        "MONASIEVE_WORKER_MEMORY_BYTES", MEMORY_BYTES, help="one worker's private memory, in bytes"
    )
    look_closely: bool = setting(
        "MONASIEVE_LOOK_CLOSELY",
        True,
        help="yes or no: see pictures at a network's close scale too, if it has one; slower",
    )

    cluster: str = setting(
        "MONASIEVE_CLUSTER",
        "",
        help="a Dask scheduler, such as tcp://scheduler:8786, whose workers score; default: none, "
        "processes of this machine score",
    )

    log: str = setting("MONASIEVE_LOG", "text", help="text or json: how log lines are printed")

    def __post_init__(self) -> None:
        """Set the defaults that depend on the machine or on another setting."""
        if self.data_dir == Path():
            object.__setattr__(self, "data_dir", choose_data_dir())
        if self.storage_root == Path():
            object.__setattr__(self, "storage_root", self.data_dir / "storage")
        if self.workers == 0:
            object.__setattr__(self, "workers", count_cores())
        self._check_watch()

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the environment; an unset or empty variable leaves the default.

        Raises ConfigError naming the variable, what it held and what it may hold.
        """
        env = os.environ if env is None else env
        return cls(
            **{
                field.name: _parse(field.metadata["variable"], text, field.default)
                for field in dataclasses.fields(cls)
                if (text := env.get(field.metadata["variable"], "").strip())
            }
        )

    def _check_watch(self) -> None:
        """Raise ConfigError if what the program writes would be found in the watched folder."""
        if not self.watch:
            return
        watch = Path(self.watch).resolve()
        for own in (self.data_dir.resolve(), self.storage_root.resolve()):
            if own.is_relative_to(watch) or watch.is_relative_to(own):
                raise ConfigError(
                    f"MONASIEVE_WATCH holds {self.watch!r}, but MonaSieve itself writes to {own}. "
                    "Name a folder apart from it, or the same pictures would be sieved again and "
                    "again."
                )

    @property
    def limits(self) -> Limits:
        """The limits of one archive, for `ml.archive`."""
        return Limits(
            members=self.max_members,
            unpacked_bytes=self.max_unpacked_bytes,
            ratio=self.max_ratio,
            member_bytes=self.max_member_bytes,
            pixels=self.max_pixels,
        )


def _parse(variable: str, text: str, default: object) -> Any:
    """Turn a variable's text into the type of its default. Raises ConfigError."""
    if isinstance(default, Path):
        return Path(text)
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        return _parse_yes_or_no(variable, text)
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        number = int(text.replace("_", ""))
    except ValueError:
        number = 0
    if number < 1:
        raise ConfigError(f"{variable} holds {text!r}; it must be a whole number of at least 1.")
    return number


def _parse_yes_or_no(variable: str, text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise ConfigError(f"{variable} holds {text!r}; it must be yes or no.")
    return text.lower() == "yes"


def read_secret_key(data_dir: Path) -> str:
    """Return the content of data_dir/secret, and make the file (mode 0600) if it is missing.

    Two processes that start at once get the same secret, because the second one waits for the lock.
    An empty file, which a full disk or a crash may leave, gets a new secret.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(data_dir / "secret", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (secret := file.read().strip()):
            secret = secrets.token_urlsafe(32)
            os.fchmod(handle, 0o600)
            file.seek(0)
            file.write(secret)
    return secret
