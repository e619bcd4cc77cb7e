"""The prompt: where instructions are typed. Grows upwards to eight rows, paints only itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from spark_tui.core.context import NOTHING_OMITTED, Omitted
from spark_tui.core.mentions import partial_mention
from spark_tui.core.pasted_blocks import blocks_of
from spark_tui.ui.bars.key_hints import Hint, review_command_at, review_parts
from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.prompt.draft import Draft, is_chip
from spark_tui.ui.prompt.editing_commands import edits_of
from spark_tui.ui.prompt.history import InstructionHistory, said, written
from spark_tui.ui.prompt.text_units import bounds
from spark_tui.ui.prompt.vim import Vim
from spark_tui.ui.style.cells import cells
from spark_tui.ui.style.painted import PaintedWidget, plain
from spark_tui.ui.style.palette import Palette

ROWS = 8
INDENT = 3
PLACEHOLDERS = (
    "say what to change   @file:10-40   /command   !shell   ? help",
    "say what to change   @file   /command   !shell   ? help",
    "say what to change   ? help",
)
"""The longest that fits is shown."""
REVIEW = "REVIEW"
"""Begins the row where no colour says that review has the keyboard."""

READING = "say what to change"


class Prompt(PaintedWidget):
    """Holds the draft and its history; the screen routes commands to `edit` and text to `type`.

    `instead` is said where nothing is typed, in place of what could be. `omitted` is what
    the person took out of what goes along with this draft.
    """

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="prompt")
        self._keymap = keymap
        self.draft = Draft()
        self.omitted = NOTHING_OMITTED
        self.history = InstructionHistory()
        self.where = Where.PROMPT
        self._lent = False
        self._ground = ""
        self._letter = ""
        self._review: tuple[Sequence[Hint], Keymap] | None = None
        self.instead = ""
        self.remember: Callable[[str], None] | None = None
        self.vim: Vim | None = None
        self._recalled = ""
        self._edits: dict[str, Callable[[], object]] = {
            **edits_of(self.draft),
            "history-up": lambda: self._vertical(-1),
            "history-down": lambda: self._vertical(1),
        }

    @property
    def empty(self) -> bool:
        """True when nothing is typed."""
        return not self.draft.text

    @property
    def browsing(self) -> bool:
        """True while an instruction of the history stands in place of what was typed."""
        return self.history.place is not None

    @property
    def edits(self) -> frozenset[str]:
        """The commands that `edit` knows."""
        return frozenset(self._edits)

    def edit(self, command: str) -> bool:
        """Run an editing command; False when it is none."""
        change = self._edits.get(command)
        if change is None:
            return False
        change()
        self.changed()
        return True

    def type(self, text: str) -> None:
        """Insert typed characters."""
        if text.isspace() or not self.draft.text:  # one step back is one word
            self.draft.save()
        if self.vim is not None:
            self.vim.typed()
        if not self.draft.mark(text):
            self.draft.insert(text)
        self.changed()

    def paste(self, text: str) -> None:
        """Insert pasted text; a large block is shown as one word."""
        self.draft.save()
        self.draft.paste(text)
        self.changed()

    def replace(self, text: str, omitted: Omitted = NOTHING_OMITTED) -> None:
        """Set the whole draft, and what was taken out of what goes along with it."""
        self.draft.save()
        self.draft.set(text)
        self.omitted = omitted
        self.changed()

    def take(self) -> str:
        """The text to send; it goes into the history and the prompt is empty again."""
        text = self.draft.expanded()
        self.put_aside()
        return said(text)

    def put_aside(self) -> None:
        """Empty the prompt; what was in it is the newest of the history."""
        text = self.draft.expanded()
        if not self.draft.runs:
            text = written(text)
        self.history.add(text)
        if text.strip() and self.remember is not None:
            self.remember(text)
        self.draft.clear()
        if self.vim is not None:
            self.vim.fresh()
        self.changed()

    def mention(self) -> str | None:
        """What is typed of an `@path` right before the cursor, None outside of one."""
        return partial_mention(self.draft.text[: self.draft.cursor])

    def complete(self, path: str) -> None:
        """Replace the mention before the cursor by `@path `."""
        partial = self.mention()
        if partial is None:
            return
        draft = self.draft
        start = draft.cursor - len(partial)
        rest = draft.text[draft.cursor :]
        space = "" if rest[:1].isspace() else " "
        draft.text = f"{draft.text[:start]}{path}{space}{rest}"
        draft.cursor = start + len(path) + 1
        self.changed()

    def hold(self, letter: str) -> None:
        """Show a letter that is not known to be text yet, dim, where it would stand."""
        if letter != self._letter:
            self._letter = letter
            self.repaint()

    def show(self, where: Where, *, lent: bool = False) -> None:
        """Draw with a cursor if `where` says so and no list has borrowed the keyboard (`lent`)."""
        if (where, lent) != (self.where, self._lent):
            self.where, self._lent = where, lent
            self.repaint()

    def review(self, hints: Sequence[Hint], keymap: Keymap) -> None:
        """What its row shows while review has the keyboard: the keys."""
        if self._review is None or hints != self._review[0]:
            self._review = (hints, keymap)
            self.repaint()

    def command_at(self, x: int, y: int) -> str | None:
        """The command whose key is named there, while review has the keyboard."""
        if self.where is not Where.REVIEW or self._lent or self._review is None or y:
            return None
        hints, keymap = self._review
        return review_command_at(hints, keymap, self.size.width, x, lead=self._lead)

    def put_cursor(self, x: int, y: int) -> None:
        """Put the cursor on the character in that cell of the draft as it is painted."""
        draft, width = self.draft, self._width()
        layout = draft.layout(width)
        row, _ = draft.locate(layout)
        top = min(max(0, min(row - self.size.height + 1, len(layout) - self.size.height)), row)
        if not 0 <= top + y < len(layout):
            return
        start, end = layout[top + y]
        text, used = draft.text[start:end], INDENT
        at = len(text)
        for left, right in itertools.pairwise(bounds(text)):
            used += cells(draft.shown(text[left:right]))
            if x < used:
                at = left
                break
        draft.cursor = start + at
        self.changed()

    @property
    def _lead(self) -> str:
        palette: Palette = getattr(self.app, "palette")  # noqa: B009
        return REVIEW if palette.no_color else ""

    def changed(self) -> None:
        """The draft changed: grow or shrink, and paint."""
        if not self.draft.text:
            self.omitted = NOTHING_OMITTED
        rows = min(max(len(self.draft.layout(self._width())), 1), ROWS)
        if self.styles.height is None or self.styles.height.value != rows:
            self.styles.height = rows
        self.repaint()

    def on_resize(self) -> None:
        """Wrap again at the new width."""
        self.call_after_refresh(self.changed)

    def rows(self, width: int, height: int) -> Sequence[Strip]:
        """The visible part of the draft, or the placeholder."""
        if self.where is Where.REVIEW and not self._lent and self._review is not None:
            return self._reviewing(*self._review, width, height)
        focused = self.where is Where.PROMPT and not self._lent
        self._ground = "typing" if focused else ""
        rows = self._typing(width, height, focused=focused)
        blank = self.role("text")
        return [row.extend_cell_length(width, blank) for row in rows]

    def role(self, name: str) -> Style:
        """On the ground that says who has the keyboard."""
        palette: Palette = getattr(self.app, "palette")  # noqa: B009
        return palette.style(name, self._ground)

    def _reviewing(
        self, hints: Sequence[Hint], keymap: Keymap, width: int, height: int
    ) -> list[Strip]:
        """One row of keys on the colour of the review; a longer draft goes on below it, dim."""
        self._ground = ""
        parts = review_parts(hints, keymap, width, lead=self._lead)
        first = self.line(*parts).extend_cell_length(width, self.role("review"))
        below = self._typing(width, height - 1, focused=False)
        self.caret = (0, 0)
        return [first, *below]

    def _typing(self, width: int, height: int, *, focused: bool) -> list[Strip]:
        if not height:
            return []
        draft = self.draft
        self.caret = (INDENT + cells(self._letter), 0)
        arrow = Segment(
            plain(" › ") if self._ascii else " › ", self.role("focus" if focused else "muted")
        )
        if not draft.text and focused and self._letter:
            cursor = Segment(" ", self.role("text") + Style(reverse=True))
            return [Strip([arrow, Segment(self._letter, self.role("muted")), cursor])]
        if not draft.text:
            return [self._placeholder(arrow, focused, width - INDENT)]
        layout = draft.layout(width - INDENT - 1)
        row, column = draft.locate(layout)
        top = max(0, min(row - height + 1, len(layout) - height))
        top = min(top, row)
        self.caret = (INDENT + column, row - top)
        out = []
        for number in range(top, min(top + height, len(layout))):
            start, end = layout[number]
            lead = arrow if number == 0 else Segment(" " * INDENT, self.role("text"))
            at = draft.cursor - start if focused and number == row else None
            out.append(Strip([lead, *self._segments(draft.text[start:end], at)]))
        if self._ascii:
            return [Strip(Segment(plain(s.text), s.style) for s in strip) for strip in out]
        return out

    @property
    def _ascii(self) -> bool:
        return bool(getattr(self.app, "ascii_only", False))

    def _width(self) -> int:
        return max((self.size.width or 80) - INDENT - 1, 1)

    def _placeholder(self, arrow: Segment, focused: bool, room: int) -> Strip:
        if self.instead:
            return Strip([arrow, Segment(self.instead, self.role("muted"))])
        if self.where is not Where.PROMPT:
            there = self._keymap.key_of("to-prompt", Column.LIST)
            return Strip([arrow, Segment(f"{READING}  ({there})", self.role("muted"))])
        text = next((p for p in PLACEHOLDERS if len(p) < room), PLACEHOLDERS[-1])
        muted = self.role("muted")
        first = Segment(text[0], muted + Style(reverse=True) if focused else muted)
        return Strip([arrow, first, Segment(text[1:], self.role("muted"))])

    def _segments(self, text: str, cursor: int | None) -> list[Segment]:
        out: list[Segment] = []
        dim = self.where is Where.REVIEW
        plain, chip = self.role("muted" if dim else "text"), self.role("link")
        edges = bounds(text)
        run = ""
        for left, right in itertools.pairwise(edges):
            piece = text[left:right]
            block = is_chip(piece[0])
            shown = self.draft.shown(piece)
            if not block and left != cursor:
                run += shown
                continue
            if run:
                out.append(Segment(run, plain))
                run = ""
            style = chip if block else plain
            out.append(Segment(shown, style + Style(reverse=True) if left == cursor else style))
        if run:
            out.append(Segment(run, plain))
        if cursor is not None and cursor >= len(text):
            out.append(Segment(" ", plain + Style(reverse=True)))
        return out

    def _vertical(self, step: int) -> None:
        # An instruction with folded pastes that is only looked at is passed in one step.
        looks = self.browsing and blocks_of(self.draft.expanded())
        untouched = (self.draft.text, self.draft.cursor) == (self._recalled, len(self._recalled))
        if not (looks and untouched) and self.draft.vertical(step, self._width()):
            return
        self._browse(step)

    def _browse(self, step: int) -> None:
        """To the next instruction in the history, or back to the draft put aside."""
        text = self.history.step(step, self.draft.text)
        if text is None:
            return
        if self.history.place is None:
            self.draft.put_back(text)
        else:
            self.draft.set(text)
            self._recalled = self.draft.text
