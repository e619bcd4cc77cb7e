"""Lines that look alike and are not: which they are, and what of them differs unseen."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from spark_tui.core.edits.model import Row
from spark_tui.core.printable import safe


class Unseen(StrEnum):
    """A difference that painted text does not show, in words."""

    END_BLANKS = "blanks at the end"
    TABS = "tabs against spaces"
    BLANKS = "kinds of blanks"
    LETTERS = "characters that look alike"
    LINE_ENDS = "line ends"
    FINAL_NEWLINE = "the final newline"


ENDINGS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR", "": "no newline at the end"}
"""Names of what a line ends with."""

_LETTERS = {
    # Cyrillic
    "А": "A", "В": "B", "Е": "E", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P", "С": "C",
    "Т": "T", "У": "Y", "Х": "X", "Ѕ": "S", "І": "I", "Ј": "J", "Ӏ": "I", "Ԁ": "D", "Ԛ": "Q",
    "Ԝ": "W", "Ү": "Y", "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x",
    "ѕ": "s", "і": "i", "ј": "j", "һ": "h", "ӏ": "l", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ү": "y",
    # Greek
    "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N",
    "Ο": "O", "Ρ": "P", "Τ": "T", "Υ": "Y", "Χ": "X", "ο": "o", "ν": "v", "ρ": "p", "ϲ": "c",
    "ϳ": "j", "Ϲ": "C",
    # Armenian, Latin and letter-like
    "օ": "o", "ս": "u", "Օ": "O", "Տ": "S", "ɑ": "a", "ɡ": "g", "ǀ": "|", "ǃ": "!",
    "Ⅰ": "I", "Ⅴ": "V", "Ⅹ": "X", "Ⅼ": "L", "Ⅽ": "C", "Ⅾ": "D", "Ⅿ": "M", "ⅰ": "i", "ⅴ": "v",
    "ⅹ": "x", "ⅼ": "l", "ⅽ": "c", "ⅾ": "d", "ⅿ": "m",
    # Punctuation
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "−": "-", "﹣": "-", "‚": ",", "․": ".", "ː": ":",
    "∶": ":", "꞉": ":", "⁄": "/", "∕": "/", "∖": "\\", "∗": "*", "∣": "|", "∼": "~", "ˆ": "^",
    "ʹ": "'", "ʼ": "'", "′": "'", "ꞌ": "'", "‘": "'", "’": "'",
}  # fmt: skip

_DRAWN = str.maketrans(
    {
        **_LETTERS,
        # every other blank is as wide as a space or, where it is ideographic, as two
        **dict.fromkeys("\u00a0\u1680\u202f\u205f", " "),
        **{chr(code): " " for code in range(0x2000, 0x200B)},
        "\u3000": "  ",
        # mathematical sans-serif and monospace
        **{chr(0x1D5A0 + n): chr(65 + n + 6 * (n > 25)) for n in range(52)},
        **{chr(0x1D670 + n): chr(65 + n + 6 * (n > 25)) for n in range(52)},
        **{chr(0x1D7F6 + n): chr(48 + n) for n in range(10)},
    }
)


def appearance(text: str) -> str:
    """What a person sees of a line: equal for lines that a terminal draws (almost) alike."""
    if text.isascii() and text.isprintable():
        return text.rstrip(" ")
    return unicodedata.normalize("NFC", safe(text)).translate(_DRAWN).rstrip(" ")


def kind_of(old: str, new: str, *, at_end: bool) -> Unseen:
    """What it is that makes two stretches of text different which look alike.

    `at_end` says that nothing but blanks follows either in its line.
    """
    both = old + new
    if at_end and (not both.strip() or appearance(both) == ""):
        return Unseen.END_BLANKS
    if not both.strip(" \t"):
        return Unseen.TABS
    if appearance(both) == "":
        return Unseen.BLANKS
    return Unseen.LETTERS


def named(char: str) -> str:
    """A character so that no other looks like it: blanks drawn, all but ASCII by its code point.

    The braces tell it from the name that stands for an invisible character anywhere else.
    """
    if char == " ":
        return "␣"
    if "!" <= char <= "~":
        return char
    return f"{{U+{ord(char):04X}}}"


def told(row: Row) -> str:
    """A row's text where nothing can be marked: what differs unseen drawn, its ending named."""
    text = list(row.text)
    for start, end in row.emphasis if row.unseen else ():
        text[start:end] = ["→" if char == "\t" else named(char) for char in text[start:end]]
    return "".join(text) + (f" ← {row.ending}" if row.ending else "")
