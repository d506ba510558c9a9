"""How large an archive may be: one place for every limit."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one archive. An archive over one of the first five is refused as a whole."""

    members: int = 100_000
    unpacked_bytes: int = 40 * 10**9  # of all members together
    ratio: int = 200  # unpacked : packed, over the whole archive
    directory_bytes: int = 64 * 10**6  # of the list of members at the archive's end
    names_bytes: int = 16 * 10**6  # of all names together
    member_bytes: int = 200 * 10**6  # of one member; larger ones are skipped
    pixels: int = 100_000_000  # of one picture; larger ones are skipped
