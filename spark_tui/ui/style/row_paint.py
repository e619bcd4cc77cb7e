"""From what a row says to the cells that show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.model import HunkState
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.style.cells import cells, cut_end, is_plain, pieces
from spark_tui.ui.style.palette import Palette

StyledText = tuple[str, str]
"""A piece of text that is safe already, and the role it is painted in."""

StyledRange = tuple[int, int, str]
"""Half-open character range of a row's text, and its role."""


class RowView(NamedTuple):
    """What one row of the body says.

    `text` is what a selection copies, as it came; with `joins` it goes on with the line of the row
    above. It is painted as `parts`, one for each character, else made safe; `instead` is painted in
    its place. `gutter` stands left of it, `after` right behind it and `right` at the right edge;
    none is ever copied. `spans` colour ranges of `text`, in order; the rest has `role`. `ground` is
    the role whose ground fills the row. `emphasis` are ranges that differ within a changed line.
    `shift` is how many cells are scrolled away at the left. `beside` is what the other half of the
    width shows; with `second` this row is the right half.
    """

    text: str
    gutter: tuple[StyledText, ...] = ()
    spans: Sequence[StyledRange] = ()
    role: str = "text"
    ground: str = ""
    emphasis: Sequence[tuple[int, int]] = ()
    right: tuple[StyledText, ...] = ()
    parts: Sequence[str] = ()
    after: tuple[StyledText, ...] = ()
    instead: tuple[StyledText, ...] = ()
    joins: bool = False
    shift: int = 0
    beside: RowView | None = None
    second: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What the body's rows depend on besides their content.

    `width` in cells; `compact` is the 60x16 form; `ascii_only` is for terminals that are not
    UTF-8; `bar` marks the current hunk; `split` shows hunks side by side. `review`: it has the
    keyboard; `keymap` names the keys.
    """

    width: int
    palette: Palette
    compact: bool = False
    ascii_only: bool = False
    review: bool = False
    split: bool = False
    keymap: Keymap = field(default_factory=Keymap, compare=False)

    @property
    def where(self) -> Where:
        """Who has the keyboard, as far as the names of keys go."""
        return Where.REVIEW if self.review else Where.PROMPT

    @property
    def half(self) -> int:
        """Cells of the left side of a row of two."""
        return self.width // 2

    @property
    def bar(self) -> str:
        """The mark of the current hunk: thick while review has the keyboard."""
        if self.ascii_only:
            return ">" if self.review else "|"
        return "▌" if self.review else "│"


STATE_MARKS = {
    HunkState.WRITING: ("…", ".", "writing"),
    HunkState.OPEN: ("○", "o", "open"),
    HunkState.KEPT: ("◐", "*", "kept"),
    HunkState.APPLIED: ("✓", "+", "ok"),
    HunkState.DROPPED: ("✗", "x", "drop"),
    HunkState.REFUSED: ("!", "!", "refuse"),
    HunkState.STALE: ("≠", "#", "stale"),
    HunkState.REPLACED: ("~", "~", "replaced"),
}
"""Mark, mark without UTF-8, role of each state."""

_ASCII = {
    ord("…"): ".",
    ord("·"): "-",
    ord("›"): ">",
    ord("→"): ">",
    ord("–"): "-",
    ord("↪"): ">",
    ord("←"): "<",
    ord("⋯"): ".",
}


def joined(parts: Sequence[StyledText]) -> tuple[str, list[StyledRange]]:
    """Parts as one text and its spans."""
    spans: list[StyledRange] = []
    at = 0
    for text, role in parts:
        spans.append((at, at + len(text), role))
        at += len(text)
    return "".join(text for text, _ in parts), spans


def paint_row(row: RowView, look: Look) -> Strip:
    """One row as a strip of exactly `look.width` cells."""
    if row.beside is not None:
        return _paint_halves(row, row.beside, look)
    palette, width = look.palette, look.width
    blank = palette.style("text", row.ground)
    out = _segments(row.gutter, row, look)
    used = sum(s.cell_length for s in out)
    after = _segments(row.after, row, look, marked=True)
    after_width = sum(s.cell_length for s in after)
    tail = _segments(row.right, row, look)
    tail_width = sum(s.cell_length for s in tail) + 2 if tail else 0
    for shown, style in _runs(row, look, width - used - after_width - tail_width):
        out.append(Segment(shown, style))
        used += cells(shown)
    out += after
    used += after_width
    strip = Strip(out, used)
    if used + tail_width > width:
        return strip.adjust_cell_length(width, blank)
    if tail:
        gap = width - used - tail_width
        segments = [*out, Segment(" " * gap, blank), *tail, Segment("  ", blank)]
        return Strip(segments, width)
    return strip.adjust_cell_length(width, blank)


def _segments(
    parts: Sequence[StyledText], row: RowView, look: Look, *, marked: bool = False
) -> list[Segment]:
    style = look.palette.style
    return [
        Segment(_ascii(text) if look.ascii_only else text, style(role, row.ground, marked))
        for text, role in parts
    ]


def _paint_halves(row: RowView, other: RowView, look: Look) -> Strip:
    left, right = (other, row) if row.second else (row, other)
    return Strip.join(
        [
            paint_row(left._replace(beside=None), replace(look, width=look.half - 1)),
            Strip.blank(1, look.palette.style("text")),
            paint_row(right._replace(beside=None), replace(look, width=look.width - look.half)),
        ]
    )


def _runs(row: RowView, look: Look, room: int) -> Iterator[tuple[str, Style]]:
    """The text's pieces of one style each, cut to `room` cells after `row.shift`."""
    if room <= 0:
        return
    if row.instead:
        for text, role in row.instead:
            shown = cut_end(_ascii(text) if look.ascii_only else text, room)
            room -= cells(shown)
            yield shown, look.palette.style(role, row.ground)
        return
    text, shift = row.text, row.shift
    # A cell shows at most one character, so nothing beyond this can be seen.
    fits = bool(row.parts) or len(text) <= shift + room + 1
    seen = text if fits else text[: _enough(text, shift + room + 1)]
    parts: Sequence[str] | None = row.parts or None
    if parts is None and not (is_plain(seen) and (seen.isascii() or not look.ascii_only)):
        parts = pieces(seen)
    total = len(seen) if parts is None and seen.isascii() else cells("".join(parts or (seen,)))
    cut = total - shift > room or len(seen) < len(text)
    limit = shift + room - (1 if cut else 0)
    if shift and text:
        yield ("<" if look.ascii_only else "«"), look.palette.style("muted", row.ground)
        shift += 1
    at = 0
    for start, end, role, marked in _styled(row, len(seen)):
        shown = seen[start:end] if parts is None else "".join(parts[start:end])
        if look.ascii_only:
            shown = _ascii(shown)
        size = cells(shown)
        if (at + size > shift or (at == shift and not size)) and at < limit:
            if at < shift or at + size > limit:
                shown = _window(shown, shift - at, limit - at)
            if shown:
                yield shown, look.palette.style(role, row.ground, marked)
        at += size
        if at >= limit:
            break
    if cut and at >= limit:
        mark = "." if look.ascii_only else "…"
        yield mark, look.palette.style("muted", row.ground)


