"""The app's own errors, below `ml.errors.MonaError`; each is one sentence for the user.

MonaError                  422
├── ArchiveError           422   (ml)
├── ArtifactError          500   (ml)
├── ConfigError            500
├── NotFound               404
├── IllegalTransition      409
├── FolderRefused          422
├── PreferenceRefused      422
├── UploadTooLarge         413
├── TemporaryFailure       503   (ml)
│   └── StorageFull        507   (ml)
└── LaneTaken              409
"""

from __future__ import annotations

from ml.errors import ArtifactError, MonaError, StorageFull, TemporaryFailure


class ConfigError(MonaError):
    """A setting of the operator holds what it may not."""


class NotFound(MonaError):
    """No such job, picture or target."""


class IllegalTransition(MonaError):
    """The job's state does not allow that."""


class FolderRefused(MonaError):
    """The storage folder lies outside the root that the operator set, or cannot be written."""


class PreferenceRefused(MonaError):
    """A preference is out of its range."""


class UploadTooLarge(MonaError):
    """More bytes than one upload may have."""


class LaneTaken(MonaError):
    """Another runner already works on this data folder."""


_STATUS: dict[type[MonaError], int] = {
    ArtifactError: 500,
    ConfigError: 500,
    NotFound: 404,
    IllegalTransition: 409,
    UploadTooLarge: 413,
    StorageFull: 507,
    TemporaryFailure: 503,
    LaneTaken: 409,
}


def find_status(error: MonaError) -> int:
    """The HTTP status that fits an error; 422 where nothing closer is known."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 422)
