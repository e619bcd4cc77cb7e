"""The screen of a review of changes: puts its parts together, and does what its keys say.

Letters are keys here, but in the row where a remark is typed. Only the key that discards writes to
the tree, and only what is painted under the mark.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Key, MouseScrollDown, MouseScrollUp, Paste, Resize
from textual.geometry import Offset
from textual.screen import Screen
from textual.timer import Timer

from spark_tui.core.errors import SparkError
from spark_tui.core.tree_review.model import Side
from spark_tui.core.tree_review.remarks import Remark, as_instruction, as_markdown
from spark_tui.core.tree_review.rows import hunk_rows_of
from spark_tui.core.tree_review.seen import SeenState
from spark_tui.pair.tree_review import TreeReview
from spark_tui.ui.bars.key_hints import Hint, KeysRow
from spark_tui.ui.bars.rule import Rule, RuleState
from spark_tui.ui.input.commands import Column, Keymap, normal
from spark_tui.ui.input.focus import Where
from spark_tui.ui.input.key_names import LEADER
from spark_tui.ui.input.typed import typed_text
from spark_tui.ui.lists import contents
from spark_tui.ui.lists.popup import Popup, PopupModel
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Sayable, message
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.options import TreeReviewSetup
from spark_tui.ui.prompt.editing_commands import edits_of
from spark_tui.ui.style.contained import FaultBoundary
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.terminal.clipboard import Clipboard
from spark_tui.ui.transcript.row_view import SIDEWAYS
from spark_tui.ui.tree_review.bars import RemarkRow, ReviewHeader
from spark_tui.ui.tree_review.blocks import TreeHunkBlock
from spark_tui.ui.tree_review.view import TreeView

MESSAGE_SECONDS = 4.0
WHEEL = 3

HINTS = (
    Hint("seen", rank=0),
    Hint("discard", rank=0),
    Hint("seen-file", rank=3),
    Hint("seen-all", rank=3),
    Hint("next-open", "next", rank=1),
    Hint("remark", rank=2),
    Hint("split", rank=5),
    Hint("unfold", "more lines", rank=5),
    Hint("open", "open", rank=4),
    Hint("undo", rank=1),
    Hint("close-review", rank=1),
)
VIEW_ONLY = tuple(hint for hint in HINTS if hint.command not in {"discard"})
TYPING_REMARK = (
    Hint("send", "takes the remark", rank=0),
    Hint("escape", "forgets it", rank=0),
)


class ReviewHost(Protocol):
    """The application, as this screen sees it."""

    palette: Palette

    def say(self, message: Sayable, *, error: bool = False) -> None:
        """Show a message in the keys row."""

    def edit_file(self, path: str, line: int) -> None:
        """Open the person's editor."""

    def remember_copied(self, text: str) -> None:
        """What was copied last, for the framework's own pasting."""

    def write_terminal(self, sequence: str) -> None:
        """A control sequence for the terminal itself."""

    def close_tree_review(self) -> None:
        """Back to where it was opened, or out."""

    def send_remarks(self, instruction: str) -> None:
        """Close the review and ask for this."""

    def redraw(self) -> None:
        """Paint every cell again."""

    def action_suspend_process(self) -> None:
        """To the shell, and back."""

    def toggle_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""


