"""Commands on what comes from outside an answer: results of checks."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.checks import next_instruction
from spark_tui.core.context import written
from spark_tui.ui import words
from spark_tui.ui.keyboard import Where
from spark_tui.ui.stage import Stage


class OutsideActions:
    """Commands that need neither a hunk nor a draft."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._table: dict[str, Callable[[int], None]] = {"say-check": self._say_check}

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
