from __future__ import annotations

import pytest

from spark_tui.core.edits.encodings import MIXED
from spark_tui.core.edits.model import blob_id
from spark_tui.core.edits.text import (
    BinaryFileError,
    absent,
    bare,
    encode,
    ending,
    image_of,
    split_lines,
    with_lines,
)


@pytest.mark.parametrize(
    ("data", "encoding", "eol", "count"),
    [
        (b"", "utf-8", "\n", 0),
        (b"a\nb\n", "utf-8", "\n", 2),
        (b"a\r\nb\r\nc\n", "utf-8", "\r\n", 3),
        (b"a\rb\r\nc", "utf-8", "\r\n", 3),
        (b"a\rb\rc\n", "utf-8", "\r", 3),
        ("é\u2028x\x0cy\n".encode(), "utf-8", "\n", 1),
        (b"\xef\xbb\xbfx\n", "utf-8", "\n", 1),
        ("\ufeffx\r\ny".encode("utf-16-le"), "utf-16-le", "\r\n", 2),
        ("\ufeffx\n".encode("utf-16-be"), "utf-16-be", "\n", 1),
        (b"caf\xe9\n", "latin-1", "\n", 1),
        (b"\xef\xbb\xbfcaf\xe9\n", MIXED, "\n", 1),
        (b"\xff\xfea", "latin-1", "\n", 1),
    ],
)
def test_decoding_keeps_what_encoding_needs(
    data: bytes, encoding: str, eol: str, count: int
) -> None:
    image = image_of("f", data)
    assert (image.encoding, image.eol, len(image.lines)) == (encoding, eol, count)
    assert encode(image, image.lines) == data
    assert image.sha == blob_id(data)


def test_blob_id_is_git_s() -> None:
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_nul_is_binary_but_utf_16_is_not() -> None:
    with pytest.raises(BinaryFileError):
        image_of("f", b"a\0b")
    assert image_of("f", "\ufeffa".encode("utf-16-le")).lines == ("a",)


def test_the_bom_is_not_part_of_the_first_line() -> None:
    image = image_of("f", b"\xef\xbb\xbfx\ny\n")
    assert image.lines[0] == "x\n"
    assert with_lines(image, ("z\n",)).data == b"\xef\xbb\xbfz\n"


def test_only_line_feeds_and_returns_end_lines() -> None:
    assert split_lines("a\x0b\x85\u2029b\r\n\rc") == ("a\x0b\x85\u2029b\r\n", "\r", "c")
    assert (bare("x\r\n"), ending("x\r\n"), ending("x\r"), ending("x")) == ("x", "\r\n", "\r", "")


def test_an_absent_file_has_no_bytes_and_no_mode() -> None:
    image = image_of("f", None)
    assert image == absent("f")
    assert not image.exists
    assert (image.data, image.mode, image.sha) == (b"", 0, "")


def test_mode_survives_new_lines() -> None:
    assert with_lines(image_of("f", b"a\n", 0o100755), ("b\n",)).mode == 0o100755