class TreeReviewScreen(FaultBoundary, Screen[None]):
    """A review over the session's screen, or alone. No widget has Textual's focus."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        host: ReviewHost,
        setup: TreeReviewSetup,
        keymap: Keymap,
        *,
        ascii_only: bool = False,
        can_send: bool = True,
        copy_native: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__()
        self._host = host
        self._setup = setup
        self._can_send = can_send
        self.keymap = keymap
        self.header = ReviewHeader()
        self.view = TreeView(host.palette, ascii_only=ascii_only, keymap=keymap)
        self.rule = Rule()
        self.remark = RemarkRow()
        self.keys_row = KeysRow(keymap)
        self.keys_row.where = Where.TREE
        self.popup = Popup(below=2)
        self.remarks: list[Remark] = []
        self.review = TreeReview(
            setup.source, self._changed, self._failed, self._spawn, lambda: time.strftime("%H:%M")
        )
        self._remark_edits = edits_of(self.remark.draft)
        self._about: tuple[TreeHunkBlock, int, int] | None = None
        self._clipboard = Clipboard(host, copy_native)
        self._strip = False
        self._message_timer: Timer | None = None
        self._start_at = setup.start_at
        self._said_end = False
        self._warned = False
        self.commands: dict[str, Callable[[int], object]] = {
            "seen": self._seen,
            "seen-file": self._seen_file,
            "seen-all": self._seen_all,
            "discard": self._discard,
            "remark": self._remark,
            "send-remarks": self._send_remarks,
            "copy-remarks": self._copy,
            "close-review": self._close,
            "blanks": self._blanks,
            "split": self._split,
            "open": self._open,
            "undo": self._undo,
            "undo-list": self._undo_list,
            "next-open": lambda _: self._move(1, unseen=True),
            "previous-open": lambda _: self._move(-1, unseen=True),
            "next-any": lambda _: self._move(1, unseen=False),
            "previous-any": lambda _: self._move(-1, unseen=False),
            "unfold": lambda _: self.view.unfold(),
            "body-up": lambda _: self.view.scroll_by(-1),
            "body-down": lambda _: self.view.scroll_by(1),
            "code-left": lambda _: self.view.scroll_code(-SIDEWAYS),
            "code-right": lambda _: self.view.scroll_code(SIDEWAYS),
            "half-page-down": lambda _: self.view.scroll_by(self.view.size.height // 2),
            "half-page-up": lambda _: self.view.scroll_by(-(self.view.size.height // 2)),
            "space-down": lambda _: self.view.page(1),
            "page-up": lambda _: self.view.page(-1),
            "page-down": lambda _: self.view.page(1),
            "help": lambda _: self._list(contents.help_list(keymap, Column.TREE)),
            "side-by-side": self._side_by_side,
            "escape": self._close,
            "interrupt": self._close,
            "redraw": lambda _: host.redraw(),
            "suspend": lambda _: host.action_suspend_process(),
            "mouse": lambda _: host.toggle_mouse(),
            "strip": self._arm_strip,
        }

    def compose(self) -> ComposeResult:
        """Header, hunks, and what never moves."""
        yield self.header
        yield self.view
        yield Vertical(self.rule, self.remark, self.keys_row, id="foot")
        yield self.popup

    def on_mount(self) -> None:
        """Read once there is something to see."""
        self.view.review = self.review
        self.view.document.say([words.READING_TREE])
        self._refresh_bars()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._spawn(self.review.start())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> object:
        return self.run_worker(work, exit_on_error=True)

    # ---------------------------------------------------------------- what happened

    def _changed(self) -> None:
        review = self.review
        known = [] if review.files or not review.ready else [words.NOTHING_CHANGED]
        self.view.document.say([words.READING_TREE] if not review.ready else known)
        if review.files:
            self.view.warm([f.path for f in review.files[:20]])
        if self._start_at and review.files:
            path, self._start_at = self._start_at, ""
            if path in review.by_path:
                self.view.go_to((path, "first"))
        self.view.changed()
        self._refresh_bars()

    def _failed(self, error: SparkError) -> None:
        self.say(on_screen(error.what, error.remedies, error=True), error=True)

    def on_tree_view_moved(self) -> None:
        """Another hunk: its file may be of another kind."""
        file = self.view.file
        if file is not None:
            self.view.warm([file.path])
        self._refresh_bars()

    def tree_changed(self, paths: Sequence[str]) -> None:
        """Others wrote these; none: anything may be another."""
        if self._setup.follows:
            self.review.changed_outside(paths)

    def _refresh_bars(self) -> None:
        review = self.review
        scope = review.scope
        title = scope.title if scope is not None else words.READING_TREE
        seen = review.hunks - review.unseen
        right = []
        if review.unread:
            read = len(review.files) - review.unread
            right.append(words.files_left(read, len(review.files)))
        if review.taken:
            right.append(words.discarded_count(review.taken, review.last_entry))
        self.header.show(words.review_title(title, seen, review.hunks), " · ".join(right))
        offer = ""
        if self.remarks:
            said = words.remarks_offer(len(self.remarks), can_send=self._can_send)
            offer = said.text(Where.TREE, self.keymap)
        typing = self.remark.display
        word = words.REMARK if typing else self.popup.model.word if self.popup.model else ""
        left = f"{review.unseen:,} not seen" if review.unseen else ""
        closes = f"{self.keymap.key_of('close-review', Column.TREE)} closes"
        where = Where.REVIEW
        self.rule.show(RuleState(where, word, right=left, does=closes, offer=offer))
        if self.popup.model is not None:
            self.keys_row.show_list(self.popup.model)
        elif typing:
            self.keys_row.show(TYPING_REMARK, Column.PROMPT)
        else:
            writable = scope is None or scope.writable
            self.keys_row.show(HINTS if writable else VIEW_ONLY, Column.TREE)
        done = review.ready and not review.unread and review.hunks and not review.unseen
        if done and not self._said_end:
            gone = words.discarded_count(review.taken, review.last_entry) if review.taken else ""
            self.say(words.reviewed(seen, gone))
        self._said_end = bool(done)

    def say(self, said: Sayable, *, error: bool = False) -> None:
        """Show a message for 4 s or until a key; an error until a key."""
        if not self.is_mounted:
            return
        if self._message_timer is not None:
            self._message_timer.stop()
            self._message_timer = None
        self.keys_row.say(message(said, error=error))
        if self.keys_row.message and not self.keys_row.error:
            self._message_timer = self.set_timer(MESSAGE_SECONDS, lambda: self.keys_row.say(""))

    # ---------------------------------------------------------------- keys

    def press(self, event: Key) -> None:
        """One key; before there is anything to see none means anything."""
        if not self.is_mounted:
            return
        at = int(event.time * 1e9)
        if self.keys_row.message:
            self.say("")
        key = normal(event.key, event.character)
        if self._strip:
            self._strip = False
            if key not in {"escape", LEADER}:
                self._run(self.keymap.find(Column.STRIP, key), at, words.UNKNOWN_KEY)
            return
        if self.popup.model is not None:
            self._popup_key(self.popup.model, event, key)
        elif self.remark.display:
            self._remark_key(event, key)
        else:
            self._run(self.keymap.find(Column.TREE, key), at)

    def paste(self, event: Paste) -> None:
        """Pasted text is never keys."""
        if self.remark.display and self.popup.model is None:
            self.remark.draft.insert(" ".join(event.text.split()))
            self.remark.repaint()

    def _run(self, command: str | None, at: int, unknown: Sayable = words.NOT_A_KEY) -> None:
        does = self.commands.get(command or "")
        if does != self._close:
            self._warned = False
        if does is None:
            self.say(unknown)
        else:
            does(at)

    def _close(self, _at: int) -> None:
        """Leave; remarks that are nowhere else are not lost by one key."""
        if self.remarks and self._setup.keep_remarks is None and not self._warned:
            self.say(words.unsent(len(self.remarks), can_send=self._can_send))
            self._warned = True
        else:
            self._host.close_tree_review()

    def _arm_strip(self, _at: int) -> None:
        self._strip = True

    def _popup_key(self, model: PopupModel, event: Key, key: str) -> None:
        popup = self.popup
        if key == "enter" and model.choose is not None:
            chosen = popup.chosen()
            self._close_list()
            if chosen is not None:
                model.choose(chosen.id)
        elif key in {"escape", "enter", "q", "ctrl+c"}:
            self._close_list()
        else:
            popup.key(key, event.character)

    def _list(self, model: PopupModel) -> None:
        self.popup.open(model)
        self._refresh_bars()

    def _close_list(self) -> None:
        self.popup.close()
        self._refresh_bars()

    # ---------------------------------------------------------------- marking

    def _move(self, step: int, *, unseen: bool) -> None:
        target = self.view.next_target(step, unseen=unseen)
        if target is not None:
            self.view.go_to(target)
        elif self.view.block is None:
            self.say(words.NO_HUNK)

    def _seen(self, _at: int) -> None:
        block, file = self.view.block, self.view.file
        if block is None or file is None or block.discarded:
            self.say(words.NO_HUNK)
            return
        self._on(lambda: self.review.mark(file, [block.of]))

    def _seen_file(self, _at: int) -> None:
        file = self.view.file
        if file is None or file.file is None:
            self.say(words.NO_HUNK)
            return
        hunks = file.file.hunks
        self._on(lambda: self.review.mark(file, hunks))

    def _seen_all(self, _at: int) -> None:
        count = self.review.mark_all()
        if self.review.unread:
            self.say(words.marked_so_far(count))

    def _on(self, mark: Callable[[], object]) -> None:
        """Mark, then go on to the next one, which takes the row of this one's header."""
        row = self.view.eye()
        mark()
        self._follow(self.view.next_target(1, unseen=True), row)

    def _follow(self, target: tuple[str, str] | None, row: int | None) -> None:
        if target is None:
            return
        path, which = target
        block = self.view.document.find(path, which)
        if block is None and "unseen" in which:
            blocks = self.view.document.hunks_of(path)
            asking = [b for b in blocks if not b.discarded and b.seen is not SeenState.SEEN]
            block = asking[0] if asking else None
        if block is not None:
            self.view.go(block, row)
        else:
            self.view.go_to(target)

    def _split(self, _at: int) -> None:
        block, file = self.view.block, self.view.file
        if block is None or file is None or block.discarded:
            self.say(words.NO_HUNK)
        elif not self.review.split(file, block.of):
            self.say(words.ONE_CHANGE)

    def _blanks(self, _at: int) -> None:
        document = self.view.document
        document.fold_blanks = not document.fold_blanks
        document.unfold_all_again()
        self.view.changed()
        self.say(words.BLANKS_FOLDED if document.fold_blanks else words.BLANKS_SHOWN)

    def _side_by_side(self, _at: int) -> None:
        if not self.view.toggle_split():
            self.say(words.NO_ROOM_FOR_TWO)
        else:
            self.say(words.layout(split=self.view.split))

    # ---------------------------------------------------------------- discarding, and back

    def _discard(self, at: int) -> None:
        """Take the hunk under the mark out of the tree, if all of it was painted before the key."""
        block, file = self.view.block, self.view.file
        if block is None or file is None or block.discarded:
            self.say(words.NO_HUNK)
        elif self.review.busy:
            self.say(words.DISCARDING)
        elif block.of.fixed:
            self.say(words.not_discarded(block.of.fixed))
        elif self.view.decidable(at) is not block or file.change is not block.change:
            self.view.show_current()
            self.say(words.NOT_SEEN)
        else:
            self._spawn(self._discarding(block))

    async def _discarding(self, block: TreeHunkBlock) -> None:
        file = self.review.by_path.get(block.of.path)
        if file is None:
            return
        target = self.view.next_target(1, unseen=True)
        entry = await self.review.take_out(file, block.of)
        if entry:
            self.say(words.discarded_now(entry))
            if self.view.block is None or self.view.block.of.content == block.of.content:
                self._follow(target, self.view.eye())
            self._refresh_bars()

    def _undo(self, _at: int) -> None:
        if not self.review.can_take_back():
            self.say(words.NOTHING_DONE)
        else:
            self._spawn(self._taking_back())

    async def _taking_back(self) -> None:
        done = await self.review.take_back()
        if done is None:
            return
        path, ident, entry = done
        self.say(words.back_again(entry))
        found = [b for b in self.view.document.hunks_of(path) if b.of.id == ident]
        if found:
            self.view.go(found[0])
        self._refresh_bars()

    def _undo_list(self, _at: int) -> None:
        self._spawn(self._listing())

    async def _listing(self) -> None:
        entries = await self.review.entries()

        def choose(chosen: str) -> None:
            self._spawn(self._taking_entry_back(int(chosen)))

        self._list(contents.undo_list(entries, choose))

    async def _taking_entry_back(self, entry: int) -> None:
        if await self.review.take_back_entry(entry):
            self.say(words.back_again(entry))
            self._refresh_bars()

    # ---------------------------------------------------------------- opening and remarks

    def _open(self, _at: int) -> None:
        block = self.view.block
        if block is None or not block.change.after.exists or block.change.after == Side():
            self.say(words.NO_FILE_TO_OPEN)
            return
        self._host.edit_file(block.of.path, max(block.of.new_start, 1))
        self.review.changed_outside({block.of.path})

    def _remark(self, _at: int) -> None:
        block = self.view.block
        if block is None:
            self.say(words.NO_HUNK)
            return
        hunk = block.of
        lines = self.view.selected_lines()
        first, last = lines or (hunk.new_start, hunk.new_start + max(hunk.added - 1, 0))
        self._about = (block, first, last)
        self.remark.open(Remark(hunk.path, first, last, "").place)
        self._refresh_bars()

    def _remark_key(self, event: Key, key: str) -> None:
        command = self.keymap.find(Column.PROMPT, key)
        if command in {"escape", "interrupt"}:
            self._close_remark()
        elif command == "send":
            self._take_remark()
        elif command is not None and command in self._remark_edits and command != "new-line":
            self._remark_edits[command]()
        elif text := typed_text(event.key, event.character):
            self.remark.draft.insert(text)
        if self.remark.display:
            self.remark.repaint()

    def _close_remark(self) -> None:
        self.remark.close()
        self._refresh_bars()

    def _take_remark(self) -> None:
        text = self.remark.draft.text.strip()
        if text and self._about is not None:
            block, first, last = self._about
            rows = hunk_rows_of(block.change, block.of)
            self.remarks.append(Remark(block.of.path, first, last, text, rows))
            keep = self._setup.keep_remarks
            if keep is not None:
                self._spawn(self._keeping(keep, as_markdown(self.remarks)))
        self._close_remark()

    async def _keeping(self, keep: Callable[[str], None], text: str) -> None:
        try:
            await asyncio.to_thread(keep, text)
        except SparkError as error:
            self._failed(error)

    def _send_remarks(self, _at: int) -> None:
        if not self.remarks:
            self.say(words.NO_REMARKS)
        elif not self._can_send:
            self.say(words.NO_SENDING)
        else:
            instruction, self.remarks = as_instruction(self.remarks), []
            self._host.send_remarks(instruction)

    def _copy(self, _at: int) -> None:
        block = self.view.block
        if self.remarks:
            self._clipboard.copy(as_markdown(self.remarks))
        elif block is not None:
            self._clipboard.copy(block.copy_text())

    # ---------------------------------------------------------------- the rest

    @property
    def caret(self) -> Offset:
        """The cell where what is typed goes."""
        owner = self.popup if self.popup.model is not None else self.remark
        place = owner.caret if owner.display else None
        return owner.region.offset + place if place is not None else self.rule.region.offset

    def paint_in(self, palette: Palette) -> None:
        """Paint everything in another theme."""
        self.view.palette = palette
        self.query("*").refresh()
        self.refresh(layout=True)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Wheel down."""
        event.stop()
        self.view.scroll_by(WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Wheel up."""
        event.stop()
        self.view.scroll_by(-WHEEL)

    def on_resize(self, event: Resize) -> None:
        """What is near is another."""
        del event
        if self.popup.model is not None:
            self.call_after_refresh(self.popup.fit)
        self.call_after_refresh(self.view.settle)
