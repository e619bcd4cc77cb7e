"""Widths: harmless text cut to fit a number of terminal cells."""

from __future__ import annotations

from spark_tui.core.printable import is_plain, pieces, safe

__all__ = ["cells", "cut_end", "cut_middle", "is_plain", "pieces", "safe"]


def cells(text: str) -> int:
    """Width of safe text in terminal cells."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut_end(text: str, width: int, mark: str = "…") -> str:
    """Safe text in at most `width` cells; `mark` stands for what was cut off the end."""
    if cells(text) <= width:
        return text
    room = width - cells(mark)
    if room < 0:
        return ""
    return _fitting(text, room) + mark


def cut_middle(text: str, width: int, mark: str = "…") -> str:
    """Safe text in at most `width` cells, cut in the middle: the end of a path says most."""
    if cells(text) <= width:
        return text
    room = width - cells(mark)
    if room <= 0:
        return _fitting(text, max(0, width))
    head = _fitting(text, room // 3)
    tail = _fitting(text[::-1], room - cells(head))[::-1]
    return head + mark + tail


def _fitting(text: str, width: int) -> str:
    used = 0
    for n, char in enumerate(text):
        used += cells(char)
        if used > width:
            return text[:n]
    return text
