"""`!command` in the prompt: run by the person's shell, its output shown here and sent nowhere."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from textual.timer import Timer

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.errors import SparkError
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.shell_output import ShellOutput
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.options import RunLine
from spark_tui.ui.prompt.history import runs
from spark_tui.ui.transcript.blocks import WordsBlock

SHOWN = 200
"""Lines of output that are shown at the end, the last ones; attaching takes all."""

LIVE = 8
"""Lines that are shown while it runs."""

TICK_S = 0.1

AGAIN = "!"
"""`!!`: the last command again."""


@dataclass(slots=True)
class _Run:
    """A command that runs."""

    line: str
    rows: WordsBlock
    began: float = field(default_factory=time.monotonic)
    output: ShellOutput = field(default_factory=ShellOutput)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def took(self) -> float:
        return time.monotonic() - self.began


class ShellActions:
    """Runs one command line at a time; `output` is what the last one printed.

    `typed` is called when the draft was changed.
    """

    def __init__(self, screen: ActionContext, typed: Callable[[], None]) -> None:
        self.screen = screen
        self._typed = typed
        self.output = ""
        self._line = ""
        self._run: _Run | None = None
        self._work: asyncio.Task[None] | None = None
        self._ticks: Timer | None = None

    @property
    def running(self) -> bool:
        """True while a command runs."""
        return self._run is not None

    def run(self, text: str) -> None:
        """Run `!line` in the background; `!!` is the last one again."""
        screen = self.screen
        line = text.strip().removeprefix("!").strip()
        line = self._last() if line == AGAIN else line
        start = screen.spark.options.run_line
        if not line:
            screen.say(words.NO_COMMAND_YET)
        elif start is None:
            screen.say(words.NO_SHELL)
        elif self._run is not None:
            screen.say(words.SHELL_BUSY)
        else:
            self._line = line
            rows = screen.transcript.open_note([self._runs(line, None)])
            self._run = _Run(line, rows)
            self._ticks = screen.set_interval(TICK_S, self._show)
            self._work = asyncio.get_running_loop().create_task(self._wait(start, self._run))

    def stop(self) -> None:
        """End what runs."""
        if self._run is not None:
            self._run.stop.set()

    def _last(self) -> str:
        """The last command of this session, else of those before it."""
        if self._line:
            return self._line
        before = (typed.strip()[1:].strip() for typed in self._history() if runs(typed))
        return next((line for line in before if line not in {"", AGAIN}), "")

    def _history(self) -> list[str]:
        return self.screen.prompt.history.entries[::-1]

    async def _wait(self, start: RunLine, run: _Run) -> None:
        failed: Message | None = None
        status = 0
        try:
            status = await asyncio.to_thread(start, run.line, run.output.add, run.stop)
        except SparkError as error:
            failed = on_screen(error.what, error.remedies, error=True)
        finally:
            self._run = None
            if self._ticks is not None:
                self._ticks.stop()
        lines = run.output.lines()
        self.output = "".join(f"{text}\n" for text in (f"$ {run.line}", *lines))
        shown = lines[-SHOWN:]
        if len(shown) < len(lines):
            shown.insert(0, f"… {len(lines) - len(shown):,} lines above")
        ending = "failed" if failed else words.shell_ended(status, stopped=run.stop.is_set())
        head = words.shell_ran(run.line, ending, run.took)
        screen = self.screen
        screen.transcript.set_note(run.rows, [head, *(f"  {text}" for text in shown)])
        if failed:
            screen.say(failed)
        else:
            bad = status != 0 and not run.stop.is_set()
            screen.say(words.shell_done(ending, len(lines), failed=bad))

    def _show(self) -> None:
        """What it prints now, and for how long it runs."""
        run = self._run
        if run is None:
            return
        took = None if self.screen.reduced_motion is not None else run.took
        tail = [f"  {text}" for text in run.output.tail(LIVE)]
        self.screen.transcript.set_note(run.rows, [self._runs(run.line, took), *tail])

    def _runs(self, line: str, took: float | None) -> str:
        return words.shell_runs(line, took).text(Where.PROMPT, self.screen.keymap)

    def attach(self) -> None:
        """Put what the last command printed into the prompt: it goes along then."""
        if not self.output:
            self.screen.say(words.NOTHING_TO_ATTACH)
            return
        self.screen.give_keyboard(Where.PROMPT)
        self.screen.prompt.paste(self.output)
        self._typed()
