"""A hunk as lines of a diff view, and what differs within changed lines."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple
from unicodedata import combining

from spark_tui.core.edits.diff import Op, opcodes, tagged
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.lookalike import ENDINGS, Unseen, appearance, kind_of
from spark_tui.core.edits.model import FileImage, FileOp, Hunk, Row, TaggedLine
from spark_tui.core.edits.near_miss import near_miss
from spark_tui.core.edits.text import bare, ending
from spark_tui.core.regex import regex

Ranges = tuple[tuple[int, int], ...]

# Scripts that set no blanks between words count by the character.
_CLOSE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = regex(rf"[^\W{_CLOSE}]+|\s+|.", re.DOTALL)
_SIMILAR = 0.5
_LONG_WORD = 32
"""Characters from which a word that differs is marked only where it does."""

_ALIKE = 0.6
_MOST_PAIRS = 64
_LONGEST_PARTNER = 4_000
"""Runs of other sizes are compared for partners up to so many pairs and characters a line."""

_MOST_CELLS = 4_000_000
"""Product of lengths up to which two changed stretches of a line are compared part by part."""


def rows(hunk: Hunk, image: FileImage, context: int = 3) -> tuple[Row, ...]:
    """The hunk as lines of a diff view, with `context` unchanged lines around it.

    A hunk without a place shows the model's own lines without numbers; a rename or mode change
    has none. New numbers count this hunk's change only.
    """
    if hunk.base_span is None:
        return tuple(_unplaced(hunk.raw.lines if hunk.raw else tagged(hunk.old, hunk.new)))
    start, end = hunk.base_span
    usual = image.eol if image.exists else ending((*hunk.old, *hunk.new, "\n")[0])
    out: list[Row] = []
    for i in range(max(0, start - context), start):
        out.append(Row(" ", i + 1, i + 1, bare(image.lines[i])))
    for op in opcodes(hunk.old, hunk.new):
        if op.equal:
            for i, j in zip(range(op.a1, op.a2), range(op.b1, op.b2), strict=True):
                out.append(Row(" ", start + i + 1, start + j + 1, bare(hunk.old[i])))
        else:
            out += changed_rows(hunk.old, hunk.new, op, usual, start)
    shift = len(hunk.new) - len(hunk.old)
    if hunk.op is FileOp.UPDATE:
        for i in range(end, min(len(image.lines), end + context)):
            out.append(Row(" ", i + 1, i + 1 + shift, bare(image.lines[i])))
    return tuple(out)


def missed_rows(hunk: Hunk, index: LineIndex) -> tuple[Row, ...]:
    """A hunk that fits nowhere, on the lines of the file that are nearest; () where none is.

    The file's own lines stand above those that the edit expects in their place, and what differs
    between the two is marked.
    """
    lines = hunk.raw.lines if hunk.raw is not None else ()
    old = [bare(line.text) for line in lines if line.tag != "+"]
    near = near_miss(old, index) if old else None
    if near is None:
        return ()
    places: dict[int, int] = {}
    above: dict[int, list[Row]] = defaultdict(list)
    marks: dict[int, Ranges] = {}
    for op in near.ops:
        first = near.start + op.b1
        if op.equal:
            places.update(zip(range(op.a1, op.a2), range(first, near.end), strict=False))
            continue
        there = index.texts[first : near.start + op.b2]
        partners = {j: i for i, j in _partners(old[op.a1 : op.a2], there)}
        for j, text in enumerate(there):
            own: Ranges = ()
            if j in partners:
                own, marks[op.a1 + partners[j]] = _marked(text, old[op.a1 + partners[j]])
            above[op.a1].append(Row(" ", first + j + 1, first + j + 1, text, own, there=True))
    return tuple(_missed(list(_unplaced(lines)), above, places, marks))


def _missed(
    rows: Sequence[Row],
    above: Mapping[int, Sequence[Row]],
    places: Mapping[int, int],
    marks: Mapping[int, Ranges],
) -> Iterator[Row]:
    number = 0
    for row in rows:
        if row.tag == "+":
            yield row
            continue
        yield from above.get(number, ())
        at = places.get(number)
        if at is None:
            yield row._replace(emphasis=marks.get(number, ()), unseen=())
        else:
            yield row._replace(old_no=at + 1, new_no=None if row.tag == "-" else at + 1)
        number += 1
    yield from above.get(number, ())


def _marked(one: str, other: str) -> tuple[Ranges, Ranges]:
    """What differs between two lines; where they share little, all but the indentation."""
    left, right = emphasis(one, other)
    if left or right or one == other:
        return left, right
    return _all_of(one), _all_of(other)


def _all_of(text: str) -> Ranges:
    return ((len(text) - len(text.lstrip()), len(text)),)


def changed_rows(
    old: Sequence[str], new: Sequence[str], op: Op, usual: str, start: int = 0
) -> Iterator[Row]:
    """The rows of one changed range of two texts that begin on line `start` (from 0).

    Line endings other than `usual` are named.
    """
    before, after = old[op.a1 : op.a2], new[op.b1 : op.b2]
    marks = _marks(before, after, usual)
    for i, (line, mark) in enumerate(zip(before, marks[0], strict=True), start + op.a1 + 1):
        yield Row("-", i, None, bare(line), *mark)
    for j, (line, mark) in enumerate(zip(after, marks[1], strict=True), start + op.b1 + 1):
        yield Row("+", None, j, bare(line), *mark)


def _unplaced(lines: Sequence[TaggedLine]) -> Iterator[Row]:
    """The model's own lines, in its order."""
    texts = [bare(line.text) for line in lines]
    for same, run in groupby(range(len(lines)), key=lambda n: lines[n].tag == " "):
        numbers = list(run)
        old, new = ([n for n in numbers if lines[n].tag == tag] for tag in "-+")
        marks = _marks([texts[n] for n in old], [texts[n] for n in new], None)
        known = {} if same else dict(zip((*old, *new), (*marks[0], *marks[1]), strict=True))
        for n in numbers:
            yield Row(lines[n].tag, None, None, texts[n], *known.get(n, _NO_MARK))


