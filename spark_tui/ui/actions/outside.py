"""Commands on what comes from outside an answer: results of checks, comments in files."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.checks import CheckRule, DeclaredCheck, next_instruction
from spark_tui.core.context import written
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.handlers import Handler
from spark_tui.ui.bars.status import endpoint_name
from spark_tui.ui.input.focus import Where
from spark_tui.ui.lists import contents
from spark_tui.ui.messages import words
from spark_tui.ui.undecided import undecided


class OutsideActions:
    """Commands that need neither a hunk nor a draft."""

    def __init__(self, screen: ActionContext) -> None:
        self.screen = screen
        self.commands: dict[str, Handler] = {
            "say-check": self._say_check,
            "green": self._green,
            "check-output": self._check_output,
            "run-comment": self.run_comment,
        }

    def _say_check(self, _at: int) -> None:
        """The failed check as the next instruction; the person sends it, or adds to it first."""
        screen = self.screen
        failed = next((r for r in screen.session.checks if not r.ok), None)
        if failed is None and not screen.conductor.checks():
            screen.conductor.offer_checks()
            return
        if failed is None:
            screen.say(words.NO_CHECK)
            return
        screen.give_keyboard(Where.PROMPT)
        screen.prompt.paste(next_instruction(failed))
        screen.prompt.type(f"fix this in {written(failed.path)} ")
        screen.refresh_bars()

    def _green(self, at: int) -> None:
        """Begin a green loop about the check that failed; what is typed are its words."""
        screen = self.screen
        rule = self._rule()
        if rule is None:
            screen.conductor.offer_checks()
            return
        said = "" if screen.prompt.draft.runs else screen.prompt.take().strip()
        screen.conductor.fix(rule, at, said)
        screen.refresh_bars()

    def declared(self, checks: Sequence[DeclaredCheck]) -> None:
        """The checks that the project declares were read: the person chooses one."""
        screen = self.screen
        if screen.popup.model is not None and not screen.completing:
            return
        if not checks:
            screen.say(words.NO_CHECK_HERE)
            return
        where = endpoint_name(screen.session.endpoint)
        screen.open_popup(contents.checks_list(checks, where, screen.conductor.choose_check))

    def _rule(self) -> CheckRule | None:
        """The check that failed last, else that of the last loop, else the first; None for none."""
        session = self.screen.session
        rules = {rule.name: rule for rule in self.screen.conductor.checks()}
        failed = [result.name for result in session.checks if not result.ok]
        looped = [session.green.check] if session.green is not None else []
        for name in (*failed, *looped, *rules):
            if name in rules:
                return rules[name]
        return None

    def _check_output(self, _at: int) -> None:
        """Open the file with all that the check of the loop printed."""
        green = self.screen.session.green
        if green is None or not green.place:
            self.screen.say(words.NO_CHECK_OUTPUT)
            return
        self.screen.spark.show_output(green.place)

    def run_comment(self, at: int) -> None:
        """Ask for what a comment in a file asks for; behind what runs or waits for a decision."""
        screen = self.screen
        turn = screen.session.turn
        text = screen.conductor.take_comment()
        if not text:
            screen.say(words.NO_COMMENT)
        elif undecided(screen.scope) or (turn is not None and turn.running):
            screen.queue.add(text)
            screen.say(words.COMMENT_QUEUED)
        else:
            screen.keyboard.entered(at)
            screen.conductor.ask(text, at)
        screen.refresh_bars()
