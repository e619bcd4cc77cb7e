"""Graphemes, words, lines and screen rows of a text: where each begins and ends. Pure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from rich.cells import split_graphemes

CellWidth = Callable[[str], int]
"""Width of a text in terminal cells."""


def bounds(text: str) -> list[int]:
    """Grapheme boundaries of `text`, from 0 to len(text)."""
    spans, _ = split_graphemes(text)
    return [0, *(end for _, end, _ in spans)]


def line_start(text: str, at: int) -> int:
    """Where the line of index `at` begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line of index `at` ends, before its line break."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def word_start(text: str, at: int) -> int:
    """Where the word before `at` begins; words are letters and digits."""
    while at and not text[at - 1].isalnum():
        at -= 1
    while at and text[at - 1].isalnum():
        at -= 1
    return at


def word_end(text: str, at: int) -> int:
    """Where the word after `at` ends."""
    while at < len(text) and not text[at].isalnum():
        at += 1
    while at < len(text) and text[at].isalnum():
        at += 1
    return at


def wrap(start: int, line: str, width: int, cells: CellWidth) -> list[tuple[int, int]]:
    """Rows of one line as (start, end), each under `width` cells, broken at spaces if it can be.

    `start` is where the line begins in the whole text.
    """
    if cells(line) < width:
        return [(start, start + len(line))]
    rows: list[tuple[int, int]] = []
    row_start = used = 0
    space = -1
    for left, right in pairwise(bounds(line)):
        size = cells(line[left:right])
        if used + size >= width and left > row_start:
            cut = space if space > row_start else left
            rows.append((start + row_start, start + cut))
            row_start = cut
            used = cells(line[row_start:left])
            space = -1
        used += size
        if line[left:right] == " ":
            space = right
    rows.append((start + row_start, start + len(line)))
    return rows


def at_column(text: str, row: tuple[int, int], column: int, cells: CellWidth) -> int:
    """The index in `row` that stands at `column` cells, or the end of the row."""
    start, end = row
    used = 0
    for left, right in pairwise(bounds(text[start:end])):
        used += cells(text[start + left : start + right])
        if used > column:
            return start + left
    return end
