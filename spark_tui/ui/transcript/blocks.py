"""The blocks a transcript is made of. Each knows its rows; none knows where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.strip import Strip

from spark_tui.core.context import ContextItem, written
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end, is_plain, pieces, safe
from spark_tui.ui.style.highlight import Colourist
from spark_tui.ui.style.row_paint import Look, RowView, StyledText
from spark_tui.ui.transcript.hunk_rows import cut_words, words_view

INDENT = 3


class TranscriptBlock:
    """Rows that belong together. `height` counts them for the look last given to `layout`."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.index = 0
        self.height = 0
        self.strips: dict[int, Strip] = {}

    @property
    def solid(self) -> int:
        """Rows without the blank ones that only set the block apart."""
        return self.height

    def layout(self, look: Look) -> None:
        """Count the rows anew and forget what was painted."""
        raise NotImplementedError

    def view(self, row: int, look: Look) -> RowView:
        """What row `row` (from 0) says."""
        raise NotImplementedError

    def scroll(self, columns: int, look: Look) -> bool:
        """Move lines that are cut by cells, to the left where positive; False if none moved."""
        del columns, look
        return False

    def colour(self, colourist: Colourist, until: Callable[[], bool]) -> bool:
        """Bring the syntax colours up to date; False while `until` stopped it before the end."""
        del colourist, until
        return True

    def forget(self, start: int = 0) -> None:
        """Drop painted rows from `start` on."""
        if start <= 0:
            self.strips.clear()
        elif self.height - start < len(self.strips):
            for row in range(start, self.height + 1):
                self.strips.pop(row, None)
        else:
            for row in [r for r in self.strips if r >= start]:
                del self.strips[row]


BLANK = RowView("")


class WordsBlock(TranscriptBlock):
    """Plain lines: the welcome screen, notes, the line after an answer."""

    def __init__(self, turn: int, lines: Sequence[str], role: str = "muted") -> None:
        super().__init__(turn)
        self.lines = tuple(lines)
        self.role = role
        self._rows: list[str] = []

    def set(self, lines: Sequence[str]) -> bool:
        """Other lines; False where they are the same."""
        made = tuple(safe(line) for line in lines)
        same, self.lines = made == self.lines, made
        return not same

    def layout(self, look: Look) -> None:
        """Wrap the lines."""
        self.forget()
        width = max(8, look.width - INDENT - 1)
        self._rows = [row for line in self.lines for row in wrap(line, width)]
        self.height = len(self._rows)

    def view(self, row: int, look: Look) -> RowView:
        """One line."""
        del look
        return words_view(self._rows[row], self.role, INDENT)


class TurnBlock(TranscriptBlock):
    """The instruction and what was sent along; blank rows around, above only after a turn.

    `steers` is how many finished hunks stay of the answer whose place this one takes, None where
    it takes none. `round` counts how often the model has looked.
    """

    def __init__(
        self, turn: int, text: str, context: Sequence[ContextItem], tokens: int, *, first: bool
    ) -> None:
        super().__init__(turn)
        self.text = text
        self.context = tuple(context)
        self.tokens = tokens
        self.exact = False
        self.cached: float | None = None
        self.steers: int | None = None
        self.round = 0
        self._lead = 0 if first else 1
        self._rows: list[str] = []
        self._with_context = False

    def layout(self, look: Look) -> None:
        """Wrap the instruction."""
        self.forget()
        stay = cells(words.hunks_stay(self.steers)) + 4 if self.steers else 0
        stay += cells(words.rounds(self.round)) + 4 if self.round else 0
        width = max(8, look.width - 4 - stay)
        self._rows = [row for line in self.text.split("\n") for row in wrap(line, width)]
        self._with_context = bool(self.context) and (look.width >= 72 or not look.compact)
        self.height = self._lead + len(self._rows) + self._with_context + 1

    def set_input(self, tokens: int, cached: int) -> None:
        """The input that the endpoint counted, and how much of it it had cached."""
        share = cached / tokens if cached else None
        if (tokens, share, True) != (self.tokens, self.cached, self.exact):
            self.tokens, self.cached, self.exact = tokens, share, True
            self.strips.pop(self._lead + len(self._rows), None)

    def view(self, row: int, look: Look) -> RowView:
        """Blank, instruction, context, blank."""
        row -= self._lead
        if row < 0:
            return BLANK
        if row < len(self._rows):
            mark = "›" if self.steers is None else "↪"
            lead = f" {mark} " if row == 0 else "   "
            said = [words.hunks_stay(self.steers)] if self.steers else []
            said += [words.rounds(self.round)] if self.round else []
            stay: tuple[StyledText, ...] = ()
            if said and row == 0:
                stay = ((" · ".join(said), "muted"),)
            return RowView(self._rows[row], ((lead, "focus"),), right=stay)
        if row == len(self._rows) and self._with_context:
            said = [safe(written(c.path, c.lines)) for c in self.context if not c.guess]
            guessed = [words.place(c) for c in self.context if c.guess]
            names = " ".join((*said, *(("?",) if guessed else ()), *guessed))
            rest = f" · {'' if self.exact else '~'}{self.tokens:,} tokens"
            if self.cached is not None:
                rest += f" · {self.cached:.0%} cached"
            room = look.width - INDENT - 1 - cells(rest)
            return words_view(cut_words(names, room) + rest, "muted", INDENT)
        return BLANK


