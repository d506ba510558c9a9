"""A zip that unpacks to itself, all but its checksum, after an idea of Russ Cox.

His article "Zip Files All The Way Down" (https://research.swtch.com/zip, 2010) explains it: deflate
knows two commands, "print these bytes" and "print the last bytes again", which print themselves.
"""

from ml.archive import layout
from tests.ml.archive.raw_zip import RawEntry, end_record

NAME = b"q" * 44 + b".zip"  # of a length at which all commands have COMMAND bytes
COMMAND = 5
REPEATED_LENGTHS = {10: (264, 0, 0), 82: (277, 4, 67), 120: (280, 4, 115)}
REPEATED_DISTANCES = {20: (8, 3, 17), 83: (12, 5, 65), 121: (13, 5, 97)}
"""Deflate's codes: symbol, number of extra bits, the value at which they are 0."""


def make_quine() -> bytes:
    """The zip, of less than a kilobyte. Its only member unpacks to the zip."""
    head, tail = make_head_and_tail(packed=0, size=0)
    packed = len(make_stream(head, tail))
    head, tail = make_head_and_tail(packed, size=len(head) + packed + len(tail))
    return head + make_stream(head, tail) + tail


def make_head_and_tail(packed: int, size: int) -> tuple[bytes, bytes]:
    """What a zip of one member has before its data and behind them."""
    entry = RawEntry(NAME, bytes(packed), layout.DEFLATED, size=size, crc=0)
    head, directory = entry.local_header(), entry.central_header(0)
    return head, directory + end_record(1, len(directory), len(head) + packed)


def make_stream(head: bytes, tail: bytes) -> bytes:
    """The deflated data between `head` and `tail`: they print all three."""
    one, four, none = show(COMMAND), show(4 * COMMAND), show(0)
    show_head, show_tail = show(len(head) + COMMAND), show(COMMAND + len(tail))
    head_again = repeat(len(head) + COMMAND, last=show_head[-1])
    tail_again = repeat(COMMAND + len(tail), last=tail[-1], is_final=True)
    four_again = repeat(4 * COMMAND)
    return b"".join(
        [
            *(show_head, head, show_head, head_again),
            *(one, head_again, one, one, four, head_again, one, one, four, four_again),
            *(four, four_again, four, four_again, four, four_again),
            *(four, four_again, none, none, show_tail, four_again, none, none),
            *(show_tail, tail_again, tail, tail_again),
        ]
    )


def show(count: int) -> bytes:
    """The command that prints the bytes that follow it."""
    return b"\0" + count.to_bytes(2, "little") + (count ^ 0xFFFF).to_bytes(2, "little")


def repeat(count: int, *, last: int | None = None, is_final: bool = False) -> bytes:
    """The command that prints the last `count` bytes again, whose last one is `last`."""
    bits = f"{is_final:d}10"
    if last is None:
        bits += 2 * copy(count // 2, count)
    else:
        bits += copy(count - 1, count)
        bits += f"{0x30 + last:08b}" if last < 144 else f"{0x190 + last - 144:09b}"
    bits += 7 * "0"  # the end of this block
    assert len(bits) == 8 * COMMAND
    return int(bits[::-1], 2).to_bytes(COMMAND, "little")


def copy(length: int, distance: int) -> str:
    """The bits that print `length` bytes of those that are `distance` bytes back."""
    symbol, extra, least = REPEATED_LENGTHS[length]
    bits = f"{symbol - 256:07b}" if symbol < 280 else f"{0xC0 + symbol - 280:08b}"
    if extra:
        bits += f"{length - least:0{extra}b}"[::-1]
    code, extra, least = REPEATED_DISTANCES[distance]
    return bits + f"{code:05b}" + f"{distance - least:0{extra}b}"[::-1]
