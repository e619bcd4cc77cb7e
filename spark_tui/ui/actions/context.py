"""What actions may touch: screen and application as protocols, so that they need neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual.geometry import Size
from textual.timer import Timer

from spark_tui.core.session import Session
from spark_tui.pair.ports import Conductor
from spark_tui.ui.bars.key_hints import KeysRow
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Keyboard, Where
from spark_tui.ui.latency.instrument import Instrument
from spark_tui.ui.latency.overlay import Overlay
from spark_tui.ui.lists.file_index import FileIndex
from spark_tui.ui.lists.popup import Popup, PopupModel
from spark_tui.ui.messages.message import Sayable
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.prompt.autosave import DraftAutosave
from spark_tui.ui.prompt.instruction_queue import InstructionQueue
from spark_tui.ui.prompt.offer import Offered
from spark_tui.ui.prompt.offered_comment import OfferedComment
from spark_tui.ui.prompt.widget import Prompt
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.theming import Theming
from spark_tui.ui.transcript.widget import Transcript


class AppContext(Protocol):
    """The application, as actions see it: what outlives the screen, and what owns the terminal."""

    options: ShellOptions
    palette: Palette
    theming: Theming
    drafts: DraftAutosave

    def show_sessions(self) -> None:
        """Show the sessions kept here."""

    def review_tree(self, path: str = "") -> None:
        """Review what differs from the last commit, from `path` on."""

    def show_output(self, path: str) -> None:
        """Let the person read all that a check printed, in their editor."""

    def edit_prompt(self) -> None:
        """Let the person write the instruction in their editor."""

    def redraw(self) -> None:
        """Clear the terminal and paint every cell again."""

    def toggle_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""

    def action_suspend_process(self) -> None:
        """Stop this process as the shell's Ctrl+Z does."""

    def call_later(self, callback: Callable[[], None]) -> bool:
        """Call when what waits now is done."""


class OneShotKeys(Protocol):
    """The screen of one quick edit, as far as keys and bars go."""

    @property
    def title(self) -> str:
        """What the header names in place of the repository."""

    def press(self, command: str | None) -> bool:
        """True when the command was its own."""


class ActionContext(Protocol):
    """The session screen, as actions see it.

    Many methods: all that any action may touch stands here, and nothing else may be touched.
    """

    conductor: Conductor
    keyboard: Keyboard
    keymap: Keymap
    queue: InstructionQueue
    files: FileIndex
    comments: OfferedComment
    offered: Offered
    popup: Popup
    overlay: Overlay
    instrument: Instrument
    keys_row: KeysRow
    attached: bool

    @property
    def spark(self) -> AppContext:
        """The application."""

    @property
    def session(self) -> Session:
        """The session as last painted."""

    @property
    def scope(self) -> Session:
        """What the review is about: the session, or its newest turn only."""

    @property
    def running(self) -> bool:
        """True while an answer comes, either one of a race."""

    @property
    def transcript(self) -> Transcript:
        """The transcript; in a race its left column."""

    @property
    def body(self) -> Transcript:
        """The transcript, or the column of a race that keys act on."""

    @property
    def prompt(self) -> Prompt:
        """The prompt."""

    @property
    def one_shot(self) -> OneShotKeys | None:
        """The one edit this screen is for, None for a session."""

    @property
    def reduced_motion(self) -> object | None:
        """Not None where nothing may move on its own."""

    @property
    def completing(self) -> bool:
        """True while the list is a completion: letters still go to the prompt."""

    @property
    def size(self) -> Size:
        """Columns and rows."""

    def give_keyboard(self, where: Where) -> None:
        """Letters go there from here on."""

    def follow(self, at: int) -> None:
        """Something was decided: with nothing left to review the prompt has the keyboard."""

    def to_review(self) -> None:
        """The person's key or click gives review the keyboard."""

    def say(self, message: Sayable, *, error: bool = False) -> None:
        """Show a message in the keys row."""

    def open_popup(self, model: PopupModel) -> None:
        """Show a list; it takes the keyboard until it closes."""

    def close_popup(self) -> None:
        """Close the list, the keyboard returns to where it was."""

    def refresh_bars(self) -> None:
        """Repaint rule, keys and status where they differ."""

    def take_back_waiting(self) -> bool:
        """What Enter sent and whose files are still being read is not sent; False: nothing is."""

    def paint_after_sending(self) -> None:
        """An instruction was sent: what that changes is painted once its request is out."""

    def selected_text(self) -> str:
        """What the mouse selected, "" for nothing."""

    def copy(self, text: str) -> None:
        """Put text on the clipboard and say so."""

    def run_line(self, text: str) -> None:
        """Run `!line` in the person's shell."""

    def edit_file(self, path: str, line: int) -> None:
        """Open the person's editor."""

    def edit_text(self, text: str, name: str) -> str | None:
        """Let the person edit a text; None to leave it as it was."""

    def stop_run(self, at: int, *, quietly: bool = False) -> None:
        """Stop the running answer; `quietly` says nothing about it."""

    def quit(self) -> None:
        """Leave the program."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call once, `delay` seconds from now."""

    def set_interval(self, interval: float, callback: Callable[[], None]) -> Timer:
        """Call every `interval` seconds."""

    def call_later(self, callback: Callable[[], None]) -> bool:
        """Call when what waits now is done."""
