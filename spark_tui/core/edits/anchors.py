"""What narrows several places down: anchors, the End-of-File mark, line hints."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.index import Level, LineIndex, fold, indent_width
from spark_tui.core.edits.model import RawHunk

_MOST_SCOPES = 400
_LEAST_TEXT = 2


def narrowed(raw: RawHunk, index: LineIndex, hits: Sequence[int], level: Level) -> list[int]:
    """Those hits that fit the hunk's anchors, End-of-File mark and line hint."""
    out = list(hits)
    if not out:
        return out
    n = len(raw.old())
    if raw.anchors:
        out = after_anchors(raw, index, out, n, first=level == Level.EXACT)
    if len(out) > 1 and raw.at_end:
        last = len(index.texts)
        out = [start for start in out if start + n == last] or out
    if len(out) > 1 and raw.line_hint is not None and raw.line_hint - 1 in out:
        return [raw.line_hint - 1]
    return out


def after_anchors(
    raw: RawHunk, index: LineIndex, hits: list[int], n: int, *, first: bool
) -> list[int]:
    """Hits behind the anchors (or that hold the last one); with a sure anchor, the first of them.

    An anchor the file does not have says nothing. One that is a whole line elsewhere but leaves
    no hit may have been meant as the start of a line.
    """
    for loose in (False, True):
        places, sure = _places(raw, index, loose=loose)
        if not places:
            return hits
        behind = [start for start in hits if start + n > places[0]]
        if behind:
            break
    if len(behind) <= 1 or len(behind) * len(places) > _MOST_SCOPES:
        return behind
    within = [s for s in behind if any(_in_scope(index, p, s) for p in places if p < s + n)]
    if len(within) == 1:
        return within
    if sure and first:
        return (within or behind)[:1]
    return within or behind


def _places(raw: RawHunk, index: LineIndex, *, loose: bool) -> tuple[list[int], bool]:
    """(lines the innermost known anchor may be, whether it is one line for sure)."""
    floor, sure = -1, False
    places: list[int] = []
    for anchor in raw.anchors:
        exactly, where = anchor_lines(index, anchor, loose=loose)
        later = [i for i in where if i > floor]
        if later:
            places, floor = later, later[0]
            sure = exactly and len(later) == 1
    return places, sure


def in_scope_before(raw: RawHunk, index: LineIndex, start: int) -> int | None:
    """A looser place inside the anchor's block, where the stricter one at `start` is outside."""
    if not raw.anchors:
        return None
    places, sure = _places(raw, index, loose=False)
    if not sure or places[0] >= start or _in_scope(index, places[0], start):
        return None
    looser = index.find(Level.STRIP, raw.old())[:_MOST_SCOPES]
    return next(
        (s for s in looser if places[0] < s < start and _in_scope(index, places[0], s)), None
    )


def strays(raw: RawHunk, index: LineIndex, start: int) -> int | None:
    """The line of a sure anchor, where another definition begins between it and a hit at `start`.

    The hunk was written for the anchor's block then, and fits only elsewhere.
    """
    if not raw.anchors:
        return None
    places, sure = _places(raw, index, loose=False)
    if not sure or places[0] >= start or not index.defines(places[0]):
        return None
    level = indent_width(index.texts[places[0]])
    for line in range(places[0] + 1, start):
        if index.defines(line) and indent_width(index.texts[line]) <= level:
            return places[0]
    return None


def anchor_lines(index: LineIndex, anchor: str, *, loose: bool = False) -> tuple[bool, list[int]]:
    """(whole line?, 0-based lines) an `@@` text names: as a line, else as the start of one.

    With `loose` it is taken for the start of a line only. Texts that say too little name nothing.
    """
    if sum(char.isalnum() for char in anchor) < _LEAST_TEXT:
        return False, []
    if not loose:
        for level in Level:
            hits = index.find(level, (anchor,))
            if hits:
                return True, hits
    wanted = fold(anchor).strip().rstrip(":{( \t")
    out = []
    for i, key in enumerate(index.keys(Level.STRIP)):
        if key.startswith(wanted) and not (
            wanted[-1].isalnum() and key[len(wanted) : len(wanted) + 1].replace("_", "a").isalnum()
        ):
            out.append(i)
    return False, out


def _in_scope(index: LineIndex, anchor: int, start: int) -> bool:
    """Whether every line between belongs to the anchor's block, judged by indentation."""
    if start <= anchor:
        return True
    texts = index.texts
    level = indent_width(texts[anchor])
    closing = tuple(")]}")
    for i in range(anchor + 1, start + 1):
        text = texts[i]
        if text.strip() and indent_width(text) <= level and not text.lstrip().startswith(closing):
            return False
    return True
