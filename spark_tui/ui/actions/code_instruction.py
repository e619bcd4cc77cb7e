"""Saying what to change about chosen lines: the box, the presets, and what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.events import Key

from spark_tui.core.context import LineRange
from spark_tui.core.sizing import against
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.bars.rule import problem
from spark_tui.ui.bars.status import endpoint_name
from spark_tui.ui.code_view.widget import CodePane
from spark_tui.ui.input.commands import Column
from spark_tui.ui.input.focus import Where
from spark_tui.ui.input.typed import typed_text
from spark_tui.ui.messages import words
from spark_tui.ui.prompt.draft import Draft
from spark_tui.ui.prompt.editing_commands import edits_of

THROUGH = frozenset({"redraw", "suspend", "latency", "mouse", "mode"})
"""Commands of the `anywhere` column that go through the box."""


class CodeSay:
    """The instruction about the lines chosen in `pane`.

    `presets` are (name, instruction) for the keys from 1 on; `leave(where)` hides the code view
    and gives the keyboard away. `last` is what was said last.
    """

    def __init__(
        self,
        screen: ActionContext,
        pane: CodePane,
        presets: Sequence[tuple[str, str]],
        sending: Sending,
        leave: Callable[[Where], None],
    ) -> None:
        self.screen = screen
        self.pane = pane
        self.presets = presets
        self.last = ""
        self.rested = False
        self._stale = False
        self._sending = sending
        self._leave = leave

    @property
    def span(self) -> LineRange | None:
        """The chosen lines, from 1; None without a file."""
        block = self.pane.block
        if block is None:
            return None
        return LineRange(block.image.path, block.lines.first + 1, block.lines.last + 1)

    def open(self) -> Draft:
        """Hang the box on the chosen lines."""
        draft = self.pane.open_box()
        self.rested = True
        self.screen.give_keyboard(Where.SAY)
        self.tell()
        return draft

    def close(self) -> None:
        """Back to the lines; what was typed is kept for the next box on this file."""
        self.pane.close_box()
        self.screen.give_keyboard(Where.CODE)

    def press(self, event: Key, key: str, at: int) -> bool:
        """One key in the box; False for one that is not about the box."""
        screen, draft = self.screen, self.pane.open_box()
        command = screen.keymap.find(Column.PROMPT, key)
        edits = edits_of(draft)
        if command in {"escape", "interrupt"}:
            self.close()
        elif command == "send":
            self.send(draft.expanded(), at)
        elif command == "editor":
            text = screen.edit_text(draft.expanded(), "instruction.md")
            if text is not None:
                draft.set(text.rstrip("\n"))
        elif command == "history-up" and not draft.text and self.last:
            draft.set(self.last)
        elif command == "delete-or-quit":
            draft.delete()
        elif command is not None and command in edits:
            edits[command]()
        elif command in THROUGH:
            return False
        else:
            draft.insert(typed_text(event.key, event.character))
        if screen.keyboard.where is Where.SAY:
            self.typed()
        screen.refresh_bars()
        return True

    def paste(self, text: str) -> None:
        """Pasted text goes into the box, which it opens."""
        self.open().paste(text)
        self.typed()

    def typed(self) -> None:
        """The instruction changed: it is painted once for a word an input method sends."""
        if not self._stale:
            self._stale = True
            self.screen.spark.call_later(self._paint)

    def _paint(self) -> None:
        self._stale = False
        self.tell()
        self.pane.changed()

    def preset(self, digit: int, at: int) -> None:
        """`1` to `9`."""
        if digit > len(self.presets):
            self.screen.say(words.no_preset(len(self.presets)))
        else:
            self.send(self.presets[digit - 1][1], at)

    def again(self, at: int) -> None:
        """The last instruction on the lines chosen now."""
        if self.last:
            self.send(self.last, at)
        else:
            self.screen.say(words.NO_HISTORY)

    def send(self, text: str, at: int) -> None:
        """Ask for an edit of the chosen lines; the review takes over."""
        block, span, screen = self.pane.block, self.span, self.screen
        if block is None or span is None or not text.strip():
            return
        look = screen.conductor.preview(text, span)
        if not self._sending.lets(look, text, span):
            return
        self.last = text
        self.pane.close_box(said=True)
        screen.body.in_place(self.pane.view.top, self.pane.view.size.height)
        screen.prompt.history.add(text)
        if screen.prompt.remember is not None:
            screen.prompt.remember(text)
        self._leave(Where.REVIEW)
        screen.keyboard.entered(at)
        screen.conductor.ask_span(span, text, at)

    def tell(self) -> None:
        """What would be sent, below the instruction."""
        said = self.would_send
        keys = words.BOX_KEYS.text(Where.SAY, self.screen.keymap)
        self.pane.note(said, keys)

    @property
    def would_send(self) -> str:
        """`2 lines + 61 around · 610 tokens · to spark`; "" until it is known."""
        span, block = self.span, self.pane.block
        if span is None or block is None or not self.rested:
            return ""
        text = block.box.expanded() if block.box is not None else ""
        look = self.screen.conductor.preview(text, span)
        if look.problem:
            return problem(look).text(Where.SAY, self.screen.keymap)
        if not look.tokens:
            return ""
        name = endpoint_name(self.screen.session.endpoint)
        size = against(look.tokens, self.screen.session.endpoint.window)
        return words.span_context(len(span), look.around, look.items[1:], size, name)
