"""Where in a file something was found: the lines round it that say most, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.retrieve.blocks import Block, split
from spark_tui.core.retrieve.priors import priors, sort_of

_ABOVE, _BELOW = 4, 8
_WHOLE = 30
"""A block up to so many lines is shown whole."""

_MOST_LINES = 2_000
_DEFINES = 3.0


@dataclass(frozen=True, slots=True)
class MatchPlace:
    """Lines of a file, 1-based and inclusive, with the found `lines` in them; `worth` ranks it."""

    first: int
    last: int
    lines: tuple[int, ...]
    worth: float


def ranked(paths: Sequence[str], asked: str) -> list[str]:
    """Paths with the likeliest first: sources, then tests, prose and data."""
    worth = priors(asked)
    return sorted(paths, key=lambda path: (-worth[sort_of(path)], path.count("/"), path))


def places_of(path: str, text: Sequence[str], found: Sequence[int], asked: str) -> list[MatchPlace]:
    """The places of the `found` lines (1-based, ascending) of a file, the best first.

    A definition that was found comes before what uses it.
    """
    prior = max(priors(asked)[sort_of(path)], 0.01)
    whole = split(path, "".join(text))
    blocks, heads = whole.blocks, {one.number for one in whole.outline}
    out: list[MatchPlace] = []
    at = 0
    for line in found[:_MOST_LINES]:
        while at < len(blocks) - 1 and blocks[at].last < line:
            at += 1
        block = blocks[at] if blocks else Block(1, len(text), "lines", "", "")
        first, last = _window(block, line)
        worth = prior * (_DEFINES if line in heads else 1.0)
        near = out[-1] if out else None
        if near is not None and first <= near.last + 1:
            worth = max(near.worth, worth)
            out[-1] = MatchPlace(near.first, max(last, near.last), (*near.lines, line), worth)
        else:
            out.append(MatchPlace(first, last, (line,), worth))
    return sorted(out, key=lambda place: -place.worth)


def _window(block: Block, line: int) -> tuple[int, int]:
    """The block of a line, or of a long one the lines round it."""
    if block.last - block.first < _WHOLE:
        return block.first, block.last
    return max(block.first, line - _ABOVE), min(block.last, line + _BELOW)
