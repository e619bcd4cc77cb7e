"""A small deterministic tokenizer: what the simulated endpoint counts and paces."""

from __future__ import annotations

from spark_tui.core.regex import regex

_PIECE = regex(
    r"\n[ \t]*"  # a line break takes the next line's indentation along
    r"|[ \t]?_?[^\W_]{1,10}"  # up to ten letters or digits, with the blank before them
    r"|[ \t]+"
    r"|[ \t]?[^\w\s]{1,4}"
    r"|\s|_",
)


def split(text: str) -> list[str]:
    """Cut `text` into tokens of about four characters; joined they are `text` again."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Number of tokens in `text`."""
    return sum(1 for _ in _PIECE.finditer(text))