def _enough(text: str, width: int) -> int:
    """How many characters surely fill `width` cells: combining marks take none."""
    count = 0
    for n, char in enumerate(text):
        if count >= width:
            return n
        if char.isascii() or cells(char):
            count += 1
    return len(text)


def _styled(row: RowView, length: int) -> Iterator[tuple[int, int, str, bool]]:
    """Ranges of the text with role and emphasis, in order and without gaps."""
    if not row.emphasis:
        at = 0
        for start, end, role in row.spans:
            if start >= length:
                break
            if start > at:
                yield at, start, row.role, False
            if end > start:
                yield start, min(end, length), role, False
                at = end
        if at < length:
            yield at, length, row.role, False
        return
    marks = sorted({0, length, *(min(p, length) for pair in row.emphasis for p in pair)})
    edges = sorted({*marks, *(min(p, length) for s, e, _ in row.spans for p in (s, e))})
    spans = iter([*row.spans, (length, length + 1, row.role)])
    span = next(spans)
    for start, end in pairwise(edges):
        while span[1] <= start:
            span = next(spans, (length, length + 1, row.role))
        role = span[2] if span[0] <= start else row.role
        yield start, end, role, any(a <= start < b for a, b in row.emphasis)


def _window(shown: str, start: int, end: int) -> str:
    """Cells `start` to `end` of safe text; a wide character that is cut becomes a space."""
    out: list[str] = []
    at = 0
    for char in shown:
        size = cells(char)
        if at >= start and at + size <= end:
            out.append(char)
        elif at < end and at + size > start:
            out.append(" " * (min(at + size, end) - max(at, start)))
        at += size
        if at >= end and size:
            break
    return "".join(out)


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * cells(c) for c in text.translate(_ASCII))


def difference(old: Strip | None, new: Strip) -> tuple[int, int] | None:
    """The cells in which two strips of one width differ, as (start, end); None if they do not."""
    width = new.cell_length
    if old is None or old.cell_length != width:
        return 0, width
    if old is new:
        return None
    before, after = list(old), list(new)
    start = _common(before, after)
    if start >= width:
        return None
    return start, max(width - _common_end(before, after), start + 1)


def _common(before: list[Segment], after: list[Segment]) -> int:
    """Cells at the start that are equal in text and style."""
    at = 0
    for a, b in zip(before, after, strict=False):
        if a.text == b.text and a.style == b.style:
            at += a.cell_length
            continue
        if a.style == b.style:
            for x, y in zip(a.text, b.text, strict=False):
                if x != y:
                    break
                at += cells(x)
        break
    return at


def _common_end(before: list[Segment], after: list[Segment]) -> int:
    """Cells at the end that are equal; the blank rest of a row counts by its shorter side."""
    at = 0
    for a, b in zip(reversed(before), reversed(after), strict=False):
        if a.text == b.text and a.style == b.style:
            at += a.cell_length
            continue
        if a.style == b.style and not a.text.strip(" ") and not b.text.strip(" "):
            at += min(len(a.text), len(b.text))
        break
    return at