class ProseBlock(TranscriptBlock):
    """Growing prose, wrapped at cells. Only the last row is ever wrapped again."""

    def __init__(self, turn: int) -> None:
        super().__init__(turn)
        self._raw: list[str] = []
        self._lines: list[str] = []
        self._open = ""
        self._width = 80

    @property
    def said(self) -> str:
        """The whole text."""
        return "".join(self._raw)

    def append(self, text: str) -> None:
        """Add text in arrival order; it may end inside a line."""
        self._raw.append(text)
        self._grow(text)
        self._measure()

    def layout(self, look: Look) -> None:
        """Wrap everything again."""
        self.forget()
        self._width = max(8, look.width - INDENT - 2)
        text = "".join(self._raw)
        self._raw = [text]
        self._lines, self._open = [], ""
        self._grow(text)
        self._measure()

    def view(self, row: int, look: Look) -> RowView:
        """One wrapped row, or the blank one after them."""
        del look
        lines = self._lines
        text = lines[row] if row < len(lines) else self._open if row == len(lines) else ""
        return words_view(text, "text", INDENT)

    def _grow(self, text: str) -> None:
        self.strips.pop(len(self._lines), None)
        self.strips.pop(len(self._lines) + 1, None)
        head, *rest = text.split("\n")
        self._extend(head)
        for line in rest:
            # Leading blank lines, and more than one in a row, say nothing.
            if self._open.strip() or (self._lines and self._lines[-1].strip()):
                self._lines.append(self._open)
            self._open = ""
            self._extend(line)

    def _extend(self, text: str) -> None:
        if not text:
            return
        *full, self._open = wrap(self._open + text, self._width)
        self._lines += full

    def _measure(self) -> None:
        shown = len(self._lines) + (1 if self._open.strip() else 0)
        while shown and shown <= len(self._lines) and not self._lines[shown - 1].strip():
            shown -= 1
        self.height = shown + 1 if shown else 0


class ThoughtBlock(TranscriptBlock):
    """What the model thinks, on one dim row: its newest words, then its first ones."""

    def __init__(self, turn: int) -> None:
        super().__init__(turn)
        self._first = ""
        self._last = ""
        self._closed = False
        self._compact = False

    def append(self, text: str) -> None:
        """Take more of it."""
        if len(self._first) < _THOUGHT:
            self._first = (self._first + text).lstrip()[:_THOUGHT]
        self._last = (self._last + text)[-_THOUGHT:]
        self.strips.pop(0, None)
        self._measure()

    def close(self) -> None:
        """The answer began, or is over."""
        if not self._closed:
            self._closed = True
            self.strips.pop(0, None)

    def layout(self, look: Look) -> None:
        """A row, and a blank one where there is room."""
        self.forget()
        self._compact = look.compact
        self._measure()

    def view(self, row: int, look: Look) -> RowView:
        """The row, or the blank one after it."""
        if row:
            return BLANK
        room = look.width - INDENT - cells(words.THINKING) - 4
        said = safe(" ".join((self._first if self._closed else self._last).split()))
        if self._closed:
            shown = cut_end(said, room)
            return words_view(f"{words.THOUGHT}   {shown}", "muted", INDENT)
        return words_view(f"{words.THINKING}  {_cut_start(said, room)}", "muted", INDENT)

    def _measure(self) -> None:
        self.height = (1 if self._compact else 2) if self._first.strip() else 0


_THOUGHT = 400
"""Characters kept of each end of a thought: a row shows no more."""


def _cut_start(text: str, width: int) -> str:
    """The end of a text, in at most `width` cells."""
    if cells(text) <= width:
        return text
    while text and cells(text) >= width:
        text = text[max(1, (cells(text) - width) // 2) :]
    return f"…{text}"


def wrap(text: str, width: int) -> list[str]:
    """Rows of at most `width` cells; breaks at the last blank, which is dropped, else anywhere.

    Rows but the last depend only on the text up to their break, so a growing text can be wrapped
    piece by piece: `wrap(a + b)` is `wrap(a)[:-1] + wrap(wrap(a)[-1] + b)`.
    """
    if len(text) <= width and is_plain(text) and text.isascii():
        return [text]
    out: list[str] = []
    while True:
        end = _overflow(text, width)
        if end is None:
            out.append(text)
            return out
        blank = end if text[end] == " " else text.rfind(" ", 0, end)
        if blank > 0 and text[:blank].strip(" "):
            out.append(text[:blank])
            text = text[blank + 1 :]
        else:
            end = max(1, end)
            out.append(text[:end])
            text = text[end:]


def _overflow(text: str, width: int) -> int | None:
    """Index of the first character that does not fit into `width` cells."""
    # No character takes more than 12 cells, and each row holds at most its width in ASCII.
    if text.isascii() and is_plain(text[: width + 1]):
        return width if len(text) > width else None
    used = 0
    for start in range(0, len(text), 256):
        part = text[start : start + 256]
        for n, shown in enumerate(pieces(part)):
            used += cells(shown)
            if used > width:
                return start + n
    return None
