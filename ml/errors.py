"""All errors that this program raises on purpose, as one tree. Each message is a sentence.

MonaError
├── ArchiveError            the whole input is refused
│   └── ArchiveTooLarge     the input is over a limit
├── MemberUnreadable        one member cannot be read: it goes to the unreadable pile
├── MemberSkipped           one member is not scored: it goes to the skipped pile
├── ArtifactError           a target or backbone folder is not what this code reads
├── DatasetError            training pictures that cannot be trained from
├── TrainingFailed          a training ended before its last epoch
└── TemporaryFailure        the work waits and is tried again
    ├── StorageFull         the disk has no room left
    ├── WorkersSilent       no worker process answers; new ones were started
    └── ClusterUnavailable  the workers of a cluster cannot be reached or do not fit
"""


class MonaError(Exception):
    """The root of the tree."""


class ArchiveError(MonaError):
    """The archive is refused as a whole."""


class ArchiveTooLarge(ArchiveError):
    """The archive is over a limit."""


class MemberUnreadable(MonaError):
    """A member is damaged or not a picture. Scoring goes on with the next one."""


class MemberSkipped(MonaError):
    """A member is skipped on purpose. The message is the reason."""


class ArtifactError(MonaError):
    """An artifact is missing, damaged, or of another format."""


class DatasetError(MonaError):
    """Labelled pictures cannot be trained on as they are."""


class TrainingFailed(MonaError):
    """The loss became NaN or infinite, the caller stopped it, or the folder holds another one."""


class TemporaryFailure(MonaError):
    """The cause passes by itself or the user can remove it, so the work is tried again later."""


class StorageFull(TemporaryFailure):
    """The disk has no room left."""


class WorkersSilent(TemporaryFailure):
    """No worker process answers; new ones were started."""


class ClusterUnavailable(TemporaryFailure):
    """The workers of a cluster cannot be reached, or they do not fit."""
