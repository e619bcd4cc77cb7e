"""One hunk on the screen: its rows in every state, folded and unfolded, and their colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from spark_tui.core.edits.model import (
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    Row,
    Tag,
    TaggedLine,
)
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, safe
from spark_tui.ui.style.highlight import Colourist, HunkColours, LiveColours
from spark_tui.ui.style.row_paint import Look, RowView, StyledRange
from spark_tui.ui.transcript.blocks import BLANK, TranscriptBlock
from spark_tui.ui.transcript.hunk_rows import (
    CONTEXT,
    code_view,
    found_view,
    gutter_width,
    header_view,
    hunk_rows,
    number_width,
    path_rows,
    state_words,
    way_out_views,
)
from spark_tui.ui.transcript.live_rows import LiveRows
from spark_tui.ui.transcript.side_by_side import Pairs, RowPair, RowSide, split_marks, split_view
from spark_tui.ui.transcript.wrap import Frame, Wraps

ALONE = 120
"""Rows up to which a hunk is coloured on its own at once, until its file is lexed."""

UNFOLDED = frozenset({HunkState.WRITING, HunkState.OPEN, HunkState.REFUSED, HunkState.STALE})
"""States in which a hunk shows its lines unless told otherwise."""

UNDECIDED = frozenset({HunkState.OPEN, HunkState.REFUSED, HunkState.STALE})
"""States that still ask for a decision."""


class RowColours(Protocol):
    """Syntax colours of a hunk's rows."""

    def spans(self, row: int) -> Sequence[StyledRange]:
        """Coloured ranges of row `row`, in order."""