# ------------------------------------------------------------------- what differs


class _Mark(NamedTuple):
    """The last fields of a row."""

    emphasis: Ranges = ()
    ending: str = ""
    unseen: tuple[str, ...] = ()


_NO_MARK = _Mark()


def _marks(
    old: Sequence[str], new: Sequence[str], usual: str | None
) -> tuple[list[_Mark], list[_Mark]]:
    """What to mark in removed and added lines; with `usual` None their endings are not known."""
    marks = ([_lone(line, usual) for line in old], [_lone(line, usual) for line in new])
    alike = set()
    for i, j in _look_alikes(old, new) if old and new else ():
        alike.add(("-", i))
        alike.add(("+", j))
        marks[0][i], marks[1][j] = _told_apart(old[i], new[j], marks[0][i], marks[1][j], usual)
    for i, j in _partners(old, new):
        if ("-", i) not in alike and ("+", j) not in alike:
            left, right = emphasis(bare(old[i]), bare(new[j]))
            marks[0][i] = marks[0][i]._replace(emphasis=left)
            marks[1][j] = marks[1][j]._replace(emphasis=right)
    return marks


def _lone(line: str, usual: str | None) -> _Mark:
    if usual is None:
        return _NO_MARK
    own = ending(line)
    return _NO_MARK if own == usual else _Mark(ending=ENDINGS[own])


def _partners(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[int, int]]:
    """Removed lines and what they became: in order, by place where as many came as went."""
    n, m = len(old), len(new)
    if n == m:
        return list(zip(range(n), range(m), strict=True))
    if not n or not m or n * m > _MOST_PAIRS or max(map(len, (*old, *new))) > _LONGEST_PARTNER:
        return ()
    from rapidfuzz.distance import Indel

    # best[i][j]: how alike the lines from i and j on can be at most, taken in pairs
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    alike = [[Indel.normalized_similarity(a, b, score_cutoff=_ALIKE) for b in new] for a in old]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            both = alike[i][j] + best[i + 1][j + 1] if alike[i][j] else 0.0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < n and j < m:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            out.append((i, j))
            i, j = i + 1, j + 1
    return out


