"""How large an archive may be: one place for every limit, and sizes as a person reads them."""

import dataclasses

_LEAST_RATIO_BYTES = 2**24  # unpacked; up to it, a high ratio costs nothing
BYTE_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one archive. An archive over one of the first four is refused as a whole.

    Of a zip over the ratio, the members that pack so well are skipped; another archive is refused.
    """

    members: int = 100_000
    unpacked_bytes: int = 40 * 10**9  # of all members together
    directory_bytes: int = 64 * 10**6  # of the list of members at the archive's end
    names_bytes: int = 16 * 10**6  # of all names together
    ratio: int = 200  # unpacked : packed, of a whole archive that unpacks to over 16 MiB
    member_bytes: int = 200 * 10**6  # of one member; larger ones are skipped
    pixels: int = 100_000_000  # of one picture; larger ones are skipped

    def compute_most_unpacked(self, archive_size: int) -> int:
        """Return how many bytes may come out of an archive of so many bytes."""
        return min(self.unpacked_bytes, max(_LEAST_RATIO_BYTES, self.ratio * archive_size))


def format_bytes(count: float) -> str:
    """1536 -> "1.5 KiB"."""
    power = 0
    while count >= 1024 and power < len(BYTE_UNITS) - 1:
        count /= 1024
        power += 1
    digits = 0 if count >= 10 or count == int(count) else 1
    return f"{count:.{digits}f} {BYTE_UNITS[power]}"
