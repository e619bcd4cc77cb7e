"""Which encoding a file is in, as far as its bytes tell, and whether that is sure.

Every reading is lossless: text encoded again gives the very bytes. Where the encoding is not sure
the text is a stand-in, good for finding lines; nothing outside ASCII may be added to such a file.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import unicodedata

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex

MIXED = "utf-8 with stray bytes"
"""UTF-8 in which some bytes are none: those are held as private characters from U+F780 on."""

_STRAYS = regex("[\uf780-\uf7ff]")
_TO_PRIVATE = {0xDC00 + byte: 0xF700 + byte for byte in range(0x80, 0x100)}
_FROM_PRIVATE = {private: low for low, private in _TO_PRIVATE.items()}

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be")

# codecs whose text a file can be; the standard library has others that are no character sets
_NAMES = (
    "utf-8 ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 "
    "iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 "
    "cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp866 cp874 cp932 cp949 "
    "cp950 shift_jis shift_jis_2004 euc_jp euc_jis_2004 iso2022_jp gb2312 gbk gb18030 big5 "
    "big5hkscs euc_kr johab koi8-r koi8-u mac-roman tis-620 utf-16-le utf-16-be"
)
_KNOWN = frozenset(_NAMES.split())
_CODING = regex(rb"coding[:=][ \t]*[\"']?([-\w.]+)")
_COMMENT = regex(rb"^[ \t\x0c]*(?:#|//|/\*|--|;|%|\"|<!--|\.\.|'|\(\*|\{-|rem\b|@rem\b)", re.I)
_VIM = regex(rb"(?:fileencoding|fenc)=([-\w.]+)")
_XML = regex(rb"^\s*<\?xml[^>]{0,200}?encoding=[\"']([-\w.]+)")
_META = regex(rb"<meta[^>]{0,300}?charset=[\"']?([-\w.]+)", re.I)
_CHARSET = regex(rb"^@charset \"([-\w.]+)\"")
_MARKUP = (".xml", ".html", ".htm", ".xhtml", ".svg", ".php", ".jsp", ".asp", ".rss", ".xsl")
_LOOKED_AT = 2_048

_HIGH = regex(rb"[\x80-\xff]+")
_SHIFTS = regex(rb"\x1b\$[@B(]|\x1b\([IJ]|\x1b\$\)C")
_TYPOGRAPHY = frozenset(b"\x80\x85\x91\x92\x93\x94\x96\x97\x99")
_IN_WORDS = frozenset(b"\xa0\xad\xb0\xb4\xb7")
_LONGEST_RUN = 3


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A file's text, with what gives its bytes back: byte order mark and encoding."""

    text: str
    encoding: str
    bom: bytes = b""
    sure: bool = True


def encoded(text: str, encoding: str) -> bytes:
    """Text in an encoding a `DecodedText` names. Raises UnicodeEncodeError, naming it."""
    if encoding == MIXED:
        return text.translate(_FROM_PRIVATE).encode("utf-8", "surrogateescape")
    return text.encode(encoding)


def stray_bytes(text: str) -> set[str]:
    """The characters that stand for bytes which are no UTF-8."""
    return set(_STRAYS.findall(text))


def codec_name(name: str) -> str:
    """The standard name of an encoding, "" for one that no text file is in."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "latin-1" if found == "iso8859-1" else found if found in _KNOWN else ""


def declared_by(text: str, path: str) -> str:
    """The encoding that the text of a file asks for, "" where it asks for none."""
    return _declared(text[:_LOOKED_AT].encode("utf-8", "replace"), path)


def read(data: bytes, path: str = "", said: str = "") -> DecodedText:
    """The text of `data`. `said` is what the project says of the encoding, "" for nothing.

    What the file itself says of its encoding counts first.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _marked(data, mark, name)
    own, text = _declared(data, path), None
    declared = own or codec_name(said)
    if b"\0" in data or declared in _WIDE:
        return _wide(data, declared) or _stand_in(data)
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        if not own and not data.isascii():
            return DecodedText(text, "utf-8")  # whatever the project wants, this is what it is
    if declared and declared != "utf-8":
        return _as_declared(data, text, declared)
    if text is not None:
        return DecodedText(text, "utf-8", sure=not _SHIFTS.search(data))
    return _legacy(data, declared=bool(declared))


