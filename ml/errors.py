"""What can go wrong, as one tree; every message is a sentence for the person who reads it.

MonaError
├── ArchiveError            what was handed over cannot be sieved at all
│   └── ArchiveTooLarge     one of the limits was hit
├── MemberUnreadable        one member cannot be read: it goes to the unreadable pile
├── MemberSkipped           one member is not looked at: it goes to the skipped pile
├── ArtifactError           a target or backbone folder is not what this code reads
├── DatasetError            training pictures that cannot be trained from
├── TrainingFailed          a training ended before its last epoch
└── TemporaryFailure        it passes: the work waits and is tried again
    ├── StorageFull         the disk has no room left
    └── ClusterUnavailable  the workers of a cluster cannot be reached or do not fit
"""


class MonaError(Exception):
    """The root: whatever this program says on purpose."""


class ArchiveError(MonaError):
    """The archive is refused as a whole."""


class ArchiveTooLarge(ArchiveError):
    """The archive is over a limit."""


class MemberUnreadable(MonaError):
    """A member is damaged or no picture; the others go on."""


class MemberSkipped(MonaError):
    """A member is left out on purpose, with the reason; the others go on."""


class ArtifactError(MonaError):
    """An artifact is missing, damaged, or of another format."""


class DatasetError(MonaError):
    """Labelled pictures from which nothing can be learnt as they are."""


class TrainingFailed(MonaError):
    """The loss became NaN or infinite, the caller asked to stop, or the folder is another's."""


class TemporaryFailure(MonaError):
    """It passes by itself or by what the user does; the work waits and is tried again."""


class StorageFull(TemporaryFailure):
    """The disk has no room left."""


class ClusterUnavailable(TemporaryFailure):
    """The workers of a cluster cannot be reached, or they do not fit."""