class HunkBlock(TranscriptBlock):
    """One hunk: a header row, its lines while unfolded, the way out where it needs one.

    Many methods: a hunk is folded, lit, grown, placed, compared and copied from outside.
    """

    def __init__(self, hunk: Hunk) -> None:
        super().__init__(hunk.id.turn)
        self.hunk = hunk
        self.image: FileImage | None = None
        self.live: LiveRows | None = LiveRows() if hunk.state is HunkState.WRITING else None
        self._colours: RowColours | None = None
        self._pending: HunkColours | None = None
        self._coloured = False
        self.place = (1, 1)
        self.more = True
        self.running = True
        self.incomplete = False
        self.words = ""
        self.current = False
        self.aside = False
        self.group: TranscriptBlock | None = None
        self.folded: bool | None = None
        self.context: int | None = None
        self._compact = False
        self._rows: tuple[Row, ...] | None = None
        self._unfolded = False
        self._blank = 0
        self._digits = 2
        self._pairs: Pairs | None = None
        self._wraps = Wraps(Frame(80))
        self._unshown: frozenset[int] | None = None
        self._last_change: int | None = None
        self._widest_change: int | None = None
        self._shift = 0

    @property
    def id(self) -> HunkId:
        """The hunk's id."""
        return self.hunk.id

    @property
    def solid(self) -> int:
        """Header, lines and way out."""
        return self.height - self._blank

    @property
    def unfolded(self) -> bool:
        """True while the lines are shown."""
        return self._unfolded

    def set(self, hunk: Hunk, said: str = "") -> None:
        """The hunk changed: closed, located, decided, stale. Its header says `said`."""
        lines_differ = hunk != self.hunk
        if hunk.state is not self.hunk.state:
            self.folded = None
            self.scroll_back()
        self.hunk = hunk
        self.words = said
        written = self._wraps.by_text(self.live.rows) if self.live is not None else {}
        if hunk.state is not HunkState.WRITING:
            self.live = None
        if lines_differ:
            self._forget_lines()
            self._wraps.known = written

    def grow(self, lines: Sequence[TaggedLine], tail: str, tail_tag: Tag) -> None:
        """Lines arrived while the hunk is written."""
        if self.live is None:
            return
        first = self.live.grow(lines, tail, tail_tag, self.image)
        same = 0
        if self._pairs is None and first < len(self.live.rows):
            same = self._wraps.kept(first, self.live.rows[first].text)
        item = self._forget_code(first, same)
        self._wraps.cut(item, first)
        self._coloured = False
        self.strips.pop(0, None)

    def layout(self, look: Look) -> None:
        """Count the rows anew and forget what was painted."""
        self.forget()
        self._pairs = None
        self._unshown = self._last_change = None
        self.measure(look)

    def measure(self, look: Look) -> None:
        """Count the rows."""
        if look.compact != self._compact:
            self._compact = look.compact
            self._forget_lines()
        if self.group is not None:  # that shows it
            self._unfolded, self._blank, self.height = False, 0, 0
            return
        if self.hunk.op is FileOp.RENAME:
            self._forget_lines()
            self._rows = path_rows(self.hunk, look)
        self._unfolded = self._is_unfolded(look)
        self._blank = 1 if self._unfolded and not look.compact else 0
        if not self._unfolded:
            self.height = 1
            return
        shown = self.lines
        if self.live is None:
            self._digits = number_width(shown)
        self._frame(look)
        self._wraps.grow(shown, self._follow_pairs(shown).all if look.split else None)
        self.height = 1 + self._wraps.height + self._extra() + self._blank

    def _frame(self, look: Look) -> None:
        """Begin anew where lines have another room than before."""
        around, whole = 0 if look.compact else 1, self.context is not None
        frame = Frame(self._room(look), around, whole, look.ascii_only, look.split)
        if frame != self._wraps.frame:
            self._wraps = Wraps(frame)
            self.forget(1)

    def _room(self, look: Look) -> int:
        """Cells for the text of a line."""
        digits = self._digits if self.live is None else self.live.digits
        wide = self._wide(look) and not look.split
        width = look.half - 1 if look.split else look.width
        return width - gutter_width(look, digits, wide=wide)

    def cuts(self, look: Look) -> bool:
        """True where a changed line that is shown is longer than a row is in `look`."""
        if not self._unfolded:
            return False
        if self.live is not None:
            return self.live.widest > self._room(look)
        if self._widest_change is None:
            texts = (f"{row.text}{row.ending}" for row in self.lines if row.tag != " ")
            self._widest_change = max((cells(safe(text)) for text in texts), default=0)
        return self._widest_change > self._room(look)

    def _follow_pairs(self, shown: Sequence[Row]) -> Pairs:
        """The rows side by side, up to date."""
        pairs = self._pairs
        if pairs is None:
            pairs = self._pairs = Pairs()
            pairs.follow(shown, len(shown) if self.live is None else self.live.settled)
        return pairs

    def _forget_code(self, first: int, same: int = 0) -> int:
        """Paint anew from diff row `first` on, but for `same` screen rows of it.

        Returns the first line, or pair of lines, that it touches.
        """
        item = first
        if self._pairs is not None:
            pairs, live = self._pairs, self.live
            touched = pairs.follow(live.rows, live.settled) if live is not None else len(pairs.all)
            item = min(touched, pairs.first_touched(first))
        self.forget(self._top + self._wraps.start(item) + same)
        return item

    @property
    def _top(self) -> int:
        """The row on which the lines begin."""
        return 1 + max(0, self._extra() - 1)

    @property
    def lines(self) -> Sequence[Row]:
        """The diff rows, whether shown or not."""
        if self.live is not None:
            return self.live.rows
        if self._rows is None:
            # What stood round a stale hunk is no longer what the file says.
            usual = 0 if self._compact else CONTEXT
            context = usual if self.context is None else self.context
            context = 0 if self.hunk.state is HunkState.STALE else context
            self._rows = hunk_rows(self.hunk, self.image, context)
        return self._rows

    def reread(self, image: FileImage) -> bool:
        """The file is another one now; True when the lines round the change are new."""
        same = self.image is None or self.live is not None
        self.image = image
        if same or self.hunk.state not in {*UNDECIDED, HunkState.KEPT}:
            return False
        self._forget_lines()
        return True

    def let_go(self) -> None:
        """Forget the file; rows that are shown stay as they are."""
        if self._unfolded:
            _ = self.lines
        self.image = None
        self._pending = None

    def scroll(self, columns: int, look: Look) -> bool:
        """Move the unchanged lines; changed ones are never cut."""
        most = self._widest(look) - self._wraps.frame.room if columns > 0 else self._shift
        shift = max(0, min(self._shift + columns, most))
        moved, self._shift = shift != self._shift, shift
        return moved

    def scroll_back(self) -> None:
        """Show lines from their first cell again."""
        if self._shift:
            self._shift = 0
            self.forget(1)

    def _widest(self, look: Look) -> int:
        """Cells of the longest line that may be cut."""
        yours = self._yours(look)
        texts = [row.text for row in self.lines if row.tag == " "]
        return max((cells(safe(t)) for t in (*texts, yours.text if yours else "")), default=0)

    def show_more(self) -> None:
        """More unchanged lines round the change, up to the whole file."""
        more = {None: CONTEXT if self._compact else 10, CONTEXT: 10, 10: 30, 30: 100}
        self.context = more.get(self.context, 1_000_000)
        self._forget_lines()

    def _forget_lines(self) -> None:
        self._rows = self._widest_change = None
        self._wraps = Wraps(self._wraps.frame)
        self._colours = self._pending = None
        self._coloured = False

    def colour(self, colourist: Colourist, until: Callable[[], bool]) -> bool:
        """Bring the syntax colours up to date; False while `until` stopped it before the end."""
        path = self.hunk.path
        if self._coloured or not self._unfolded or colourist.plain(path):
            return True
        if not colourist.ready(path):
            return True  # its arrival is announced
        if self.live is not None:
            self._colour_live(self.live, colourist, until)
            return True
        if self.hunk.base_span is None or self.hunk.state in {
            HunkState.REFUSED,
            HunkState.STALE,
        }:
            self._colour_alone(colourist)
            self._coloured = True
            return True
        if self._pending is None:
            self._pending = colourist.placed(self.image, self.hunk, self.lines)
        if self._pending.work(until):
            self._colours, self._pending = self._pending, None
            self._coloured = True
            self.forget(1)
        elif self._colours is None:
            self._colour_alone(colourist)
        return self._coloured

    def _colour_live(self, live: LiveRows, colourist: Colourist, until: Callable[[], bool]) -> None:
        colours = self._colours
        if not isinstance(colours, LiveColours):
            colours = self._colours = colourist.live(self.hunk.path)
        self._forget_code(colours.grow(live.rows, live.settled))
        self._coloured = True
        if live.place is not None and self.image is not None:
            colourist.prefetch(self.image, live.place, until)

    def _colour_alone(self, colourist: Colourist) -> None:
        """Colours as if nothing stood round it: it has no place, or its file is not lexed yet."""
        shown = self.lines
        if len(shown) <= ALONE:
            colours = colourist.live(self.hunk.path)
            colours.grow(shown, len(shown))
            self._colours = colours
            self.forget(1)

    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        if self.live is not None:
            return self.live.added, self.live.removed
        return self.hunk.added, self.hunk.removed

    # ---------------------------------------------------------------- what was looked at

    @property
    def last_change(self) -> int:
        """The block's row on which its last changed line ends; its last row without any."""
        if not self._unfolded or self.live is not None:
            return self.solid - 1
        if self._last_change is None:
            last = {row.tag: number for number, row in enumerate(self.lines) if row.tag != " "}
            ends = (
                self._top + self._wraps.start(self._item(n)) + self._wraps.rows(n) - 1
                for n in last.values()
            )
            self._last_change = max(ends, default=self.solid - 1)
        return self._last_change

    @property
    def unshown(self) -> frozenset[int]:
        """Rows that show a difference and were not `looked_at` since the rows are as they are.

        Where a whole line differs that is its first row, and where several do, the first line's.
        """
        if self._unshown is None:
            known = self._unfolded and self.live is None
            self._unshown = frozenset(self._differences() if known else ())
        return self._unshown

    def looked_at(self, first: int, end: int) -> None:
        """Rows `first` to `end` of the block are on the screen."""
        if self.unshown:
            self._unshown = frozenset(n for n in self.unshown if not first <= n < end)

    def _differences(self) -> Iterator[int]:
        before: Tag = " "
        for number, row in enumerate(self.lines):
            plain = not row.emphasis and not row.ending
            if row.tag != " " and not (plain and row.tag == before):
                start = self._top + self._wraps.start(self._item(number))
                yield from (start + inside for inside in self._wraps.marked(number, row))
            before = row.tag if plain else " "

    def _item(self, number: int) -> int:
        """Which line, or pair of lines, line `number` stands in."""
        return number if self._pairs is None else self._pairs.place(number)

    def base_line(self, row: int) -> int | None:
        """The file's line (1-based) on row `row` of the block, or right above it; None without."""
        shown = self.lines
        number, _ = self._wraps.at(max(0, row - self._top))
        if self._pairs is not None:
            pairs = self._pairs.all
            pair = pairs[min(max(number, 0), len(pairs) - 1)] if pairs else RowPair(None, None)
            number = pair.left if pair.left is not None else pair.right or 0
        above = shown[: number + 1] if number >= 0 else ()
        return next((r.old_no for r in reversed(above) if r.old_no is not None), self.hunk.line)

    def copy_text(self) -> str:
        """The hunk's new side without marks or numbers; the old side where nothing is new."""
        shown = [r for r in self.lines if r.tag == "+"] or [r for r in self.lines if r.tag == "-"]
        return "\n".join(r.text for r in shown)

    def view(self, row: int, look: Look) -> RowView:
        """Header, lines, way out or blank."""
        if row == 0:
            return self.header(look)
        if self._blank and row == self.height - 1:
            return BLANK
        shown = self.lines
        row -= 1
        yours = self._yours(look)
        if yours is not None:
            if row == 0:
                return yours
            row -= 1
        if row >= self._wraps.height:
            return way_out_views(self.hunk, look, current=self.current)[0]
        digits = self._digits if self.live is None else self.live.digits
        item, inside = self._wraps.at(row)
        if look.split:
            return self._split_view(item, inside, look, digits)
        return code_view(
            shown[item],
            self._spans(item),
            look,
            current=self.current,
            number_width=digits,
            wide=self._wide(look),
            shift=self._shift,
            place=self._wraps.place(item, inside),
        )

    def header(self, look: Look) -> RowView:
        """The row it folds to."""
        return header_view(
            self.hunk,
            look,
            current=self.current,
            place=self.place,
            more=self.more,
            words=self._said(),
            counts=self.counts(),
        )

    def _said(self) -> str:
        """What the header says of the hunk's state, and of what it changes unseen."""
        hunk = self.hunk
        said = self.words or state_words(hunk, running=self.running, incomplete=self.incomplete)
        if hunk.state is not HunkState.OPEN:
            return said
        return " · ".join(part for part in (said, words.differs_in(self.lines)) if part)

    def _split_view(self, item: int, inside: int, look: Look, digits: int) -> RowView:
        shown = self.lines
        pair = self._follow_pairs(shown).all[item]
        rows = [None if n is None else shown[n] for n in pair]
        if self.live is None:
            rows = list(split_marks(*rows))
        left, right = (
            None if n is None or row is None else self._side(n, row, inside)
            for n, row in zip(pair, rows, strict=True)
        )
        return split_view(left, right, look, current=self.current, number_width=digits)

    def _side(self, number: int, row: Row, inside: int) -> RowSide:
        if inside >= self._wraps.rows(number):
            return RowSide(None)
        place = self._wraps.place(number, inside)
        return RowSide(row, self._spans(number), place, self._shift)

    def _spans(self, row: int | None) -> Sequence[StyledRange]:
        return () if self._colours is None or row is None else self._colours.spans(row)

    def _yours(self, look: Look) -> RowView | None:
        if self.hunk.state not in {HunkState.REFUSED, HunkState.STALE} or self._missed:
            return None
        return found_view(self.hunk, look, current=self.current, shift=self._shift)

    @property
    def names_keys(self) -> bool:
        """Whether a row of it names keys."""
        return self.hunk.state in {HunkState.REFUSED, HunkState.STALE}

    def _extra(self) -> int:
        if self.hunk.state not in {HunkState.REFUSED, HunkState.STALE}:
            return 0
        refusal = self.hunk.refusal
        if refusal is None or refusal.line is None or not refusal.found or self._missed:
            return 1
        return 2

    @property
    def _missed(self) -> bool:
        """Whether the lines say themselves what the file has in their place."""
        return self.hunk.state is HunkState.REFUSED and any(row.there for row in self.lines)

    def _wide(self, look: Look) -> bool:
        """Whether the word `yours` needs room."""
        return self._missed or self._yours(look) is not None

    def _is_unfolded(self, look: Look) -> bool:
        if self.folded is not None:
            return not self.folded
        if self.aside or self.hunk.state not in UNFOLDED or not (self.live or self.hunk.asks):
            return False
        return not look.compact or self.current or self.hunk.state is HunkState.WRITING
