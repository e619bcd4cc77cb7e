"""Where the mouse is in a row's text, and which cells a selection covers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from spark_tui.ui.style.cells import cells, pieces
from spark_tui.ui.style.row_paint import Look, RowView


def hit_strip(row: RowView, look: Look, number: int) -> Strip:
    """The row with `offset` meta data (character, `number`) on every cell.

    The gutter stands for the first character, everything right of the text for its end.
    """
    out = [Segment(" ", _at(0, number)) for _ in range(_before(row, look))]
    out += [Segment(cell, _at(0, number)) for text, _ in row.gutter for cell in _single_cells(text)]
    used = len(out)
    at = 0
    for n, shown in enumerate(_shown(row)):
        for cell in _single_cells(shown):
            if at >= row.shift and used < look.width:
                out.append(Segment(cell, _at(n, number)))
                used += 1
            at += 1
    end = _at(len(row.text), number)
    out += [Segment(" ", end) for _ in range(look.width - used)]
    return Strip(out, max(used, look.width))


def cell_range(row: RowView, look: Look, start: int, end: int) -> tuple[int, int]:
    """Cells of characters `start` to `end` (-1: to the end of the text) of a row's text."""
    gutter = _before(row, look) + sum(cells(text) for text, _ in row.gutter)
    edge = look.half if row.beside is not None and not row.second else look.width
    shown = _shown(row)
    stop = len(shown) if end < 0 else min(end, len(shown))
    first = cells("".join(shown[:start]))
    last = first + cells("".join(shown[start:stop]))
    return (
        min(max(gutter, gutter + first - row.shift), edge),
        min(max(gutter, gutter + last - row.shift), edge),
    )


def _shown(row: RowView) -> Sequence[str]:
    """What stands for each character of the row's text; all of it may stand for the first one."""
    if row.instead:
        rest = max(0, len(row.text) - 1)
        return ["".join(text for text, _ in row.instead), *[""] * rest]
    return row.parts or pieces(row.text)


def _before(row: RowView, look: Look) -> int:
    """Cells left of the row's own half."""
    return look.half if row.second else 0


def _single_cells(text: str) -> list[str]:
    """One blank per cell: only places matter here."""
    return [" "] * cells(text)


def _at(character: int, row: int) -> Style:
    return Style.from_meta({"offset": (character, row)})
