"""What the parts of the session screen may touch of it, beyond what actions may."""

from __future__ import annotations

from typing import Protocol

from spark_tui.core.commit import CommitPlan
from spark_tui.ui.actions.code import CodeActions
from spark_tui.ui.actions.context import ActionContext, AppContext
from spark_tui.ui.actions.router import KeyRouter
from spark_tui.ui.actions.send_guard import Sending
from spark_tui.ui.code_view.widget import CodePane
from spark_tui.ui.messages.message import Sayable
from spark_tui.ui.style.screen_faults import ScreenFaults


class ScreenApp(AppContext, Protocol):
    """The application, as the session screen sees it."""

    faults: ScreenFaults

    def say(self, message: Sayable, *, error: bool = False) -> None:
        """Show a message in the keys row."""

    def commit(self, plan: CommitPlan) -> None:
        """Let the person finish a commit with git."""

    def edit_file(self, path: str, line: int) -> None:
        """Open the person's editor."""

    def edit_text(self, text: str, name: str) -> str | None:
        """Let the person edit a text; None to leave it as it was."""

    def remember_copied(self, text: str) -> None:
        """What was copied last, for the framework's own pasting."""

    def write_terminal(self, sequence: str) -> None:
        """A control sequence for the terminal itself."""

    def shown(self, at: int, *, whole: bool = True) -> None:
        """Something was handed to the terminal at `at` (ns): all that changed, or the body's."""

    def tidy(self) -> None:
        """An answer is over: look for what can be freed."""

    def leave(self, code: int) -> None:
        """End the program with this exit status."""


class ScreenContext(ActionContext, Protocol):
    """The session screen, as its parts see it."""

    code: CodeActions
    code_pane: CodePane
    keys: KeyRouter
    sending: Sending
    ascii_only: bool

    def show_selected_side(self) -> None:
        """Another column of a race was chosen: show the session from there."""

    def tick(self) -> None:
        """Time passes while an answer is waited for."""
