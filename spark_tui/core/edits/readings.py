"""Which reading of a SEARCH/REPLACE block is meant: the file tells.

A block that holds several dividers, as a heading's underline or a conflict's middle looks like one,
can be cut at each of them; one that stands indented may or may not have lines of its own there.
"""

from __future__ import annotations

from spark_tui.core.edits.guard import is_prose
from spark_tui.core.edits.index import Level, LineIndex
from spark_tui.core.edits.locate import Match, locate
from spark_tui.core.edits.model import RawHunk, Refusal, RefusalCode


def read_block(raw: RawHunk, index: LineIndex) -> RawHunk | Refusal:
    """The reading whose searched lines stand in the file, the longest of several."""
    readings = sorted(raw.readings, key=lambda reading: -len(reading.old()))
    for reading in readings:
        match = _exact(reading, index)
        if match is None:
            continue
        longer = len(reading.old()) < len(readings[0].old())
        if longer and _goes_on(match, index):
            break  # the file goes on as the block does: a longer one was meant, and slipped
        if not _may_underline(reading, index):
            break
        return reading
    if len({len(reading.old()) for reading in readings}) == 1:
        return raw
    return Refusal(RefusalCode.MALFORMED, "two dividers in one SEARCH block")


def _exact(reading: RawHunk, index: LineIndex) -> Match | None:
    if not any(text.strip() for text in reading.old()):
        return None
    located = locate(reading, index)
    match = located.match or (located.choices[0] if located.choices else None)
    return match if match and not match.loose and match.level <= Level.FOLD else None


def _may_underline(reading: RawHunk, index: LineIndex) -> bool:
    """Whether a divider among the new lines can be text: of prose, or of a file that has such."""
    if not any(line.tag == "+" and _is_rule(line.text) for line in reading.lines):
        return True
    conflict = any(text.startswith("<<<<<<< ") for text in index.texts)
    return is_prose(index.image.path) or (any(map(_is_rule, index.texts)) and not conflict)


def _is_rule(text: str) -> bool:
    bare = text.strip()
    return len(bare) > 4 and not bare.strip("=")


def _goes_on(match: Match, index: LineIndex) -> bool:
    """Whether a divider stands behind the matched lines in the file too."""
    below = index.texts[match.end : match.end + 1]
    return bool(below) and _is_rule(below[0])
