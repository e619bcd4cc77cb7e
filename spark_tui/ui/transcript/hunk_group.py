"""Hunks that make the same replacement, shown as one: what is replaced, and each place in a row."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from spark_tui.core.edits.alike import LONGEST_CHANGE, ReplacedLine, Swaps, named, places
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, pieces, safe
from spark_tui.ui.style.row_paint import STATE_MARKS, Look, RowView, StyledText, joined
from spark_tui.ui.transcript.blocks import BLANK, TranscriptBlock
from spark_tui.ui.transcript.hunk_block import UNDECIDED, HunkBlock
from spark_tui.ui.transcript.hunk_rows import counts_parts, state_words

NARROWEST = 48
"""Columns under which a row can't hold every change: nothing is decided by such rows."""

_LEAST_WHERE, _MOST_WHERE = 10, 40
_GUTTER = 8
"""Cells of a place's row beside its file and its text."""

_ORDER = (HunkState.OPEN, HunkState.KEPT, HunkState.APPLIED, HunkState.DROPPED)
"""Which state of several the head shows."""


class GroupBlock(TranscriptBlock):
    """A head row, and while something is open a row for each line that changes.

    `members` are the hunks, top to bottom; their own blocks take no rows while they are here.
    """

    def __init__(self, swaps: Swaps, members: Sequence[HunkBlock]) -> None:
        super().__init__(members[0].turn)
        self.swaps = swaps
        self.members = list(members)
        self._rows: list[tuple[HunkBlock, ReplacedLine]] = []
        self._ranges: dict[HunkId, range] = {}
        self._places: dict[HunkId, tuple[Hunk, tuple[ReplacedLine, ...]]] = {}
        self._seen: dict[HunkId, tuple[Hunk, frozenset[int]]] = {}
        self._unshown: frozenset[int] | None = None
        self._wide_enough = True
        self._unfolded = False
        self._blank = 0

    @property
    def current(self) -> bool:
        """True while keys act on it."""
        return any(member.current for member in self.members)

    @property
    def solid(self) -> int:
        """Head and places."""
        return self.height - self._blank

    def leader(self, asking: Container[HunkId] = ()) -> HunkBlock:
        """The hunk that stands for all: the first that asks, else the first."""
        return next((m for m in self.members if m.id in asking), self.members[0])

    def layout(self, look: Look) -> None:
        """Count the rows anew and forget what was painted."""
        self.forget()
        self._unshown = None
        self._wide_enough = look.width >= NARROWEST
        opened = any(m.hunk.state in UNDECIDED for m in self.members)
        aside = self.members[0].aside
        self._unfolded = opened and not aside and (not look.compact or self.current)
        self._blank = 1 if self._unfolded and not look.compact else 0
        self._rows, self._ranges = [], {}
        for member in self.members:
            first = len(self._rows) + 1
            self._rows += [(member, place) for place in self._places_of(member.hunk)]
            self._ranges[member.id] = range(first, len(self._rows) + 1)
        self.height = 1 + (len(self._rows) if self._unfolded else 0) + self._blank

    def _places_of(self, hunk: Hunk) -> tuple[ReplacedLine, ...]:
        known = self._places.get(hunk.id)
        if known is not None:
            was, found = known
            if (was.base_span, was.old, was.new) == (hunk.base_span, hunk.old, hunk.new):
                return found
        found = places(hunk)
        self._places[hunk.id] = (hunk, found)
        return found

    def rows_of(self, member: HunkBlock) -> range:
        """The rows that show a hunk; the head's where its lines are folded away."""
        return self._ranges[member.id] if self._unfolded else range(1)

    # ---------------------------------------------------------------- what was looked at

    @property
    def last_change(self) -> int:
        """The block's last row."""
        return self.solid - 1

    @property
    def unshown(self) -> frozenset[int]:
        """Rows of places that were not `looked_at` since they say what they say."""
        if self._unshown is None:
            known = enumerate(self._rows if self._unfolded else (), 1)
            self._unshown = frozenset(n for n, one in known if not self._was_seen(*one))
        return self._unshown

    def _was_seen(self, member: HunkBlock, place: ReplacedLine) -> bool:
        hunk, lines = self._seen.get(member.id, (None, ()))
        return hunk == member.hunk and place.line in lines

    def looked_at(self, first: int, end: int) -> None:
        """Rows `first` to `end` of the block are on the screen."""
        if not self._wide_enough:
            return
        for row in self.unshown:
            if first <= row < end:
                member, place = self._rows[row - 1]
                hunk, lines = self._seen.get(member.id, (None, frozenset()))
                known = lines if hunk == member.hunk else frozenset()
                self._seen[member.id] = (member.hunk, known | {place.line})
        self._unshown = None

    def open_without(self, unshown: frozenset[int]) -> tuple[Hunk, ...]:
        """The open hunks none of whose places is on one of the `unshown` rows."""
        if not self._wide_enough or not self._unfolded:
            return ()
        hidden = {self._rows[row - 1][0] for row in unshown}
        found = (m.hunk for m in self.members if m not in hidden)
        return tuple(hunk for hunk in found if hunk.state is HunkState.OPEN)

    # ---------------------------------------------------------------- what it says

    def view(self, row: int, look: Look) -> RowView:
        """Head, place or blank."""
        if row == 0:
            return self._head(look)
        if self._blank and row == self.height - 1:
            return BLANK
        member, place = self._rows[row - 1]
        return self._place(member, place, look)

    def _head(self, look: Look) -> RowView:
        states = [m.hunk.state for m in self.members]
        state = next((s for s in _ORDER if s in states), states[0])
        mark, plain_mark, role = STATE_MARKS[state]
        added = sum(m.hunk.added for m in self.members)
        removed = sum(m.hunk.removed for m in self.members)
        right = counts_parts((added, removed))
        room = look.width - 3 - sum(cells(t) for t, _ in right) - 3
        label = named(self.swaps)
        gap = " " * max(2, min(19, look.width // 4 - 1) - cells(label))
        rest = cut_end(self._words(), max(0, room - cells(label) - len(gap)))
        muted = state in {HunkState.APPLIED, HunkState.DROPPED}
        parts: list[StyledText] = [
            (plain_mark if look.ascii_only else mark, role),
            (" ", "text"),
            *(_coloured(self.swaps) if not muted else [(label, "muted")]),
            (gap + rest if rest else "", "muted"),
        ]
        text, spans = joined(parts)
        return RowView(text, ((look.bar if self.current else " ", "focus"),), spans, right=right)

    def _words(self) -> str:
        """How much it is, and what became of it."""
        files = {m.hunk.path for m in self.members}
        running = self.members[-1].running
        told = words.places(len(self._rows), len(self.members), len(files), more=running)
        states = [m.hunk.state for m in self.members]
        if len(set(states)) > 1:
            counted = ((states.count(s), words.STATES[s.value]) for s in _ORDER if s in states)
            return f"{told}   {' · '.join(f'{count} {word}' for count, word in counted)}"
        last = self.members[-1]
        status = {m.words for m in self.members}
        became = last.words if len(status) == 1 else ""
        became = became or state_words(last.hunk, running=last.running, incomplete=last.incomplete)
        return f"{told}   {became}" if became else told

    def _place(self, member: HunkBlock, place: ReplacedLine, look: Look) -> RowView:
        mark, plain_mark, role = STATE_MARKS[member.hunk.state]
        most = look.width - _GUTTER - LONGEST_CHANGE - 3
        column = max(cells(_where(m, p)) for m, p in self._rows)
        column = min(column, _MOST_WHERE, max(_LEAST_WHERE, most))
        name = cut_middle(_where(member, place), column)
        gutter: tuple[StyledText, ...] = (
            (look.bar if self.current else " ", "focus"),
            ("  ", "text"),
            (plain_mark if look.ascii_only else mark, role),
            (f" {name}{' ' * (column - cells(name))}", "muted"),
            (" + ", "add"),
        )
        start = _shown_from(place, look.width - _GUTTER - column - 2)
        text = place.text[start:]
        lead = len(place.text) - len(place.text.lstrip())
        if start > lead:
            gutter = (*gutter, ("." if look.ascii_only else "…", "muted"))
        marks = tuple((a - start, b - start) for a, b in place.marks)
        return RowView(text, gutter, (), "text", "add", marks)


def _coloured(swaps: Swaps) -> Iterator[StyledText]:
    """What it is called, each word in the colour of what happens to it."""
    for number, swap in enumerate(swaps):
        yield (", " if number else "", "muted")
        yield from ((swap.old, "fg:remove"), (" → ", "muted"), (swap.new, "fg:add"))


def _where(member: HunkBlock, place: ReplacedLine) -> str:
    return f"{safe(member.hunk.path)}:{place.line}"


def _shown_from(place: ReplacedLine, room: int) -> int:
    """The character from which a line is shown so that `room` cells hold all that changes.

    It is the first that is no blank, unless the change would stand beyond the middle.
    """
    text = place.text
    start, (first, last) = len(text) - len(text.lstrip()), (place.marks[0][0], place.marks[-1][1])
    change = last - first
    before = 0
    for at in range(first - 1, start - 1, -1):
        before += cells("".join(pieces(text[at])))
        if before + change > room - 2:
            break
    else:
        return start
    left = max(0, (room - 2 - change) // 2)
    while first > start and left > 0:
        first -= 1
        left -= cells("".join(pieces(text[first])))
    return first + (left < 0)
