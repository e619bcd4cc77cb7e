"""What actions may touch: the screen as a small protocol, so that they need no screen to test."""

from __future__ import annotations

from typing import Protocol

from spark_tui.core.session import Session
from spark_tui.pair.ports import Conductor
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Keyboard, Where
from spark_tui.ui.lists.file_index import FileIndex
from spark_tui.ui.lists.popup import PopupModel
from spark_tui.ui.messages.message import Line
from spark_tui.ui.prompt.instruction_queue import InstructionQueue
from spark_tui.ui.prompt.offer import Offered
from spark_tui.ui.prompt.offered_comment import OfferedComment
from spark_tui.ui.prompt.widget import Prompt
from spark_tui.ui.transcript.widget import Transcript


class ActionContext(Protocol):
    """The session screen, as actions see it."""

    conductor: Conductor
    keyboard: Keyboard
    keymap: Keymap
    queue: InstructionQueue
    files: FileIndex
    comments: OfferedComment
    offered: Offered

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
    def body(self) -> Transcript:
        """The transcript."""

    @property
    def prompt(self) -> Prompt:
        """The prompt."""

    def give_keyboard(self, where: Where) -> None:
        """Letters go there from here on."""

    def follow(self, at: int) -> None:
        """Something was decided: with nothing left to review the prompt has the keyboard."""

    def to_review(self) -> None:
        """The person's key or click gives review the keyboard."""

    def say(self, message: Line, *, error: bool = False) -> None:
        """Show a message in the keys row."""

    def open_popup(self, model: PopupModel) -> None:
        """Show a list; it takes the keyboard until it closes."""

    def close_popup(self) -> None:
        """Close the list, the keyboard returns to where it was."""

    def chrome(self) -> None:
        """Repaint rule, keys and status where they differ."""

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

    def stop_run(self, at: int) -> None:
        """Stop the running answer."""

    def quit(self) -> None:
        """Leave the program."""
