"""Find the members of a zip that must not be unpacked, so that the others can be.

A zip of a few kilobytes can claim petabytes: its members pack far too well, or share their bytes.
"""

from ml.archive import layout
from ml.archive.directory import Directory
from ml.archive.limits import Limits
from ml.errors import ArchiveTooLarge

_SHARED = "damaged or a trap: it shares its bytes with another file of the archive"


def find_traps(directory: Directory, archive_size: int, limits: Limits) -> dict[int, str]:
    """Return the reasons by number. Without these members the archive keeps to its limits.

    Args:
        archive_size: bytes.

    Raises ArchiveTooLarge if all members together are too large.
    """
    unpacked = packed = 0
    for entry in directory:
        packed += entry.packed_size
        if entry.size <= limits.member_bytes:  # a larger one is never unpacked
            unpacked += entry.size
    if unpacked > limits.unpacked_bytes:
        raise ArchiveTooLarge(
            f"The archive unpacks to {unpacked:,} bytes; "
            f"the limit is {limits.unpacked_bytes:,}. Split it."
        )
    traps: dict[int, str] = {}
    if unpacked > limits.compute_most_unpacked(archive_size):
        traps |= _find_over_ratio(directory, limits)
    if packed > archive_size:
        traps |= _find_overlaps(directory)
    return traps


def _find_over_ratio(directory: Directory, limits: Limits) -> dict[int, str]:
    reason = f"unpacks to more than {limits.ratio} times its size: pictures do not pack like this"
    return {
        entry.number: reason for entry in directory if entry.size > limits.ratio * entry.packed_size
    }


def _find_overlaps(directory: Directory) -> dict[int, str]:
    """Return as few members as possible, so that no two of the others share a byte."""
    ranges = sorted(
        (entry.header_offset + layout.LOCAL.size + entry.packed_size, entry.header_offset, number)
        for number, entry in enumerate(directory)
        if entry.fault is None
    )
    overlaps, last_end = {}, 0
    for end, start, number in ranges:
        if start < last_end:
            overlaps[number] = _SHARED
        else:
            last_end = end
    return overlaps
