r"""Bytes to lines and back, without losing one of them.

A line ends at `\n`, `\r\n` or a lone `\r`, and nowhere else: `str.splitlines` would also cut at
form feeds and U+2028, which are text in source files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.encodings import DecodedText, declared_by, encoded, read
from spark_tui.core.edits.model import NO_HABITS, FileImage, Habits, blob_id
from spark_tui.core.regex import regex

_EOLS = ("\r\n", "\n", "\r")
_ENDING = regex(r"\r\n|\n|\r")
_LINE = regex(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class BinaryFileError(ValueError):
    """The bytes hold NUL characters, so they are no text to edit."""


def split_lines(text: str) -> tuple[str, ...]:
    r"""Lines of `text` with their own endings (`\n`, `\r\n`, `\r`)."""
    if "\r" not in text:
        *lines, last = text.split("\n")
        ended = [f"{line}\n" for line in lines]
        return (*ended, last) if last else tuple(ended)
    return tuple(_LINE.findall(text))


def bare(line: str) -> str:
    """The line without its ending."""
    return line.rstrip("\r\n") if line[-1:] in ("\n", "\r") else line


def ending(line: str) -> str:
    r"""The line's own ending: `\n`, `\r\n`, `\r` or nothing."""
    return line[len(bare(line)) :]


def dominant_eol(text: str, otherwise: str = "\n") -> str:
    r"""The most frequent line ending of `text`; `otherwise` where it has none."""
    counted = Counter(_ENDING.findall(text)) if "\r" in text else {"\n": text.count("\n")}
    best = max(_EOLS, key=lambda eol: counted.get(eol, 0))
    return best if counted.get(best) else otherwise


def absent(path: str, habits: Habits = NO_HABITS) -> FileImage:
    """The image of a file that does not exist, as it would be written."""
    charset, eol = habits.charset or "utf-8", habits.eol or "\n"
    return FileImage(path, b"", "", 0, charset, eol, habits.bom, (), exists=False, habits=habits)


def created_as(image: FileImage, texts: Sequence[str]) -> FileImage:
    """`image`, which is absent, as a new file with these lines is written."""
    new, said = absent(image.path, image.habits), declared_by("\n".join(texts[:3]), image.path)
    return replace(new, encoding=said, bom=b"") if said else new


def image_of(
    path: str, data: bytes | None, mode: int = 0o100644, habits: Habits = NO_HABITS
) -> FileImage:
    """Decode a file without losing a byte; `data` None is an absent file.

    Raises BinaryFileError where the decoded text holds NUL.
    """
    if data is None:
        return absent(path, habits)
    return as_read(path, data, read(data, path, habits.charset), mode, habits)


def as_read(
    path: str, data: bytes, got: DecodedText, mode: int = 0o100644, habits: Habits = NO_HABITS
) -> FileImage:
    """The image of a file whose text is `got`. Raises BinaryFileError where that holds NUL."""
    if "\0" in got.text:
        raise BinaryFileError(path)
    return FileImage(
        path,
        data,
        blob_id(data),
        mode,
        got.encoding,
        dominant_eol(got.text, habits.eol or "\n"),
        got.bom,
        split_lines(got.text),
        sure=got.sure,
        habits=habits,
    )


def encode(image: FileImage, lines: Sequence[str]) -> bytes:
    """The bytes of `lines` in the image's BOM and encoding. Raises UnicodeEncodeError."""
    return image.bom + encoded("".join(lines), image.encoding)


def with_lines(image: FileImage, lines: Sequence[str]) -> FileImage:
    """The image after its lines became `lines`; encoding, BOM, ending style and mode stay.

    Raises UnicodeEncodeError where the file's encoding has no such character.
    """
    data = encode(image, lines)
    mode = image.mode or 0o100644
    new = tuple(lines)
    return replace(image, data=data, sha=blob_id(data), mode=mode, lines=new, exists=True)
