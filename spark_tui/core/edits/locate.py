"""The matching ladder: where in a file a hunk belongs, or why that can't be said.

Levels go from exact over trailing blanks and typography to indentation. Every level gathers *all*
places and takes only one that is unique after anchors, End-of-File marks and line hints narrowed
it; several are ambiguous and end the search. Below the levels one context line may have slipped
(`fuzzy_context`). Removed lines must match; kept lines always come from the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits import fuzzy_context, guard
from spark_tui.core.edits.already_applied import (
    between_equals,
    holds,
    removed_runs,
    repeats,
    stands,
)
from spark_tui.core.edits.anchors import (
    after_anchors,
    anchor_lines,
    in_scope_before,
    narrowed,
    strays,
)
from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.index import Level, LineIndex, indent_of, normalised
from spark_tui.core.edits.model import Candidate, RawHunk, Refusal, RefusalCode, TaggedLine
from spark_tui.core.edits.near_miss import first_difference

MOST_CHOICES = 20
"""So many places of an ambiguous hunk are listed."""
_NEAR = 30


@dataclass(frozen=True, slots=True)
class Match:
    """A place for a hunk. `at` holds, per old-side line of `raw`, its 0-based file line.

    None stands for a context line the file does not have. `raw` may be the hunk without blank
    edges. `loose` says that one context line slipped.
    """

    raw: RawHunk
    level: Level
    at: tuple[int | None, ...]
    loose: bool = False
    widened: bool = False

    @property
    def start(self) -> int:
        """First file line covered."""
        return min(i for i in self.at if i is not None)

    @property
    def end(self) -> int:
        """Behind the last file line covered."""
        return max(i for i in self.at if i is not None) + 1


@dataclass(frozen=True, slots=True)
class Located:
    """Outcome of a search: the one `match`, or a `refusal` with the matches it can't choose from.

    `insert_at` is a place between lines (for hunks without old lines).
    """

    match: Match | None = None
    insert_at: int | None = None
    refusal: Refusal | None = None
    choices: tuple[Match, ...] = field(default=())


def locate(raw: RawHunk, index: LineIndex) -> Located:
    """Find the hunk's one place in the file."""
    old = raw.old()
    if not any(line.tag != " " for line in raw.lines):
        return _refused(RefusalCode.EMPTY, "the edit changes nothing")
    if not old:
        return _insertion(raw, index)
    if not any(text.strip() for text in old) and not raw.at_end and raw.line_hint is None:
        blank = _blank_only(raw, index)
        if blank:
            return blank
    found = _ladder(raw, index)
    if found is None:
        found = next(filter(None, (_ladder(r, index) for r in _without_blank_edges(raw))), None)
    if found is None and raw.elided:
        found = _elided(raw, index)
    if found is None and stands(raw, index, Level.STRIP):
        found = _already()
    if found is None and not raw.elided:
        found = _slipped(raw, index)
    return found or _diverges(raw, index)


def _refused(code: RefusalCode, message: str) -> Located:
    return Located(refusal=Refusal(code, message))


def _already() -> Located:
    return _refused(RefusalCode.ALREADY_APPLIED, "the edit is already in the file")


def _blank_only(raw: RawHunk, index: LineIndex) -> Located | None:
    """Old lines that are all blank fix no place, unless the file has just one such run."""
    hits = index.find(Level.RSTRIP, raw.old())
    if len(hits) <= 1:
        return None
    return _refused(RefusalCode.AMBIGUOUS, "the edit only names blank lines")


# ------------------------------------------------------------------- levels


def _ladder(raw: RawHunk, index: LineIndex) -> Located | None:
    old = raw.old()
    for level in Level:
        if level == Level.FOLD and stands(raw, index, Level.RSTRIP):
            return _already()
        hits = index.find(level, old)
        hits = narrowed(raw, index, hits, level)
        if hits:
            return _decide(raw, index, level, hits)
        if level == Level.RSTRIP and raw.prefixed:
            found = _lost_prefix(raw, index)
            if found:
                return found
    return None


def _decide(raw: RawHunk, index: LineIndex, level: Level, hits: Sequence[int]) -> Located:
    n = len(raw.old())
    some = hits[:MOST_CHOICES]
    matches = [Match(raw, level, tuple(range(start, start + n))) for start in some]
    if len(hits) > len(some):
        return ambiguous(matches, index, count=len(hits))
    if len(matches) == 1:
        if repeats(raw, index, hits[0]):
            return _already()
        if between_equals(raw, index, hits[0] + n):
            return _refused(
                RefusalCode.AMBIGUOUS, "the line it follows is there twice, so it is not placed"
            )
        twin = _at_hint(raw, index)
        if twin is None and level < Level.STRIP:
            twin = in_scope_before(raw, index, hits[0])
        if twin is not None and twin != hits[0]:
            matches.append(Match(raw, Level.STRIP, tuple(range(twin, twin + n))))
            return ambiguous(matches, index)
        anchor = strays(raw, index, hits[0])
        astray = None if anchor is None else _astray(raw, index, anchor, matches[0])
        return astray or Located(match=matches[0])
    return ambiguous(matches, index)


