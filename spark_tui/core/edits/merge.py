"""A hunk that fits nowhere merged into the lines of the file it was most likely meant for.

Where the file and the edit changed the same words, both stand there between conflict marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.model import RawHunk
from spark_tui.core.edits.near_miss import near_miss
from spark_tui.core.regex import regex

OURS, BETWEEN, THEIRS = "<<<<<<< the file", "=======", ">>>>>>> the edit"
"""The marks round what only a person can decide."""

_WORD = regex(r"\w+|\s+|.", re.DOTALL)


class Merge(NamedTuple):
    """The texts that would take the place of `lines`, which begin on line `start` (from 0)."""

    start: int
    lines: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """As a text to edit."""
        return "".join(f"{text}\n" for text in self.texts)


class _Old(NamedTuple):
    """A line that the edit expects: whether it stays, and what the edit writes behind it."""

    text: str
    stays: bool
    added: list[str]


def merge(raw: RawHunk, index: LineIndex) -> Merge | None:
    """The edit and the file as one; None where no place is near, or the edit expects nothing."""
    near = near_miss(raw.old(), index) if any(line.tag != "+" for line in raw.lines) else None
    if near is None or near.start == near.end:
        return None
    before: list[str] = []
    expected: list[_Old] = []
    for line in raw.lines:
        if line.tag != "+":
            expected.append(_Old(line.text, line.tag == " ", []))
        elif expected:
            expected[-1].added.append(line.text)
        else:
            before.append(line.text)
    out = before
    for op in near.ops:
        wanted = expected[op.a1 : op.a2]
        there = index.texts[near.start + op.b1 : near.start + op.b2]
        if op.equal:
            for one, text in zip(wanted, there, strict=True):
                out += [text] * one.stays + one.added
        else:
            out += _both(wanted, there)
    return Merge(near.start, tuple(index.image.lines[near.start : near.end]), tuple(out))


def in_conflict(texts: Sequence[str]) -> bool:
    """Whether marks of ours are still in it."""
    return bool({OURS, THEIRS} & set(texts))


def _both(wanted: Sequence[_Old], there: Sequence[str]) -> Iterator[str]:
    """Lines that the file has others for, as the edit changed them, in the file's own form."""
    if all(one.stays and not one.added for one in wanted):
        yield from there
        return
    if len(wanted) == len(there):
        merged = [_line(one, text) for one, text in zip(wanted, there, strict=True)]
        if None not in merged:
            yield from (text for one in merged if one is not None for text in one)
            return
    yield OURS
    yield from there
    yield BETWEEN
    for one in wanted:
        if one.stays:
            yield one.text
        yield from one.added
    yield THEIRS


def _line(one: _Old, there: str) -> list[str] | None:
    """One line with the changes of both; None where they meet."""
    if one.stays:
        return [there, *one.added]
    if len(one.added) != 1:
        return None
    text, indent = there.strip(), there[: len(there) - len(there.lstrip())]
    old, mine, new = (_WORD.findall(t.strip()) for t in (one.text, text, one.added[0]))
    changes = sorted(
        (op.a1, op.a2, side[op.b1 : op.b2])
        for side in (mine, new)
        for op in opcodes(old, side)
        if not op.equal
    )
    out: list[str] = []
    at = 0
    for number, (start, end, words) in enumerate(changes):
        if number and start <= changes[number - 1][1]:
            return None
        out += [*old[at:start], *words]
        at = end
    return [indent + "".join([*out, *old[at:]])]
