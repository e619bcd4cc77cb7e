"""The code view's keys: which file, which lines. What is said about them: `code_instruction`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.events import Key
from textual.timer import Timer

from spark_tui.core.context import written
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import HunkId
from spark_tui.core.events import ContextRead, Event, FileShown, Flushed, TreeChanged, Undone
from spark_tui.ui.actions.code_instruction import CodeSay
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.handlers import Handler, KeyHandler
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.code_view.find import FindInFile
from spark_tui.ui.code_view.widget import CodePane
from spark_tui.ui.input.commands import Column
from spark_tui.ui.input.focus import Where
from spark_tui.ui.input.typed import typed_text
from spark_tui.ui.messages import words
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.transcript.row_view import SIDEWAYS

REST_S = 0.12
"""A cursor that rests for this long on lines is worth reading what they would send, s."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is being read: its lines to choose (from 1) and whether the box opens at once."""

    path: str
    lines: tuple[int, int] | None
    say: bool = False


class CodeActions:
    """Opens files, moves, selects, finds. `on_leave` is called when the person goes back."""

    def __init__(
        self,
        screen: ActionContext,
        pane: CodePane,
        presets: Sequence[tuple[str, str]],
        sending: Sending,
    ) -> None:
        self.screen = screen
        self.pane = pane
        self.saying = CodeSay(screen, pane, presets, sending, self._hide)
        self.finding = FindInFile()
        self.on_leave: Callable[[], None] | None = None
        self._wanted: Wanted | None = None
        self._places: dict[str, tuple[int, int, int]] = {}
        self._back = Where.PROMPT
        self._rest: Timer | None = None
        self.commands: dict[str, Handler] = {
            "say": lambda _: self.saying.open(),
            "again": self.saying.again,
            "select-lines": self._select,
            "line-down": lambda _: self._move(1),
            "line-up": lambda _: self._move(-1),
            "first-line": lambda _: self._move(-1_000_000_000),
            "last-line": lambda _: self._move(1_000_000_000),
            "page-down": lambda _: self._move(self._page),
            "page-up": lambda _: self._move(-self._page),
            "space-down": lambda _: self._move(self._page),
            "half-page-down": lambda _: self._move(self._page // 2),
            "half-page-up": lambda _: self._move(-(self._page // 2)),
            "code-left": lambda _: self.pane.view.scroll_code(-SIDEWAYS),
            "code-right": lambda _: self.pane.view.scroll_code(SIDEWAYS),
            "find-in-file": lambda _: self.finding.start(),
            "find-next": lambda _: self._find(1),
            "find-previous": lambda _: self._find(-1),
            "copy-hunk": self._copy,
            "copy": self._copy,
            "open": self._open_editor,
            "to-prompt": self._to_prompt,
            "back": lambda _: self.close(),
            "escape": self._escape,
        }
        self.key_handlers: dict[str, KeyHandler] = {
            "preset": lambda key, at: self.saying.preset(int(key), at)
        }

    # ---------------------------------------------------------------- in and out

    @property
    def shown(self) -> bool:
        """True while the code view has the keyboard."""
        return self.screen.keyboard.where in {Where.CODE, Where.SAY}

    @property
    def reading(self) -> bool:
        """True while a file is being read to be shown."""
        return self._wanted is not None

    @property
    def word(self) -> str:
        """The rule's first word."""
        if self.finding.typing:
            return "find"
        return "say" if self.screen.keyboard.where is Where.SAY else "code"

    def open(self, path: str, lines: tuple[int, int] | None = None, *, say: bool = False) -> None:
        """Read a file and show it; with `say` the instruction box opens on the lines."""
        self._wanted = Wanted(path, lines, say)
        self.screen.conductor.show_file(path)

    def close(self) -> None:
        """Back to where the keyboard was."""
        self._hide(self._back)
        if self.on_leave is not None:
            self.on_leave()

    def _hide(self, where: Where) -> None:
        self.put_away()
        self.screen.give_keyboard(where)

    def put_away(self) -> None:
        """Show the transcript again, if the code view covers it; the place is remembered."""
        block = self.pane.block
        if not self.pane.display:
            return
        if block is not None:
            block.box = None
            self._places[block.image.path] = (*self._chosen, self.pane.view.top)
        self.pane.display = False
        self.screen.body.display = True
        self.finding.stop()

    @property
    def _chosen(self) -> tuple[int, int]:
        lines = self.pane.lines
        return (lines.first, lines.last) if lines is not None else (0, 0)

    def handle(self, events: Sequence[Event]) -> None:
        """Files that were read, and files that changed while they are shown."""
        for event in events:
            match event:
                case FileShown():
                    self._arrived(event)
                case ContextRead() if self.shown:
                    self.saying.tell()
                case Flushed(ids=ids):
                    self._grown(ids, 1)
                case Undone(ids=ids):
                    self._grown(ids, -1)
                case TreeChanged(outside=outside) if self.shown and self.pane.path in outside:
                    self.screen.conductor.show_file(self.pane.path)
                case _:
                    pass

    def _grown(self, ids: Sequence[HunkId], sign: int) -> None:
        """Hunks went to disk (1) or off it (-1): what was chosen is found where it is now."""
        for hunk in filter(None, map(self.screen.session.find, ids)):
            place = self._places.get(hunk.path)
            if place is not None and hunk.base_span is not None:
                first, last, top = place
                more = sign * (len(hunk.new) - len(hunk.old))
                moved = first + more if hunk.base_span[1] <= first else first
                last = last + more if hunk.base_span[0] <= last + 1 else last
                self._places[hunk.path] = (moved, max(moved, last), top)
        if self.shown:
            self.screen.conductor.show_file(self.pane.path)

    def _arrived(self, event: FileShown) -> None:
        screen, wanted = self.screen, self._wanted
        if wanted is None or wanted.path != event.path:
            if event.image is not None and self.shown and self.pane.path == event.path:
                self.pane.reload(event.image)
            return
        self._wanted = None
        if event.image is None:
            screen.say(on_screen(event.reason, event.remedies, error=True))
            return
        if self.shown:
            self._hide(self._back)
        self._back = screen.keyboard.where
        first, last, top = self._place(wanted)
        screen.body.display = False
        self.pane.open(event.image, first, last, top)
        screen.give_keyboard(Where.CODE)
        self._moved()
        if wanted.say:
            self.saying.open()

    def _place(self, wanted: Wanted) -> tuple[int, int, int | None]:
        """Lines from 0, and the row on top: as asked for, else as it was left."""
        if wanted.lines is not None:
            return wanted.lines[0] - 1, wanted.lines[1] - 1, None
        return self._places.get(wanted.path, (0, 0, None))

    # ---------------------------------------------------------------- keys

    def press(self, event: Key, key: str, at: int) -> bool:
        """One key; False when the code view has nothing to do with it."""
        screen = self.screen
        if screen.keyboard.where is Where.SAY:
            return self.saying.press(event, key, at)
        if screen.keyboard.where is not Where.CODE:
            return False
        command = screen.keymap.find(Column.LIST, key)
        if self.finding.typing:
            if self.finding.key(key, event.character):
                self._find(1, here=True)
        elif command is not None and command in self.key_handlers:
            self.key_handlers[command](key, at)
        elif command is not None and command in self.commands:
            self.commands[command](at)
        elif command is not None:
            return False
        elif typed_text(event.key, event.character):
            screen.say(words.NOT_TYPING)
        screen.refresh_bars()
        return True

    def paste(self, text: str) -> bool:
        """Pasted text is an instruction, a line where one is looked for what is looked for.

        False when the code view has not the keyboard.
        """
        if not self.shown:
            return False
        if self.finding.typing and "\n" not in text.strip():
            self.finding.text += text.strip()
            self.screen.refresh_bars()
        else:
            self.finding.stop()
            self.saying.paste(text)
        return True

    # ---------------------------------------------------------------- lines

    @property
    def _page(self) -> int:
        return max(1, self.pane.view.size.height - 2)

    def _move(self, step: int) -> None:
        if self.pane.lines is not None:
            self.pane.lines.move(step)
            self._moved()

    def to_line(self, line: int) -> None:
        """The mouse chose a line (from 0)."""
        if self.pane.lines is not None and self.screen.keyboard.where is Where.CODE:
            self.pane.lines.to(line)
            self._moved()
            self.screen.refresh_bars()

    def _select(self, _at: int) -> None:
        if self.pane.lines is not None:
            self.pane.lines.toggle()
            self._moved()

    def _moved(self) -> None:
        """Paint; what these lines would send is read when the cursor rests."""
        self.pane.changed()
        self.saying.rested = False
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.screen.set_timer(REST_S, self._rests)

    def _rests(self) -> None:
        self.saying.rested = True
        if self.shown:
            self.saying.tell()
            self.screen.refresh_bars()

    def _find(self, step: int, *, here: bool = False) -> None:
        block, text = self.pane.block, self.finding.text
        if block is None or not text:
            self.screen.say(words.NOTHING_TO_FIND)
            return
        line = self.finding.next(block.texts, block.lines.cursor, step, here=here)
        if line is None:
            self.screen.say(words.not_in_file(text))
        else:
            block.lines.to(line)
            self._moved()

    def _escape(self, _at: int) -> None:
        if self.pane.lines is not None and self.pane.lines.selecting:
            self.pane.lines.drop()
            self._moved()
        else:
            self.close()

    def _copy(self, _at: int) -> None:
        block = self.pane.block
        if block is not None:
            chosen = block.texts[block.lines.first : block.lines.last + 1]
            self.screen.copy(self.screen.selected_text() or "\n".join(chosen))

    def _open_editor(self, _at: int) -> None:
        span = self.saying.span
        if span is not None:
            self.screen.edit_file(span.path, span.first)

    def _to_prompt(self, _at: int) -> None:
        """To the prompt; where it is empty, with the file (and the selected lines) named."""
        span, selecting = (
            self.saying.span,
            self.pane.lines is not None and self.pane.lines.selecting,
        )
        self._hide(Where.PROMPT)
        if span is not None and self.screen.prompt.empty:
            lines = span.lines if selecting else None
            self.screen.prompt.type(f"{written(span.path, lines)} ")
