"""Sets of words, written as running text."""

from __future__ import annotations


def listed(text: str) -> frozenset[str]:
    """The words of a text, parted by blanks and line ends."""
    return frozenset(text.split())
