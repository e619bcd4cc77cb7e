"""Turns lines before and after into the hunks of an answer, as V4A or SEARCH/REPLACE."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import groupby

from spark_tui.core.dataclass import dataclass

CONTEXT = 3

_Op = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's lines before and after; `after` None deletes it, `before` None creates it."""

    path: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Group:
    """A half-open range of old lines and of new lines."""

    old: tuple[int, int]
    new: tuple[int, int]


def _once(lines: Sequence[str], places: dict[str, list[int]], start: int, end: int) -> bool:
    """Whether `lines[start:end]` stands nowhere else; looked up by its rarest line."""
    if start == end:
        return False
    rarest = min(range(start, end), key=lambda k: len(places[lines[k]]))
    block = lines[start:end]
    begins = (place - (rarest - start) for place in places[lines[rarest]])
    return sum(1 for at in begins if at >= 0 and lines[at : at + len(block)] == block) == 1


def _opcodes(before: Sequence[str], after: Sequence[str]) -> list[_Op]:
    """What `difflib` calls opcodes, in linear time for edits that keep the number of lines."""
    shorter = min(len(before), len(after))
    head = next((k for k in range(shorter) if before[k] != after[k]), shorter)
    most = shorter - head
    tail = next((k for k in range(most) if before[-1 - k] != after[-1 - k]), most)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(old) == len(new):
        ops: list[_Op] = []
        for same, run in groupby(range(len(old)), lambda k: old[k] == new[k]):
            at = list(run)
            tag = "equal" if same else "replace"
            ops.append((tag, at[0], at[-1] + 1, at[0], at[-1] + 1))
    else:
        ops = list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    moved: list[_Op] = [(t, a + head, b + head, c + head, d + head) for t, a, b, c, d in ops]
    end = (len(before), len(after))
    first: list[_Op] = [("equal", 0, head, 0, head)] if head else []
    last: list[_Op] = [("equal", end[0] - tail, end[0], end[1] - tail, end[1])] if tail else []
    return [*first, *moved, *last]


def _groups(before: Sequence[str], after: Sequence[str]) -> list[_Group]:
    """Changed ranges with context; each range's old lines occur once in `before`.

    Context grows beyond three lines where three are not unique; ranges that touch become one.
    """
    ops = _opcodes(before, after)
    places: dict[str, list[int]] = {}
    for at, line in enumerate(before):
        places.setdefault(line, []).append(at)
    ranges: list[tuple[int, int]] = []
    for tag, old_start, old_end, _, _ in ops:
        if tag == "equal":
            continue
        start = max(0, old_start - CONTEXT)
        end = min(len(before), old_end + CONTEXT)
        while (start, end) != (0, len(before)) and not _once(before, places, start, end):
            start = max(0, start - 1)
            end = min(len(before), end + 1)
        while ranges and ranges[-1][1] >= start:
            last_start, last_end = ranges.pop()
            start, end = min(start, last_start), max(end, last_end)
        ranges.append((start, end))
    return [_with_new_lines(ops, start, end) for start, end in ranges]


def _with_new_lines(ops: Sequence[_Op], start: int, end: int) -> _Group:
    """The new lines that old lines `start:end` become; changes at either edge belong to it."""
    first = next(op for op in ops if op[1] <= start <= op[2])
    last = next(op for op in reversed(ops) if op[1] <= end <= op[2])
    new_start = first[3] + (start - first[1] if first[0] == "equal" else 0)
    new_end = last[3] + end - last[1] if last[0] == "equal" else last[4]
    return _Group((start, end), (new_start, new_end))


def _anchor(before: Sequence[str], start: int, floor: int) -> str:
    """The `def` or `class` line that holds line `start`, if it lies in `before[floor:start]`."""
    if start >= len(before):
        return ""
    indent = len(before[start]) - len(before[start].lstrip()) if before[start].strip() else None
    for at in range(start - 1, floor - 1, -1):
        line = before[at]
        bare = line.lstrip()
        if bare.startswith(("def ", "async def ", "class ")) and (
            indent is None or len(line) - len(bare) < indent
        ):
            return line if sum(1 for other in before if other.strip() == bare) == 1 else ""
    return ""


def _body(before: Sequence[str], after: Sequence[str], group: _Group) -> list[str]:
    old = before[group.old[0] : group.old[1]]
    new = after[group.new[0] : group.new[1]]
    out: list[str] = []
    for tag, a, b, c, d in _opcodes(old, new):
        if tag == "equal":
            out += [" " + line for line in old[a:b]]
        else:
            out += ["-" + line for line in old[a:b]] + ["+" + line for line in new[c:d]]
    return out


def as_v4a(edits: Sequence[FileChange]) -> str:
    """One `*** Begin Patch` envelope over all files, three context lines, `@@` anchors."""
    out = ["*** Begin Patch"]
    for edit in edits:
        if edit.before is None:
            out += [f"*** Add File: {edit.path}", *("+" + line for line in edit.after or ())]
        elif edit.after is None:
            out.append(f"*** Delete File: {edit.path}")
        else:
            out.append(f"*** Update File: {edit.path}")
            floor = 0
            for group in _groups(edit.before, edit.after):
                anchor = _anchor(edit.before, group.old[0], floor)
                out.append(f"@@ {anchor.strip()}" if anchor else "@@")
                out += _body(edit.before, edit.after, group)
                floor = group.old[1]
    out.append("*** End Patch")
    return "\n".join(out) + "\n"


def as_search_replace(edits: Sequence[FileChange]) -> str:
    """SEARCH/REPLACE blocks, each under its path and inside a fence.

    A file to delete has no such block and is left out.
    """
    out: list[str] = []
    for edit in edits:
        if edit.after is None:
            continue
        if edit.before is None:
            pairs: list[tuple[Sequence[str], Sequence[str]]] = [((), edit.after)]
        else:
            pairs = [
                (edit.before[g.old[0] : g.old[1]], edit.after[g.new[0] : g.new[1]])
                for g in _groups(edit.before, edit.after)
            ]
        for old, new in pairs:
            out += [edit.path, _fence([*old, *new])]
            out += ["<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE"]
            out += [_fence([*old, *new]), ""]
    return "\n".join(out)


def as_span(lines: Sequence[str]) -> str:
    """The lines to put in the place of selected ones, in a fence."""
    fence = _fence(lines)
    return "\n".join([fence, *lines, fence, ""])


def _fence(lines: Sequence[str]) -> str:
    """Backticks that no line of the block starts with."""
    fence = "```"
    while any(line.lstrip().startswith(fence) for line in lines):
        fence += "`"
    return fence
