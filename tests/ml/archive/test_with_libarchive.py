"""What libarchive cannot read is said in sentences. `test_conversion` has what it reads."""

from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.archive.reader import list_members
from ml.errors import ArchiveError
from tests.ml.archive.other_formats import pack_rar
from tests.ml.archive.test_conversion import make_zip

A_7Z_OF_ZSTANDARD = (  # by py7zr: a.png of three bytes
    "377abcaf271c0004abc6a57961000000000000001400000000000000eab6d75228b52ffd0058190000616263"
    "0100500104060001090c00070b0100012404f711010501050300000c0300080a01c24124350000050119040000"
    "0000110d0061002e0070006e0067000000140a010050333f294780dd01150601002080808100000017060c0109"
    "5500070b010001212101180c510000"
)


def test_a_rar_whose_list_is_encrypted_says_so(tmp_path: Path) -> None:
    file = pack_rar(tmp_path / "a.rar", {}, is_encrypted=True)
    with pytest.raises(ArchiveError, match=r"encrypted, even its list of files\. Pack it again"):
        make_zip(file)


def test_a_7z_packed_by_an_unknown_method_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.7z"
    file.write_bytes(bytes.fromhex(A_7Z_OF_ZSTANDARD))
    out, note = make_zip(file)
    assert note == (
        "1 of its files is not whole; the reason of the first: packed by a method that libarchive "
        "on this server cannot unpack."
    )
    assert [member.path for member in list_members(out, Limits())] == ["a.png"]
