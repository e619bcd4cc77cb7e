"""Hunks that make the same replacement: one word for another, and nothing else.

What is not surely that is not alike: a group of them is decided by its few words, so every change
in it must be one of those words, in plain sight.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.guard import protected
from spark_tui.core.edits.model import FileOp, Hunk, HunkState
from spark_tui.core.edits.text import bare, ending
from spark_tui.core.regex import regex

FEWEST = 3
"""So many hunks of one answer make a group."""

LONGEST_CHANGE = 28
"""Cells from a line's first changed word to its last: so much fits into one row on any screen."""

LONGEST_WORDS = 40
"""Cells of what a group is called."""

_WORD = regex(r"\w+|\s+|.", re.DOTALL)
_VISIBLE = regex(r"[!-~]*[A-Za-z0-9_][!-~]*")
_PLAIN = regex(r"[ -~]*")
_LONGEST_LINE = 2_000


class Swap(NamedTuple):
    """`old` becomes `new`; both are visible ASCII without blanks. `times` is 0 for any number."""

    old: str
    new: str
    times: int = 0


Swaps = tuple[Swap, ...]
"""A replacement: what hunks must have in common to be alike."""


class ReplacedLine(NamedTuple):
    """One changed line: its 1-based number in the file, its new text, the ranges that are new."""

    line: int
    text: str
    marks: tuple[tuple[int, int], ...]


def named(swaps: Swaps) -> str:
    """A replacement in its own words: `add → plus`."""
    return ", ".join(f"{one.old} → {one.new}" for one in swaps)


def replacement(hunk: Hunk) -> Swaps | None:
    """What a located hunk replaces, where that is all it does and all of it can be shown.

    Its lines keep their number, endings and blanks; on each changed one whole words give way to
    words, close enough together for one row. Each word stands for one other and none for two, so
    that the new line tells the old one. With one pair of words it does not matter how often it
    occurs; of several each must occur as often as in the other hunks.
    """
    if hunk.op is not FileOp.UPDATE or hunk.base_span is None or hunk.depends_on is not None:
        return None
    if len(hunk.old) != len(hunk.new) or hunk.old == hunk.new:
        return None
    found: Counter[tuple[str, str]] = Counter()
    for old, new in zip(hunk.old, hunk.new, strict=True):
        if old == new:
            continue
        pairs = _pairs(bare(old), bare(new)) if ending(old) == ending(new) else None
        if not pairs:
            return None
        found.update(pairs)
    olds, news = {old for old, _ in found}, {new for _, new in found}
    if len(olds) < len(found) or len(news) < len(found):
        return None
    alone = len(found) == 1
    swaps = tuple(Swap(*pair, 0 if alone else times) for pair, times in sorted(found.items()))
    return swaps if len(named(swaps)) <= LONGEST_WORDS else None


def places(hunk: Hunk) -> tuple[ReplacedLine, ...]:
    """The changed lines of a hunk that has a `replacement`."""
    start = hunk.base_span[0] if hunk.base_span is not None else 0
    out = []
    for number, (old, new) in enumerate(zip(hunk.old, hunk.new, strict=True), start + 1):
        if old != new:
            marks = tuple((b1, b2) for _, _, b1, b2 in _runs(bare(old), bare(new)))
            out.append(ReplacedLine(number, bare(new), marks))
    return tuple(out)


def alike(hunks: Sequence[Hunk]) -> dict[Swaps, list[Hunk]]:
    """Open hunks of one answer by what they replace, where enough of them do.

    Those of protected files are left out: each of them takes a key of its own.
    """
    found: dict[Swaps, list[Hunk]] = {}
    for hunk in hunks:
        if hunk.state is HunkState.OPEN and not protected(hunk):
            swaps = replacement(hunk)
            if swaps is not None:
                found.setdefault(swaps, []).append(hunk)
    return {swaps: group for swaps, group in found.items() if len(group) >= FEWEST}


def _pairs(old: str, new: str) -> list[tuple[str, str]] | None:
    """The words that give way on one line; None where anything else changes, or out of sight."""
    if max(len(old), len(new)) > _LONGEST_LINE:
        return None
    runs = _runs(old, new)
    for a1, a2, b1, b2 in runs:
        if not _VISIBLE.fullmatch(old[a1:a2]) or not _VISIBLE.fullmatch(new[b1:b2]):
            return None
    if not runs:
        return None
    changed = (old[runs[0][0] : runs[-1][1]], new[runs[0][2] : runs[-1][3]])
    if any(len(text) > LONGEST_CHANGE or not _PLAIN.fullmatch(text) for text in changed):
        return None
    return [(old[a1:a2], new[b1:b2]) for a1, a2, b1, b2 in runs]


def _runs(old: str, new: str) -> list[tuple[int, int, int, int]]:
    """Character ranges of both texts that differ, whole words each."""
    a, b = _WORD.findall(old), _WORD.findall(new)
    starts_a, starts_b = _starts(a), _starts(b)
    return [
        (starts_a[op.a1], starts_a[op.a2], starts_b[op.b1], starts_b[op.b2])
        for op in opcodes(a, b)
        if not op.equal
    ]


def _starts(words: Sequence[str]) -> list[int]:
    out = [0]
    for word in words:
        out.append(out[-1] + len(word))
    return out
