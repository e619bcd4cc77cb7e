"""The one place where text from outside becomes text for a terminal or a person.

Whatever a model, a file name or an error body holds, what leaves `safe` moves no cursor, sets no
colour, reverses no line and hides nothing: it is cells, one line of them. What leaves `text_only`
keeps its lines: it is what a paste, the output of a program or a file says, without what a terminal
would do about it.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from spark_tui.core.regex import regex

TAB = 4
"""Cells between tab stops."""

COMBINING = 4
"""How many combining characters in a row are drawn on one cell."""

STAND_INS: dict[str, str] = {
    "─": "-",
    "│": "|",
    "›": ">",
    "▸": ">",
    "▼": "v",
    "→": ">",
    "·": "-",
    "–": "-",
    "…": ".",
    "●": "*",
    "•": "*",
    "✓": "+",
    "✗": "x",
    "✎": "@",
    "⎇": "@",
    "±": "+",
    "█": "#",
    "▏": "|",
    "−": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}
"""Our own marks, each by one that every encoding has, of the same width."""

# Plain text that needs no look at its characters: ASCII, Latin-1, Latin extended, Greek, Cyrillic,
# dashes and quotes, arrows, box drawing, marks of ours, kana, CJK, Hangul.
_PLAIN = regex(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0384-\u038a\u0391-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u205e\u2190-\u23ff\u2500-\u27bf\u3041-\u3096\u30a1-\u30ff"
    "\u4e00-\u9fff\uac00-\ud7a3]*"
)

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Drawn as nothing although their category says letter, mark or symbol: fillers of Hangul, the
# blank braille cell, Khmer inherent vowels, Mongolian and other variation selectors.
_FILLERS = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | set(range(0x180B, 0x1810))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)

_EMOJI = regex(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_KEYCAPS = frozenset("0123456789#*")
_JOINER, _AS_TEXT, _AS_EMOJI = "\u200d", "\ufe0e", "\ufe0f"
_JOINS = frozenset({_JOINER, _AS_TEXT, _AS_EMOJI, *map(chr, range(0x1F3FB, 0x1F400))})
"""What joins emoji, or says how one is drawn; the last five are skin tones."""

_CONTROL = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

# Control sequences as ECMA-48 and xterm's list have them, in seven and in eight bits: CSI, then the
# strings (title, link, clipboard, image), then character sets and single shifts. A string ends on
# its own line, so that one that is never ended takes no text with it.
_SEQUENCE = regex(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b(?:[()*+][0-9A-Z<=>%\"]|#[3-8]|%[@G]|[78=>])"
)


def text_only(text: str) -> str:
    """`text` without escape sequences and controls; tabs and line ends stay, and the order."""
    if not _CONTROL.search(text):
        return text
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


def safe(text: str, tab: int = TAB) -> str:
    """`text` as one line of harmless cells.

    Controls become pictures (U+2400…), invisible and bidirectional characters `<U+XXXX>`, tabs
    spaces to the next stop of `tab` cells, and marks beyond the fourth on one cell are named. An
    emoji made of several is shown by its parts, without what joins or colours them.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(pieces(text, tab))


def is_plain(text: str) -> bool:
    """True when `safe` returns `text` itself."""
    return _PLAIN.fullmatch(text) is not None


def pieces(text: str, tab: int = TAB) -> list[str]:
    """What `safe` shows for each character of `text`, one item a character, "" for none."""
    out: list[str] = []
    column = marks = 0
    for at, char in enumerate(text):
        if char == "\t":
            shown = " " * (tab - column % tab)
            marks = 0
        elif char in _JOINS and _of_an_emoji(text, at):
            shown = ""
        else:
            shown, mark = _shown(char)
            marks = marks + 1 if mark else 0
            if marks > COMBINING:
                shown = _named(char)
        out.append(shown)
        column += sum(map(width, shown)) if not shown.isascii() else len(shown)
    return out


def _of_an_emoji(text: str, at: int) -> bool:
    """Whether the selector, joiner or skin tone at `at` belongs to an emoji.

    Terminals disagree about the width of what these make; about that of its parts they do not.
    """
    before = text[at - 1] if at else ""
    if text[at] != _JOINER:
        return bool(_EMOJI.fullmatch(before)) or (text[at] == _AS_EMOJI and before in _KEYCAPS)
    if before in _JOINS and before != _JOINER and at > 1:
        before = text[at - 2]
    return bool(_EMOJI.fullmatch(before) and _EMOJI.fullmatch(text[at + 1 : at + 2]))


@lru_cache(maxsize=4096)
def _shown(char: str) -> tuple[str, bool]:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code), False
    if code == 0x7F:
        return "\u2421", False
    category = unicodedata.category(char)
    if category in _HIDDEN or code in _FILLERS:
        return _named(char), False
    return char, category in {"Mn", "Me"} or unicodedata.combining(char) > 0


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>"


@lru_cache(maxsize=4096)
def width(char: str) -> int:
    """Cells of a character that `safe` leaves as it is: 0 for one that is drawn on another."""
    joins = "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff"  # vowels of Hangul
    if joins or unicodedata.category(char) in {"Mn", "Mc", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