def _astray(raw: RawHunk, index: LineIndex, anchor: int, match: Match) -> Located | None:
    """A hunk that fits in another definition than its anchor's, though it may be meant in there.

    It is where it fits there but for one line, or where what it removes is there too.
    """
    for level in (Level.RSTRIP, Level.STRIP):
        for at in fuzzy_context.search(raw, index, level):
            inside = Match(raw, level, at, loose=True)
            if inside.start > anchor and strays(raw, index, inside.start) is None:
                return ambiguous([inside, match], index)
    for run in removed_runs(raw):
        for start in index.find(Level.STRIP, run):
            if start > anchor and strays(raw, index, start) is None:
                where = guard.shown(index.texts[anchor].strip())
                return _refused(RefusalCode.NOT_FOUND, f"does not fit in {where}")
    return None


def _at_hint(raw: RawHunk, index: LineIndex) -> int | None:
    """The hinted start, where the hunk fits there at any level: numbers and lines disagree then."""
    if raw.line_hint is None:
        return None
    start, n = raw.line_hint - 1, len(raw.old())
    fits = index.keys(Level.STRIP)[start : start + n] == normalised(Level.STRIP, raw.old())
    return start if fits else None


def ambiguous(matches: Sequence[Match], index: LineIndex, *, count: int = 0) -> Located:
    """A refusal that names the places: `count` of them, the first few in `matches`."""
    candidates = tuple(
        Candidate(changed_line(m) + 1, index.definition(changed_line(m))) for m in matches
    )
    message = f"fits in {count or len(matches)} places, so it is not placed"
    return Located(
        refusal=Refusal(RefusalCode.AMBIGUOUS, message, candidates=candidates),
        choices=tuple(matches),
    )


def changed_line(match: Match) -> int:
    """0-based file line of the first change."""
    k = 0
    for line in match.raw.lines:
        if line.tag != " ":
            break
        k += 1
    for at in match.at[k:]:
        if at is not None:
            return at
    return match.end


def _lost_prefix(raw: RawHunk, index: LineIndex) -> Located | None:
    """Context lines whose prefix was forgotten lost their first space to it: give it back."""
    if not any(line.tag == " " and line.text[:1] == " " for line in raw.lines):
        return None
    lines = tuple(
        line._replace(text=" " + line.text) if line.tag == " " and line.text[:1] == " " else line
        for line in raw.lines
    )
    longer = replace(raw, lines=lines)
    hits = narrowed(longer, index, index.find(Level.RSTRIP, longer.old()), Level.RSTRIP)
    if not hits:
        return None
    forgotten, shifted = _first_space_means(raw, index, hits[0])
    if forgotten and shifted:
        return _refused(RefusalCode.INDENT, "its indentation does not go with the file's")
    return _decide(longer, index, Level.RSTRIP, hits) if forgotten else None


def _first_space_means(raw: RawHunk, index: LineIndex, start: int) -> tuple[bool, bool]:
    """Whether the lines that lack a space may lack their prefix, and whether all lines lack one.

    Only added lines can tell where none is removed: they are right as they are, or a space short,
    as the indentation of the lines around has it.
    """
    old = [line for line in raw.lines if line.tag != "+" and line.text.strip()]
    added = {indent_of(line.text) for line in raw.lines if line.tag == "+" and line.text.strip()}
    if not added or any(line.tag == "-" or line.text[:1] != " " for line in old):
        return True, False
    near = index.texts[max(0, start - _NEAR) : start + len(raw.lines) + _NEAR]
    known = {indent_of(text) for text in near if text.strip()}
    unit = gcd(*(len(indent) for indent in known if not indent.strip(" ")))
    fits = [
        all(indent in known or (unit > 1 and not len(indent) % unit) for indent in indents)
        for indents in (added, {" " + indent for indent in added})
    ]
    return (fits[0], fits[1]) if any(fits) else (True, True)


def _without_blank_edges(raw: RawHunk) -> Iterator[RawHunk]:
    """The hunk without one blank old line, then without all, at its head, its end, and both.

    Where tags were worked out from two texts the blanks may have paired up anywhere: both texts
    lose them, and are compared anew.
    """
    trim = _trimmed_tagged if raw.prefixed else _trimmed_texts
    texts = [line.text for line in raw.lines] if raw.prefixed else raw.old()
    blank = [end for end in (0, -1) if texts and not texts[end].strip()]
    for most in (1, len(raw.lines)):
        for ends in dict.fromkeys((*((end,) for end in blank), tuple(blank))) if blank else ():
            edged = trim(raw, ends, most)
            tags = {line.tag for line in edged}
            if edged != raw.lines and tags - {"+"} and tags - {" "}:
                yield replace(raw, lines=edged)


