"""Which of several equal ways to cut a run of new or gone lines is the one a person would choose.

`}` and a blank line before a new function may as well be those behind it. A run is moved to where
it begins at the least indentation, best right behind a blank line.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.diff import Op

_FURTHEST = 100
"""Lines a run is moved at most."""


def slid(old: Sequence[str], new: Sequence[str], changed: Sequence[Op]) -> list[Op]:
    """The same changes, each run of only new or only gone lines where it reads best."""
    out: list[Op] = []
    for number, op in enumerate(changed):
        if (op.a1 == op.a2) == (op.b1 == op.b2):
            out.append(op)
            continue
        gone = op.a2 > op.a1
        lines = old if gone else new
        start, end = (op.a1, op.a2) if gone else (op.b1, op.b2)
        back_to = (out[-1].a2 if gone else out[-1].b2) if out else 0
        after = changed[number + 1] if number + 1 < len(changed) else None
        on_to = len(lines) if after is None else (after.a1 if gone else after.b1)
        shift = _best(lines, start, end, back_to, on_to)
        out.append(
            Op(False, op.a1 + shift, op.a2 + shift, op.b1 + shift, op.b2 + shift) if shift else op
        )
    return out


def _best(lines: Sequence[str], start: int, end: int, back_to: int, on_to: int) -> int:
    low = 0
    while (
        start + low > back_to
        and -low < _FURTHEST
        and lines[start + low - 1] == lines[end + low - 1]
    ):
        low -= 1
    high = 0
    while end + high < on_to and high < _FURTHEST and lines[start + high] == lines[end + high]:
        high += 1
    if low == high:
        return 0
    return min(range(low, high + 1), key=lambda n: (*_cost(lines, start + n, end + n), -n))


def _cost(lines: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """The lower, the better a run may begin at `start`: indentation first, then what is before."""
    first = next((lines[n] for n in range(start, end) if lines[n].strip()), "")
    begins_blank = not lines[start].strip()
    before = lines[start - 1] if start else ""
    follows = end < len(lines) and bool(lines[end].strip())
    indent = len(first) - len(first.lstrip())
    return indent, 2 * begins_blank + bool(before.strip()) + (
        follows and bool(lines[end - 1].strip())
    )