def read_mixed(data: bytes) -> DecodedText:
    """The text as UTF-8 as far as it is that, whatever else it may be: marks are text too."""
    mixed = _mixed(data)
    return _stand_in(data) if mixed is None else DecodedText(mixed, MIXED)


def _marked(data: bytes, mark: bytes, name: str) -> DecodedText:
    rest = data[len(mark) :]
    try:
        return DecodedText(rest.decode(name), name, mark)
    except UnicodeDecodeError:
        mixed = _mixed(rest) if name == "utf-8" else None
        return DecodedText(mixed, MIXED, mark) if mixed is not None else _stand_in(data)


def _stand_in(data: bytes) -> DecodedText:
    return DecodedText(data.decode("latin-1"), "latin-1", sure=False)


def _mixed(data: bytes) -> str | None:
    text = data.decode("utf-8", "surrogateescape")
    return None if _STRAYS.search(text) else text.translate(_TO_PRIVATE)


def _as_declared(data: bytes, text: str | None, declared: str) -> DecodedText:
    if text is not None and not data.isascii():
        return DecodedText(text, "utf-8", sure=False)  # it says one thing and is another
    try:
        there = data.decode(declared)
        if there.encode(declared) == data:
            return DecodedText(there, declared)
    except UnicodeError:
        pass
    return _stand_in(data)


def _legacy(data: bytes, *, declared: bool) -> DecodedText:
    """What is no UTF-8 as a whole."""
    mixed = _mixed(data)
    if mixed is not None:
        strays = len(_STRAYS.findall(mixed))
        others = sum(char >= "\x80" for char in mixed) - strays
        if declared or others >= 2 * strays:
            return DecodedText(mixed, MIXED)
    return DecodedText(data.decode("latin-1"), "latin-1", sure=_looks_western(data))


def _looks_western(data: bytes) -> bool:
    """Whether it reads as Latin-1: single accented letters inside words of ASCII letters.

    Words of other alphabets are rows of high bytes, and so is any East Asian text.
    """
    letters = others = 0
    for found in _HIGH.finditer(data):
        run, (start, end) = found.group(), found.span()
        before, after = data[start - 1 : start], data[end : end + 1]
        if any(byte < 0xA0 and byte not in _TYPOGRAPHY for byte in run):
            return False
        if len(run) > _LONGEST_RUN and len(set(run)) > 1:
            return False
        if len(run) == 1 and run[0] < 0xC0:
            if before.isalpha() and after.isalpha() and run[0] not in _IN_WORDS | _TYPOGRAPHY:
                return False  # a letter of another alphabet
            continue
        accents = [byte for byte in run if byte >= 0xC0 and byte not in (0xD7, 0xF7)]
        alone = len(accents) == 1 or (len(run) == 2 and all(byte >= 0xDF for byte in accents))
        if accents and alone and (before.isalpha() or after.isalpha()):
            letters += 1
        else:
            others += 1
    return letters > 0 and letters >= 2 * others


def _wide(data: bytes, declared: str) -> DecodedText | None:
    """UTF-16 without a mark: all the NULs are one half of plain characters."""
    one, two = data[::2], data[1::2]
    for name, low, high in (("utf-16-le", one, two), ("utf-16-be", two, one)):
        if declared not in ("", name):
            continue
        if len(data) % 2 or b"\0" in low or (not declared and b"\0" not in high):
            continue
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if declared or _is_text(text):
            return DecodedText(text, name)
    return None


def _is_text(text: str) -> bool:
    odd = sum(
        unicodedata.category(char) in ("Cc", "Cn", "Co") for char in text if char not in "\t\r\n\f"
    )
    return not odd


def _declared(data: bytes, path: str) -> str:
    """The encoding a file says it is in, "" where it does not."""
    name = path.casefold()
    head = data[:_LOOKED_AT]
    found = None
    if name.endswith(_MARKUP):
        found = _XML.match(head) or _META.search(head)
    elif name.endswith(".css"):
        found = _CHARSET.match(head)
    for line in re.split(rb"\r\n|\n|\r", head, maxsplit=2)[:2]:
        if found is None and _COMMENT.match(line):
            found = _CODING.search(line)
    if found is None and b"vim:" in data[-_LOOKED_AT:]:
        found = _VIM.search(data[-_LOOKED_AT:])
    return codec_name(found[1].decode("ascii")) if found else ""
