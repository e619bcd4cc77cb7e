"""Comments that ask for an edit: a comment line that ends in a marker (`AI!`). Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass

_LEADERS = r"(?:\#+|//+|--+|;+|%+|/\*+|\*+|<!--|\{-|\(\*|REM\b)"
_CLOSERS = r"(?:\*/|-->|-\}|\*\))?"

LONGEST = 2_000
"""Longer lines are no comments that a person wrote."""


@dataclass(frozen=True, slots=True)
class CommentRequest:
    """A comment that asks for an edit, at a 1-based `line`; `text` is what it says.

    `raw` is the comment from its text on, marker included, as it stands in the file.
    """

    path: str
    line: int
    text: str
    raw: str


def requests(path: str, lines: Sequence[str], marker: str) -> tuple[CommentRequest, ...]:
    """The comments of a file that ask for an edit, top to bottom; none without a marker."""
    if not marker:
        return ()
    pattern = re.compile(
        rf"(?:^|\s){_LEADERS}\s*(?P<raw>(?P<text>\S.*?)\s*{re.escape(marker)})\s*{_CLOSERS}\s*$"
    )
    out = []
    for number, line in enumerate(lines, 1):
        if marker not in line or len(line) > LONGEST:
            continue
        found = pattern.search(line)
        if found is not None:
            out.append(CommentRequest(path, number, found["text"], found["raw"]))
    return tuple(out)


def fresh(
    before: Sequence[CommentRequest], after: Sequence[CommentRequest]
) -> tuple[CommentRequest, ...]:
    """Those of `after` that `before` has not, wherever they stand: a moved one is not new."""
    known = Counter(request.raw for request in before)
    out = []
    for request in after:
        if known[request.raw]:
            known[request.raw] -= 1
        else:
            out.append(request)
    return tuple(out)
