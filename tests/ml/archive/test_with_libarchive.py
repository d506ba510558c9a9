"""What libarchive cannot read is said in sentences. `test_conversion` has what it reads."""

from pathlib import Path

import pytest

from ml.archive.decompressors import FOREIGN_METHODS
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive, list_members
from ml.archive.with_libarchive import _find_foreign_method, iter_with_libarchive
from ml.errors import ArchiveError, MemberSkipped
from tests.ml.archive.other_formats import pack_rar
from tests.ml.archive.test_conversion import make_zip

A_7Z_OF_ZSTANDARD = (  # by py7zr: a.png of three bytes
    "377abcaf271c0004abc6a57961000000000000001400000000000000eab6d75228b52ffd0058190000616263"
    "0100500104060001090c00070b0100012404f711010501050300000c0300080a01c24124350000050119040000"
    "0000110d0061002e0070006e0067000000140a010050333f294780dd01150601002080808100000017060c0109"
    "5500070b010001212101180c510000"
)
STORED_THEN_ZSTANDARD = (  # a.png of xyz; then b.png and c.png
    "377abcaf271c000476eced3785000000000000001500000000000000775a1b2678797a28b52ffd0058310000"
    "616263616264e0008c006b5d0000813307ae3198416043ee9888df08cf5b723f36f68f5d08214e7b4b83cf89"
    "fd3fa2ff1753a0c032b28c8c79e21f23efadf8c06d5e7fc3ff280b8ad4469c6b38600da0404ec87e40619fd8"
    "1ae41d0b34049aaa0961b9d70e292f66eb7f47073ab7857c41c46fad095500000017061201097300070b0100"
    "01212101180c808d0000"
)
TWO_OF_BROTLI = (  # a.png and b.png
    "377abcaf271c000435bc4d816b000000000000001400000000000000eecdf3cb8b0280616263616264e00068"
    "005a5d0000813307ae0fe0ec726362d37a4023247d6b20ed8cb16e212d0bd205ea2ec20f54930a5f470b0ca3"
    "9e410a92f719ab2f5b332c040b482d1ae7377be0a0e289080b05b19f7a1ba0310f813c5ecc14525ca1dc936b"
    "acf89a0000000017060901096200070b010001212101180c690000"
)


def test_a_compressed_rar_is_unpacked(tmp_path: Path) -> None:
    wanted = [bytes(range(256)) * 100, b"b"]
    file = pack_rar(
        tmp_path / "a.rar", {"a.png": wanted[0], "b.png": wanted[1]}, is_compressed=True
    )
    members = iter_with_libarchive(file, "a RAR archive")
    assert [b"".join(member.chunks) for member in members] == wanted


def test_a_rar_whose_list_is_encrypted_says_so(tmp_path: Path) -> None:
    file = pack_rar(tmp_path / "a.rar", {}, is_encrypted=True)
    with pytest.raises(ArchiveError, match=r"encrypted, even its list of files\. Pack it again"):
        make_zip(file)


def test_a_7z_packed_by_an_unknown_method_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.7z"
    file.write_bytes(bytes.fromhex(A_7Z_OF_ZSTANDARD))
    out, note = make_zip(file)
    assert note is None, "the rows tell the reason"
    reason = "files packed by Zstandard, which MonaSieve cannot unpack: pack the pictures again, "
    reason += "as a zip"
    with OpenArchive(out, Limits()) as archive, pytest.raises(MemberSkipped) as skipped:
        archive.read(0)
    assert str(skipped.value) == f"in an archive with {reason}"
    with pytest.raises(ArchiveError, match=f"^This archive has {reason}[.]$"):
        list_members(out, Limits())


def test_files_before_the_unknown_method_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.7z"
    file.write_bytes(bytes.fromhex(STORED_THEN_ZSTANDARD))
    out, note = make_zip(file)
    listed = [(member.path, member.skip) for member in list_members(out, Limits())]
    assert listed[0] == ("a.png", None)
    assert listed[1][0] == "b.png"
    assert "packed by Zstandard, which MonaSieve cannot unpack" in (listed[1][1] or "")
    assert len(listed) == 3 or (note or "").startswith("This archive has files packed by Zstandard")
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(0) == b"xyz"


def test_all_files_behind_the_unknown_method_have_its_name(tmp_path: Path) -> None:
    """libarchive names it once, and says "internal error" of the others."""
    file = tmp_path / "a.7z"
    file.write_bytes(bytes.fromhex(TWO_OF_BROTLI))
    out, note = make_zip(file)
    assert note is None
    with OpenArchive(out, Limits()) as archive:
        for number in (0, 1):
            with pytest.raises(MemberSkipped, match="packed by Brotli, which MonaSieve"):
                archive.read(number)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Unknown codec ID: 4f71104", "LZ4"),
        ("Unexpected codec ID: 40109", "Deflate64"),
        ("Unknown codec ID: 7f01", "an unknown method"),
        ("Unsupported compression method for RAR file.", "an unknown method"),
        ("RAR solid archive support unavailable.", "RAR 4's solid method"),
        ("Decompression internal error", None),
        (None, None),
    ],
)
def test_what_libarchive_says_tells_a_method_from_damage(
    message: str | None, name: str | None
) -> None:
    method = _find_foreign_method(message, [])
    assert (method and FOREIGN_METHODS[method]) == name
