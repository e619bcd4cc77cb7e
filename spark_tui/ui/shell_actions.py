"""`!command` in the prompt: run by the person's shell, its output shown here and sent nowhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from spark_tui.core.errors import SparkError
from spark_tui.ui import words
from spark_tui.ui.keyboard import Where

if TYPE_CHECKING:
    from spark_tui.ui.screens.session import SessionScreen

SHOWN = 200
"""Lines of output that are shown, the last ones; attaching takes all."""


class ShellActions:
    """Runs one command line at a time; `output` is what the last one printed."""

    def __init__(self, screen: SessionScreen) -> None:
        self.screen = screen
        self.output = ""
        self._running: asyncio.Task[None] | None = None

    def run(self, text: str) -> None:
        """Run `!line` in the background."""
        line = text.strip().removeprefix("!").strip()
        if not line:
            return
        if self._running is not None and not self._running.done():
            self.screen.say(words.SHELL_BUSY)
            return
        self._running = asyncio.get_running_loop().create_task(self._run(line))

    async def _run(self, line: str) -> None:
        screen = self.screen
        run = screen.spark.options.run_line
        if run is None:
            screen.say(words.NO_SHELL)
            return
        screen.say(words.shell_runs(line))
        try:
            status, printed = await asyncio.to_thread(run, line)
        except SparkError as error:
            screen.say(error.one_line(), error=True)
            return
        printed = printed.rstrip("\n")
        lines = printed.split("\n") if printed else []
        self.output = f"$ {line}\n{printed}"
        shown = lines[-SHOWN:]
        if len(shown) < len(lines):
            shown.insert(0, f"… {len(lines) - len(shown):,} lines above")
        screen.body.note(0, "\n".join([f"! {line}", *(f"  {text}" for text in shown)]))
        screen.say(words.shell_done(status, len(lines)))

    def attach(self) -> None:
        """Put what the last command printed into the prompt, as lines: it goes along then."""
        if not self.output:
            self.screen.say(words.NOTHING_TO_ATTACH)
            return
        self.screen.give_keyboard(Where.PROMPT)
        self.screen.prompt.paste(f"{self.output}\n")
        self.screen.keys.typed()
