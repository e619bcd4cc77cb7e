"""Signs that an edit is in the file already, or that its place is doubtful though it fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from spark_tui.core.edits.index import Level, LineIndex
from spark_tui.core.edits.model import RawHunk, TaggedLine


def stands(raw: RawHunk, index: LineIndex, level: Level) -> bool:
    """Whether the new side is in the file instead of the old, saying enough to mean it."""
    new = raw.new()
    added = [line.text for line in raw.lines if line.tag == "+" and line.text.strip()]
    there = Level.RSTRIP if added else Level.STRIP
    if any(index.find(there, run) for run in removed_runs(raw)):
        return False
    if not added and not _spans_gap(raw):
        return False
    if level == Level.STRIP and added and max(len(t.strip()) for t in new) < 4:
        return False
    return bool(index.find(level, new))


def holds(raw: RawHunk, index: LineIndex) -> bool:
    """Whether all of the new side stands in the file, whatever else does."""
    added = [line.text for line in raw.lines if line.tag == "+"]
    telling = sum(len(text.strip()) for text in added) > 3
    return telling and bool(index.find(Level.RSTRIP, raw.new()))


def _spans_gap(raw: RawHunk) -> bool:
    """Whether text stands on both sides of every removed run: only then its absence shows."""
    parts = [
        [line.text for line in group if line.text.strip()]
        for removed, group in groupby(raw.lines, key=lambda line: line.tag == "-")
        if not removed
    ]
    return len(parts) > 1 and all(parts)


def removed_runs(raw: RawHunk) -> Iterator[list[str]]:
    """Runs of removed lines that hold some text."""
    run: list[str] = []
    for line in (*raw.lines, TaggedLine(" ", "")):
        if line.tag == "-":
            run.append(line.text)
        elif run and line.tag == " ":
            if any(text.strip() for text in run):
                yield run
            run = []


def repeats(raw: RawHunk, index: LineIndex, start: int) -> bool:
    """Lines added at the hunk's edge stand there already, beside a context that still fits."""
    tags = "".join(line.tag for line in raw.lines)
    if "-" in tags or not re.fullmatch(r" +\++|\++ +", tags):
        return False
    added = [line.text for line in raw.lines if line.tag == "+"]
    if sum(bool(text.strip()) for text in added) == 0 or not any(len(t.strip()) > 3 for t in added):
        return False
    n = len(raw.old())
    at = start + n if tags[0] == " " else start - len(added)
    return at >= 0 and [t.rstrip() for t in index.texts[at : at + len(added)]] == [
        t.rstrip() for t in added
    ]


def between_equals(raw: RawHunk, index: LineIndex, end: int) -> bool:
    """Lines added behind a line that the file repeats right after: it could be either."""
    tags = "".join(line.tag for line in raw.lines)
    if "-" in tags or not re.fullmatch(r" +\++", tags) or end >= len(index.texts):
        return False
    following = index.texts[end].strip()
    return bool(following) and following == index.texts[end - 1].strip()