def _trimmed_tagged(raw: RawHunk, ends: Sequence[int], most: int) -> tuple[TaggedLine, ...]:
    lines = list(raw.lines)
    for end in ends:
        for _ in range(most):
            if lines and not lines[end].text.strip() and lines[end].tag == " ":
                lines.pop(end)
    return tuple(lines)


def _trimmed_texts(raw: RawHunk, ends: Sequence[int], most: int) -> tuple[TaggedLine, ...]:
    old, new = list(raw.old()), list(raw.new())
    for end in ends:
        for _ in range(most):
            if not old or old[end].strip():
                break
            if new and not new[end].strip():
                if new[end] != old[end]:
                    return raw.lines  # the blanks themselves are what changes
                new.pop(end)
            old.pop(end)
    return tagged(old, new)


# ------------------------------------------------------------------- no old lines, left-out lines


def _insertion(raw: RawHunk, index: LineIndex) -> Located:
    """A hunk of added lines only: behind its anchor, or at the end where the format says so."""
    if not raw.anchors:
        if raw.at_end or not index.texts:
            return Located(insert_at=len(index.texts))
        if not raw.prefixed and raw.line_hint is not None:
            return Located(insert_at=min(raw.line_hint - 1, len(index.texts)))
        return _refused(RefusalCode.NOT_FOUND, "the edit names no line to stand beside")
    if stands(raw, index, Level.RSTRIP):
        return _already()
    floor = -1
    for anchor in raw.anchors:
        _, where = anchor_lines(index, anchor)
        later = [i for i in where if i > floor]
        if not later:
            return _refused(RefusalCode.NOT_FOUND, "the line it follows is not in the file")
        if len(later) > 1:
            return _refused(
                RefusalCode.AMBIGUOUS,
                f"the line it follows is there {len(later)} times, so it is not placed",
            )
        floor = later[0]
    return Located(insert_at=floor + 1)


def _elided(raw: RawHunk, index: LineIndex) -> Located | None:
    """`...` on both sides stands for kept lines: each piece between must be there just once."""
    pieces: list[list[str]] = [[]]
    for text in raw.old():
        if text.strip() == "...":
            pieces.append([])
        else:
            pieces[-1].append(text)
    if any(line.tag != " " and line.text.strip() == "..." for line in raw.lines):
        return _refused(RefusalCode.ELIDED, "its ... lines do not pair up")
    at: list[int | None] = []
    cursor = 0
    level = Level.EXACT
    for number, piece in enumerate(pieces):
        if number:
            at.append(None)
        if not piece:
            continue
        hits: list[int] = []
        for step in Level:
            hits = index.find(step, piece)
            if hits:
                level = max(level, step)
                break
        if len(hits) != 1 or hits[0] < cursor:
            return None
        if at and at[-1] is None and hits[0] > cursor and number:
            at[-1] = hits[0] - 1  # the dots stand for all lines up to here
        at += range(hits[0], hits[0] + len(piece))
        cursor = hits[0] + len(piece)
    if all(i is None for i in at) or not pieces[0]:
        return None
    return Located(match=Match(raw, level, tuple(at), widened=True))


# ------------------------------------------------------------------- one slipped context line


def _slipped(raw: RawHunk, index: LineIndex) -> Located | None:
    if holds(raw, index):
        return _already()
    if fuzzy_context.meant_at(raw, index):
        return None  # it is known where it belongs, and there the removed lines are others
    for level in (Level.RSTRIP, Level.FOLD, Level.STRIP):
        found = fuzzy_context.search(raw, index, level)
        if not found:
            continue
        same_change = {_effect(raw, at): Match(raw, level, at, loose=True) for at in found}
        matches = list(same_change.values())
        if raw.anchors and matches:
            starts = after_anchors(
                raw, index, [m.start for m in matches], len(raw.old()), first=False
            )
            matches = [m for m in matches if m.start in starts]
        if len(matches) == 1:
            return Located(match=matches[0])
        if matches:
            return ambiguous(matches, index)
    return None


def _effect(raw: RawHunk, at: Sequence[int | None]) -> tuple[tuple[str, int], ...]:
    """Which file lines go and where lines are added: two alignments may come to the same."""
    out: list[tuple[str, int]] = []
    places = iter(at)
    cursor = min(i for i in at if i is not None)
    for line in raw.lines:
        if line.tag == "+":
            out.append(("+", cursor))
            continue
        place = next(places)
        if place is None:
            continue
        cursor = place + 1
        if line.tag == "-":
            out.append(("-", place))
    return tuple(out)


def _diverges(raw: RawHunk, index: LineIndex) -> Located:
    """Words for a hunk that fits nowhere: the first line that differs at its most likely place."""
    best = first_difference(raw.old(), index)
    if best is None:
        return _refused(RefusalCode.NOT_FOUND, "the lines it wants to change are not in the file")
    line, expected, found = best
    return Located(
        refusal=Refusal(
            RefusalCode.NOT_FOUND,
            f"line {line + 1} is not what the edit expects",
            line=line + 1,
            expected=expected,
            found=found,
        )
    )
