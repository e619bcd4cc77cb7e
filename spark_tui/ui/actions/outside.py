"""Commands on what comes from outside an answer: results of checks, comments in files."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.checks import next_instruction
from spark_tui.core.context import written
from spark_tui.ui.actions.context import Stage
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.undecided import undecided


class OutsideActions:
    """Commands that need neither a hunk nor a draft."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._table: dict[str, Callable[[int], None]] = {
            "say-check": self._say_check,
            "run-comment": self.run_comment,
        }

    def run(self, command: str, at: int) -> bool:
        """Do a command; False when it is none of these."""
        action = self._table.get(command)
        if action is None:
            return False
        action(at)
        return True

    def _say_check(self, _at: int) -> None:
        """The failed check as the next instruction; the person sends it, or adds to it first."""
        stage = self.stage
        failed = next((r for r in stage.session.checks if not r.ok), None)
        if failed is None:
            stage.say(words.NO_CHECK)
            return
        stage.give_keyboard(Where.PROMPT)
        stage.prompt.paste(next_instruction(failed))
        stage.prompt.type(f"fix this in {written(failed.path)} ")
        stage.chrome()

    def run_comment(self, at: int) -> None:
        """Ask for what a comment in a file asks for; behind what runs or waits for a decision."""
        stage = self.stage
        turn = stage.session.turn
        text = stage.conductor.take_comment()
        if not text:
            stage.say(words.NO_COMMENT)
        elif undecided(stage.scope) or (turn is not None and turn.running):
            stage.queue.add(text)
            stage.say(words.COMMENT_QUEUED)
        else:
            stage.keyboard.entered(at)
            stage.conductor.ask(text, at)
        stage.chrome()
