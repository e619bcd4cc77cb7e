"""What Enter lets out: nothing beyond the window; what is unusually large or costs more than was
set only on a second Enter.

What is shown before sending is what is held against both.
"""

from __future__ import annotations

from spark_tui.core.context import NOTHING_OMITTED, LineRange, Omitted
from spark_tui.core.sizing import unusual
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.bars.rule import problem
from spark_tui.ui.messages import words


class Sending:
    """Sends instructions from the prompt. `waiting` is one whose files are still being read."""

    def __init__(self, screen: ActionContext) -> None:
        self.screen = screen
        self.waiting: tuple[str, int, Omitted] | None = None
        self._asked: tuple[str, LineRange | None] | None = None

    def send(self, text: str, at: int, omitted: Omitted = NOTHING_OMITTED) -> None:
        """Send it, or put it back into the prompt and say why; `at` is the key's stamp."""
        screen = self.screen
        self._give_up_waiting()
        look = screen.conductor.preview(text, omitted=omitted)
        if look.reading and any(turn.tokens for turn in screen.session.turns):
            self.waiting = (text, at, omitted)
        elif self.lets(look, text):
            self._ask(text, at, omitted)
        else:
            screen.prompt.replace(text, omitted)

    def go_on(self) -> None:
        """Something happened: what waited may be known by now."""
        if self.waiting is None:
            return
        text, at, omitted = self.waiting
        look = self.screen.conductor.preview(text, omitted=omitted)
        if look.reading:
            return
        self.waiting = None
        if self.lets(look, text):
            self._ask(text, at, omitted)
        elif self.screen.prompt.empty:
            self.screen.prompt.replace(text, omitted)

    def take_back(self) -> bool:
        """What waits is not sent: it is in the prompt again, or in the history where something is
        typed already. False where nothing waits.
        """
        if self.waiting is None:
            return False
        (text, _, omitted), self.waiting = self.waiting, None
        if self.screen.prompt.empty:
            self.screen.prompt.replace(text, omitted)
        return True

    def lets(self, look: ContextPreview, text: str, span: LineRange | None = None) -> bool:
        """Whether an instruction of this size may go; says why not."""
        screen = self.screen
        window = screen.session.endpoint.window
        if window and look.tokens > window:
            screen.say(problem(look))
            return False
        large = unusual(look.tokens, [turn.tokens for turn in screen.session.turns])
        if large or look.over is not None:
            asked, self._asked = self._asked, (text, span)
            if asked != self._asked:
                why = words.over(look.over) if look.over else words.unusual(look.tokens, window)
                screen.say(why)
                return False
        self._asked = None
        return True

    def _give_up_waiting(self) -> None:
        """The next one comes: what waited goes first, as it is."""
        if self.waiting is not None:
            (text, at, omitted), self.waiting = self.waiting, None
            self._ask(text, at, omitted)

    def _ask(self, text: str, at: int, omitted: Omitted) -> None:
        self.screen.keyboard.entered(at)
        self.screen.conductor.ask(text, at, omitted)
        self.screen.paint_after_sending()
