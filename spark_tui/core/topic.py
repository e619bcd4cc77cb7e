"""What a turn knows of those before it: what they asked, and what became of the answers. Pure.

A topic is the turns that know of each other. Those with open hunks go along as a conversation,
which the next answer refines; those that are decided go along as notes, with the edits as they
were applied and not as the model first wrote them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from spark_tui.core.context import FileLines
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.model import FileOp, Hunk, HunkState
from spark_tui.core.edits.text import bare
from spark_tui.core.endpoint.wire import ChatMessage
from spark_tui.core.session import Turn
from spark_tui.core.tokens import estimate

UNDECIDED = (HunkState.OPEN, HunkState.REFUSED, HunkState.STALE)
"""States of a hunk that a follow-up refines."""

MOST_TURNS = 3
"""So many turns with open hunks go along, the newest ones."""

REMEMBERED_TOKENS = 4_000
"""Estimated tokens that notes of decided turns may take, the newest first."""

STEP = 4
"""Notes leave by so many at once: what a request begins with changes rarely, and stays in the
provider's prompt cache.
"""

MOST_LINES = 60
"""So many lines of one hunk are noted; of a longer one it is said how many there are."""

MOST_CHARS = 4_000
"""So much of an instruction or of an answer without an edit is noted."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What goes along of decided turns: the turns, and all of it as one message."""

    turns: tuple[int, ...]
    message: ChatMessage


def open_turns(turns: Sequence[Turn]) -> list[Turn]:
    """The newest turns that still have open hunks, in order."""
    return [t for t in turns if _undecided(t)][-MOST_TURNS:]


