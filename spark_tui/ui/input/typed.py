"""What a key types, and how what was typed looks: every keyboard and input method. Pure."""

from __future__ import annotations

import unicodedata

from spark_tui.core.printable import safe
from spark_tui.core.regex import regex

_NOT_TYPED = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
"""Controls, halves of pairs, what is no character, and separators that no keyboard has."""

_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))
"""Blanks that don't break, typed by holding a modifier a moment too long: plain ones are meant."""

_MODIFIED = regex(r"(?:^|\+)(?:ctrl|alt|super|hyper|meta)\+")

# Between letters of these scripts a joiner is spelling: Arabic and Syriac, then those of India,
# Tibet, Burma, Khmer and Mongolian.
_JOINED = regex(
    "(?<=[\u0600-\u07ff\u0860-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u18af\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc])[\u200c\u200d]"
)


def typed_text(key: str, character: str | None) -> str:
    """The text that a key types, "" for none.

    `key` is Textual's name of it. Letters, blanks and marks of any script are typed, joiners and
    invisible marks too: leaving one out would change a word.
    """
    if not character or len(character) != 1 or _MODIFIED.search(key):
        return ""
    if unicodedata.category(character) in _NOT_TYPED:
        return ""
    return character.translate(_BLANKS)


def shown_as_typed(text: str) -> str:
    """`text` as harmless cells; a joiner stays one where it belongs to the spelling."""
    parts = _JOINED.split(text)
    if len(parts) == 1:
        return safe(text)
    joiners = _JOINED.findall(text)
    return "".join(safe(part) + joiner for part, joiner in zip(parts, [*joiners, ""], strict=True))
