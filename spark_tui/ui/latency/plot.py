"""A few values as dots in braille: eight dots a character, two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

_BLANK = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bit of each dot, by column and row from the top (Unicode, braille patterns)."""


def dots(
    values: Sequence[float | None], width: int, height: int, line: float | None = None
) -> tuple[list[str], float]:
    """(rows of `width` characters from the top, the value of the upper edge).

    The lower edge is 0. The newest values are kept where there are too many; None leaves its place
    empty. `line` is drawn across as every other dot.
    """
    shown = list(values)[-2 * width :]
    known = [value for value in shown if value is not None]
    top = max([*known, line or 0.0], default=0.0)
    if top <= 0 or width <= 0 or height <= 0:
        return [chr(_BLANK) * max(width, 0)] * max(height, 0), 0.0
    grid = [[_BLANK] * width for _ in range(height)]

    def put(column: int, value: float) -> None:
        row = min(int((1 - max(value, 0.0) / top) * 4 * height), 4 * height - 1)
        grid[row // 4][column // 2] |= _DOTS[column % 2][row % 4]

    if line is not None:
        for column in range(0, 2 * width, 2):
            put(column, line)
    for column, value in enumerate(shown):
        if value is not None:
            put(column, value)
    return ["".join(map(chr, row)) for row in grid], top
