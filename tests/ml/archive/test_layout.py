"""The records of a zip."""

from ml.archive.layout import iter_extra_fields


def test_thousands_of_empty_extra_fields_are_read() -> None:
    assert list(iter_extra_fields(b"\x99\x99\0\0" * 16_000)) == [(0x9999, b"")] * 16_000


def test_bytes_that_form_no_extra_field_come_last() -> None:
    assert list(iter_extra_fields(b"\1\0\2\0ab\7\0\xff\0c")) == [
        (1, b"ab"),
        (-1, b"\7\0\xff\0c"),
    ]
    assert list(iter_extra_fields(b"abc")) == [(-1, b"abc")]
