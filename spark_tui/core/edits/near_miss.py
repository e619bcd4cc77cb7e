"""Where a hunk that fits nowhere was most likely meant, and how the file reads there.

The place is the one that most of its old lines vote for: those that are in the file, rare ones
counting more; without any, those that are most like a line of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.index import Level, LineIndex, normalised

_MOST_PLACES = 200
"""A line that stands in more places tells nothing of the place."""

_SIMILAR = 60.0
"""Per cent from which a line that is not in the file counts as meant by another one."""

_MOST_COMPARED = 8
_LONGEST_FILE = 50_000
_LONGEST_LINE = 400
_LEAST = 6
_SLACK = 3


class NearMiss(NamedTuple):
    """Lines `start` to `end` (0-based, half-open) of the file; `ops` take the old lines to them."""

    start: int
    end: int
    ops: tuple[Op, ...]


def near_miss(old: Sequence[str], index: LineIndex) -> NearMiss | None:
    """The likeliest place of a hunk with these old lines; None where nothing tells of one."""
    keys, wanted = index.keys(Level.STRIP), normalised(Level.STRIP, old)
    votes = _votes(wanted, index) or _similar(wanted, keys)
    if not votes:
        return None
    offset = max(votes, key=lambda o: (votes[o], -o))
    start = min(max(0, offset), len(keys))
    end = min(len(keys), max(offset + len(old), start) + _SLACK)
    ops = opcodes(wanted, keys[start:end])
    last = ops[-1]
    if not last.equal:  # what stands below it is not meant
        most = max(0, last.b1 + last.a2 - last.a1)
        ops[-1:] = [last._replace(b2=min(last.b2, most))] if last.a2 > last.a1 else []
    length = ops[-1].b2 if ops else 0
    return NearMiss(start, start + length, tuple(ops))


def first_difference(old: Sequence[str], index: LineIndex) -> tuple[int, str, str] | None:
    """(0-based file line, expected, found) of the first difference there; None without one."""
    near = near_miss(old, index)
    op = next((op for op in near.ops if not op.equal), None) if near is not None else None
    if near is None or op is None:
        return None
    line = near.start + op.b1
    expected = old[op.a1] if op.a1 < op.a2 else ""
    found = index.texts[line] if op.b1 < op.b2 else ""
    return max(0, min(line, len(index.texts) - 1)), expected, found


def _votes(wanted: Sequence[str], index: LineIndex) -> dict[int, float]:
    """Offsets of the old lines in the file, by the lines that are in it."""
    at = index.positions(Level.STRIP)
    votes: dict[int, float] = {}
    for i, key in enumerate(wanted):
        places = at.get(key, []) if len(key) > 2 else []
        if len(places) <= _MOST_PLACES:
            for p in places:
                votes[p - i] = votes.get(p - i, 0.0) + 1 / len(places)
    return votes


def _similar(wanted: Sequence[str], keys: Sequence[str]) -> dict[int, float]:
    """The same by lines that are like one in it."""
    if len(keys) > _LONGEST_FILE:
        return {}
    from rapidfuzz import process
    from rapidfuzz.fuzz import ratio

    telling = [i for i, key in enumerate(wanted) if _LEAST <= len(key) <= _LONGEST_LINE]
    telling.sort(key=lambda i: -len(wanted[i]))
    choices = {n: key for n, key in enumerate(keys) if _LEAST <= len(key) <= _LONGEST_LINE}
    votes: dict[int, float] = {}
    for i in telling[:_MOST_COMPARED]:
        found = process.extract(
            wanted[i], choices, scorer=ratio, score_cutoff=_SIMILAR, limit=_MOST_COMPARED
        )
        for _, score, p in found:
            votes[p - i] = votes.get(p - i, 0.0) + score / 100
    return votes