def _look_alikes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Removed and added lines that look the same and are not, each with one it may be taken for."""
    seen: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(old):
        seen[appearance(bare(line))].append(i)
    done: set[int] = set()
    for j, line in enumerate(new):
        others = [i for i in seen.get(appearance(bare(line)), ()) if old[i] != line]
        if others:
            fresh = next((i for i in others if i not in done), others[0])
            done.add(fresh)
            yield fresh, j


def _told_apart(
    old: str, new: str, left: _Mark, right: _Mark, usual: str | None
) -> tuple[_Mark, _Mark]:
    before, after = bare(old), bare(new)
    kinds: list[Unseen] = []
    ranges: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for op in opcodes(before, after, _MOST_CELLS):
        if op.equal:
            continue
        at_end = not (before[op.a2 :] + after[op.b2 :]).strip()
        kinds.append(kind_of(before[op.a1 : op.a2], after[op.b1 : op.b2], at_end=at_end))
        ranges[0].append((op.a1, op.a2))
        ranges[1].append((op.b1, op.b2))
    ends = ending(old), ending(new)
    if usual is not None and ends[0] != ends[1]:
        kinds.append(Unseen.LINE_ENDS if all(ends) else Unseen.FINAL_NEWLINE)
        if all(ends):
            left, right = (
                mark._replace(ending=ENDINGS[end])
                for mark, end in zip((left, right), ends, strict=True)
            )
    unseen = tuple(dict.fromkeys(kinds))
    return (
        left._replace(emphasis=tuple(ranges[0]), unseen=unseen),
        right._replace(emphasis=tuple(ranges[1]), unseen=unseen),
    )


def emphasis(before: str, after: str) -> tuple[Ranges, Ranges]:
    """Character ranges that differ between two versions of a line; empty when they share little.

    Words are marked whole, long ones only where they differ.
    """
    a, b = _WORD.findall(before), _WORD.findall(after)
    ops = opcodes(a, b, _MOST_CELLS)
    starts = _starts(a), _starts(b)
    left: list[tuple[int, int]] = []
    right: list[tuple[int, int]] = []
    changed = 0
    for op in ops:
        if op.equal:
            continue
        old, new = (starts[0][op.a1], starts[0][op.a2]), (starts[1][op.b1], starts[1][op.b2])
        if max(old[1] - old[0], new[1] - new[0]) > _LONG_WORD:
            old, new = _trimmed(before, after, old, new)
        old, new = _with_bases(before, after, old, new)
        left.append(old)
        right.append(new)
        changed += old[1] - old[0] + new[1] - new[0]
    total = len(before) + len(after)
    if (total - changed) < _SIMILAR * total or not total - changed:
        return (), ()
    return tuple(left), tuple(right)


def _starts(words: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, words))]


def _trimmed(
    before: str, after: str, old: tuple[int, int], new: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two ranges without the characters they have in common at both ends."""
    one, other = before[slice(*old)], after[slice(*new)]
    head = _common(one, other)
    tail = min(_common(one[::-1], other[::-1]), min(len(one), len(other)) - head)
    return (old[0] + head, old[1] - tail), (new[0] + head, new[1] - tail)


def _with_bases(
    before: str, after: str, old: tuple[int, int], new: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two ranges that cut no mark off the character it is drawn on."""
    back = on = 0
    while (
        old[0] > back
        and new[0] > back
        and (
            combining(before[old[0] - back : old[0] - back + 1] or " ")
            or combining(after[new[0] - back : new[0] - back + 1] or " ")
        )
    ):
        back += 1
    while combining(before[old[1] + on : old[1] + on + 1] or " "):
        on += 1
    return (old[0] - back, old[1] + on), (new[0] - back, new[1] + on)


def _common(one: str, other: str) -> int:
    """How many characters are the same at the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (x, y) in pairs if x != y), min(len(one), len(other)))