def notes(turns: Sequence[Turn], budget: int = REMEMBERED_TOKENS) -> Notes | None:
    """What is to be known of decided turns, the oldest first; None where nothing is.

    The newest that fit into `budget` estimated tokens. A turn that came to nothing is left out.
    """
    decided = [t for t in turns if not t.running and not _undecided(t) and not _lost(t, turns)]
    known = [(t.id, note) for t in decided if (note := _note(t, budget // 2))]
    sizes = [estimate(note) for _, note in known]
    first = 0
    while first < len(known) and sum(sizes[first:]) > budget:
        first += STEP
    kept = known[first:] or known[-1:]
    if not kept:
        return None
    text = _HEAD + "\n".join(note for _, note in kept)
    return Notes(tuple(turn for turn, _ in kept), ChatMessage("user", text))


def edited_lines(turns: Sequence[Turn]) -> tuple[FileLines, ...]:
    """The lines that hunks wrote or still want to change, as they are by now, the newest first.

    What was dropped, replaced, or has no place is not among them.
    """
    out: list[FileLines] = []
    later: dict[str, list[_Grown]] = {}
    for turn in reversed(turns):
        grown = _grown(turn)
        for hunk in turn.hunks:
            if hunk.state not in _TOUCHES or hunk.op is FileOp.DELETE or hunk.line is None:
                continue
            path = hunk.move_to or hunk.path
            if hunk.state is not HunkState.APPLIED:
                out.append((hunk.path, _span(hunk.line, hunk.old)))
                continue
            first = hunk.line
            for one in [*([grown[path]] if path in grown else []), *reversed(later.get(path, []))]:
                first = one.moved(first)
            out.append((path, _span(first, hunk.new)))
        for path, one in grown.items():
            later.setdefault(path, []).append(one)
    return tuple(dict.fromkeys(out))


_TOUCHES = (HunkState.OPEN, HunkState.KEPT, HunkState.APPLIED, HunkState.STALE)


@dataclass(frozen=True, slots=True)
class _Grown:
    """Where a turn's applied hunks of one file stand, and by how many lines all up to each grew."""

    lines: tuple[int, ...]
    sums: tuple[int, ...]

    def moved(self, line: int) -> int:
        before = bisect_left(self.lines, line)
        return line + (self.sums[before - 1] if before else 0)


def _grown(turn: Turn) -> dict[str, _Grown]:
    sizes: dict[str, list[tuple[int, int]]] = {}
    for hunk in turn.hunks:
        if hunk.state is HunkState.APPLIED and hunk.line is not None:
            change = (hunk.line, len(hunk.new) - len(hunk.old))
            sizes.setdefault(hunk.move_to or hunk.path, []).append(change)
    out = {}
    for path, changes in sizes.items():
        changes.sort()
        sums = accumulate(size for _, size in changes)
        out[path] = _Grown(tuple(line for line, _ in changes), tuple(sums))
    return out


def _span(first: int, lines: Sequence[str]) -> tuple[int, int]:
    first = max(1, first)
    return first, first + max(1, len(lines)) - 1


def conversation(turns: Sequence[Turn], answers: Mapping[int, str]) -> tuple[ChatMessage, ...]:
    """Instruction and answer of every turn with open hunks; which of them are open is said.

    `answers` are the models' own words by turn. Where they are not known (a session that was
    opened again) the open hunks stand for them.
    """
    out: list[ChatMessage] = []
    for turn in open_turns(turns):
        waiting = [h for h in turn.hunks if h.asks]
        asked = turn.text
        if any(h.state not in (*UNDECIDED, HunkState.WRITING) for h in turn.hunks):
            asked += f"\n\n(Of your answer these hunks are still open: {_places(waiting)}. {_REST})"
        answer = answers.get(turn.id) or "\n".join(as_diff(h) for h in waiting)
        out += [ChatMessage("user", asked), ChatMessage("assistant", answer)]
    return tuple(out)


_REST = "The others are decided: the files below show what became of them."

_HEAD = (
    "Earlier in this session, the oldest first. All of this is decided; it is here to be known, "
    "not to be answered. Files that are shown below are as they are now.\n\n"
)


def _undecided(turn: Turn) -> bool:
    return any(h.asks for h in turn.hunks)


def _lost(turn: Turn, turns: Sequence[Turn]) -> bool:
    """Whether the person went on with the other answer of a race: nobody turned this one down."""
    return all(h.state is HunkState.DROPPED for h in turn.hunks) and any(
        t.id != turn.id and (t.asked_at, t.text) == (turn.asked_at, turn.text) for t in turns
    )


def _note(turn: Turn, most: int) -> str:
    """One decided turn in words, of about `most` tokens; "" where it came to nothing."""
    applied = [h for h in turn.hunks if h.state is HunkState.APPLIED]
    dropped = [h for h in turn.hunks if h.state is HunkState.DROPPED]
    if not (applied or dropped or turn.answer):
        return ""
    answered = f"Answered: {_cut(turn.answer)}\n" if turn.answer else ""
    asked = f"Asked: {_cut(turn.text)}\n{answered}"
    whole = "".join(
        (
            asked,
            *(("Applied:\n", *map(_became, applied)) if applied else ()),
            *((f"{_DROPPED}:\n", *map(_became, dropped)) if dropped else ()),
        )
    )
    if estimate(whole) <= most:
        return whole
    brief = (f"Applied: {_places(applied)}\n", f"{_DROPPED}: {_places(dropped)}\n")
    return "".join((asked, brief[0] if applied else "", brief[1] if dropped else ""))


_DROPPED = "Turned down by the programmer, not applied"


def _became(hunk: Hunk) -> str:
    """A decided hunk: its place and its lines as they were applied, or would have been."""
    if hunk.op is FileOp.DELETE:
        return f"{hunk.path} deleted\n"
    if hunk.move_to is not None and not hunk.new:
        return f"{hunk.path} moved to {hunk.move_to}\n"
    lines = [f"{tag}{bare(text)}" for tag, text in tagged(hunk.old, hunk.new)]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"({len(lines) - MOST_LINES} more lines)"]
    return "\n".join([_places([hunk]), *lines, ""])


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]} …"


def _places(hunks: Iterable[Hunk]) -> str:
    return ", ".join(f"{h.path}:{h.line}" if h.line else h.path for h in hunks)


def as_diff(hunk: Hunk) -> str:
    """A hunk as a person would quote it: its place, then its removed and added lines."""
    lines = hunk.raw.lines if hunk.raw is not None else tagged(hunk.old, hunk.new)
    return "\n".join([_places([hunk]), *(f"{tag}{bare(text)}" for tag, text in lines), ""])
