"""Tell a 7z archive that lists no file, which libarchive 3.6 takes for a damaged one.

Source: DOC/7zFormat.txt of 7-Zip.
"""

import re
import struct
import zlib

from ml.archive.random_access import RandomAccessFile

_START = struct.Struct("<8xLQQL")  # checksum of what follows; the list's offset, size, checksum
_MOST_BYTES = 64  # of a list without a file
# The list is 01 00: it begins and ends. It may be packed, by one coder to these two bytes.
_EMPTY_LIST = re.compile(
    rb"\x01\0|"
    rb"\x17\x06.{1,9}?\x01\x09.\0"  # a packed list: one stream, of less than 128 bytes
    rb"\x07\x0b\x01\0\x01(?:\x01\0|\x21\x21\x01.|\x23\x03\x01\x01\x05.{5})"  # store, LZMA2, LZMA
    rb"\x0c\x02(?:\x0a\x01.{4})?\0{1,2}",  # to two bytes, perhaps with their checksum
    re.DOTALL,
)


def is_empty(archive: RandomAccessFile) -> bool:
    """Tell whether the list of files is whole and names none. Raises OSError."""
    start = archive.read(_START.size, 0)
    if len(start) < _START.size:
        return False
    _, offset, size, checksum = _START.unpack(start)
    if size > _MOST_BYTES or offset + size > archive.size:
        return False
    files = archive.read(size, _START.size + offset)
    return zlib.crc32(files) == checksum and (not size or bool(_EMPTY_LIST.fullmatch(files)))
