r"""Bytes to lines and back, without losing one of them.

A line ends at `\n`, `\r\n` or a lone `\r`, and nowhere else: `str.splitlines` would also cut at
form feeds and U+2028, which are text in source files.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from spark_tui.core.edits.model import FileImage, blob_id

_EOLS = ("\r\n", "\n", "\r")
_ENDING = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class BinaryFileError(ValueError):
    """The bytes hold NUL characters, so they are no text to edit."""


def split_lines(text: str) -> tuple[str, ...]:
    r"""Lines of `text` with their own endings (`\n`, `\r\n`, `\r`)."""
    if "\r" not in text:
        return tuple(text[start:end] for start, end in _spans(text))
    return tuple(_LINE.findall(text))


def _spans(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    while (at := text.find("\n", start)) >= 0:
        yield start, at + 1
        start = at + 1
    if start < len(text):
        yield start, len(text)


def bare(line: str) -> str:
    """The line without its ending."""
    return line.rstrip("\r\n") if line[-1:] in ("\n", "\r") else line


def ending(line: str) -> str:
    r"""The line's own ending: `\n`, `\r\n`, `\r` or nothing."""
    return line[len(bare(line)) :]


def dominant_eol(text: str) -> str:
    r"""The most frequent line ending of `text`; `\n` where it has none."""
    if "\r" not in text:
        return "\n"
    return max(_EOLS, key=Counter(_ENDING.findall(text)).__getitem__)


def absent(path: str) -> FileImage:
    """The image of a file that does not exist."""
    return FileImage(path, b"", "", 0, "utf-8", "\n", b"", (), exists=False)


def image_of(path: str, data: bytes | None, mode: int = 0o100644) -> FileImage:
    """Decode a file: BOM first, then UTF-8, else Latin-1, which holds any byte and gives it back.

    `data` None is an absent file. Raises BinaryFileError where the decoded text holds NUL.
    """
    if data is None:
        return absent(path)
    bom, encoding = b"", "utf-8"
    for mark, name in _BOMS:
        if data.startswith(mark):
            bom, encoding = mark, name
            break
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError:
        bom, encoding = b"", "latin-1"
        text = data.decode(encoding)
    if "\0" in text:
        raise BinaryFileError(path)
    return FileImage(
        path, data, blob_id(data), mode, encoding, dominant_eol(text), bom, split_lines(text)
    )


def encode(image: FileImage, lines: Sequence[str]) -> bytes:
    """The bytes of `lines` in the image's BOM and encoding. Raises UnicodeEncodeError."""
    return image.bom + "".join(lines).encode(image.encoding)


def with_lines(image: FileImage, lines: Sequence[str]) -> FileImage:
    """The image after its lines became `lines`; encoding, BOM, ending style and mode stay.

    Raises UnicodeEncodeError where the file's encoding has no such character.
    """
    data = encode(image, lines)
    return FileImage(
        image.path,
        data,
        blob_id(data),
        image.mode or 0o100644,
        image.encoding,
        image.eol,
        image.bom,
        tuple(lines),
    )
