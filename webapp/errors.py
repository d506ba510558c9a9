"""The app's errors, below `ml.errors.MonaError`. Each message is one sentence for the user.

MonaError                  422
├── ArchiveError           422   (ml)
├── ArtifactError          500   (ml)
├── ConfigError            500
├── NotFound               404
│   └── Gone               410
├── IllegalTransition      409
├── ResultChanged          409
├── FolderRefused          422
├── PreferenceRefused      422
├── UploadTooLarge         413
├── OffsetMismatch         409
├── UploadBusy             423
├── TooManyTransfers       429
├── ChecksumMismatch       460
├── TemporaryFailure       503   (ml)
│   ├── IntakeBusy         503
│   ├── ProcessBusy        429
│   └── StorageFull        507   (ml)
├── BackupRefused         422
└── LaneTaken              409
"""

from __future__ import annotations

from ml.errors import ArtifactError, MonaError, StorageFull, TemporaryFailure


class ConfigError(MonaError):
    """A setting of the operator is not valid, or the program cannot start with it."""


class NotFound(MonaError):
    """No such job, picture or target."""


class Gone(NotFound):
    """It was there, and it will not come back."""


class IllegalTransition(MonaError):
    """The job's state does not allow that."""


class ResultChanged(MonaError):
    """A pile is no longer as the page shows it that a download was started from."""


class FolderRefused(MonaError):
    """The storage folder lies outside the root that the operator set, or cannot be written."""


class PreferenceRefused(MonaError):
    """A preference is out of its range."""


class UploadTooLarge(MonaError):
    """An upload has more bytes than allowed."""


class OffsetMismatch(MonaError):
    """A part of an upload does not begin where the file ends."""


class UploadBusy(MonaError):
    """Another request writes to the same upload."""


class TooManyTransfers(MonaError):
    """As many uploads or downloads as allowed are running."""


class IntakeBusy(TemporaryFailure):
    """As many archives as allowed are being unpacked into zips."""


class ProcessBusy(TemporaryFailure):
    """The process that looks at pictures does something else."""


class ChecksumMismatch(MonaError):
    """A part of an upload differs from what its sender has."""


class BackupRefused(MonaError):
    """A backup cannot be written, or a file is not a backup."""


class LaneTaken(MonaError):
    """Another runner already works on this data folder."""


_STATUS: dict[type[MonaError], int] = {
    ArtifactError: 500,
    ConfigError: 500,
    NotFound: 404,
    Gone: 410,
    IllegalTransition: 409,
    ResultChanged: 409,
    UploadTooLarge: 413,
    OffsetMismatch: 409,
    UploadBusy: 423,
    TooManyTransfers: 429,
    ProcessBusy: 429,
    ChecksumMismatch: 460,
    StorageFull: 507,
    TemporaryFailure: 503,
    LaneTaken: 409,
}


def find_status(error: MonaError) -> int:
    """Return the HTTP status of an error; 422 unless its class or a base class has another."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 422)
