"""Joins an answer that hit its length limit with what came when it was asked to go on."""

from __future__ import annotations

import re

from spark_tui.core.regex import regex

LEAST_OVERLAP, LEAST_AT_LINE = 8, 4
"""Letters and digits that have to be the same before it is taken for a repetition."""

MOST_OVERLAP = 2_000

ENOUGH = 400
"""Characters of the continuation by which what it repeats is known."""

_FENCE = regex(r"^[ \t]*(```+|~~~+)", re.MULTILINE)
_OPENING = regex(r"\A\s*(```+|~~~+)[^\n`]*\n")


def continuation(before: str, start: str) -> str:
    """What `start` adds to `before`: without what it repeats, and without opening a fence again.

    Models that are told to begin with the very next character still write the last line again, or
    open the code fence they are in. Nothing else is guessed.
    """
    if len(_FENCE.findall(before)) % 2 and (opened := _OPENING.match(start)):
        start = start[opened.end() :]
        repeated = _overlap(before, start)
        if not repeated and not before.endswith("\n"):
            # A line that was cut inside goes on; one that was whole is followed by a new one.
            return start
        return start[repeated:]
    return start[_overlap(before, start) :]


def _overlap(before: str, start: str) -> int:
    """How many characters at the beginning of `start` stand at the end of `before` already.

    Few are no repetition: a bracket on a line of its own may well be followed by another. What
    begins where a line begins needs fewer than what begins inside of one.
    """
    for size in range(min(len(before), len(start), MOST_OVERLAP), 0, -1):
        if not before.endswith(start[:size]):
            continue
        at_line = len(before) == size or before[-size - 1] == "\n"
        letters = sum(c.isalnum() for c in start[:size])
        if letters >= (LEAST_AT_LINE if at_line else LEAST_OVERLAP):
            return size
    return 0
