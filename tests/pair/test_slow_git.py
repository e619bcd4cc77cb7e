"""An instruction that waits for git to list the files can be stopped, and so can the session."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.errors import WorktreeError
from tests.pair.conftest import MemoryWorktree


class SlowGit(MemoryWorktree):
    """Lists its files when it is let, or told to stop."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.slow = True
        self.stops = 0
        self.listings = 0
        self.asked = threading.Event()
        self._answers = threading.Event()

    def paths(self) -> tuple[str, ...]:
        self.listings += 1
        self.asked.set()
        if self.slow:
            self._answers.wait(60)
            if self.stops:
                raise WorktreeError("git was stopped")
        return super().paths()

    def stop_reading(self, *, for_good: bool = False) -> None:
        del for_good
        self.stops += 1
        self._answers.set()


async def test_esc_ends_the_wait_for_git_and_the_next_instruction_waits_anew(rig: Any) -> None:
    worktree = SlowGit({"calc.py": "x = 1\n"})
    r = rig({}, real=worktree)
    r.pair.ask("rename x in @calc.py", time.monotonic_ns())
    await asyncio.to_thread(worktree.asked.wait, 60)
    assert r.pair.waits_for_git
    assert r.pair.preview("and then").reading
    assert not r.pair.session.turns
    r.pair.stop()
    await r.until(lambda: [t.ending for t in r.pair.session.turns] == [Ending.STOPPED])
    assert r.pair.session.turns[0].text == "rename x in @calc.py"
    assert worktree.stops == 1
    assert not r.pair.waits_for_git
    # Nothing is read any more: who waited for that would wait for good.
    await r.until(lambda: not r.pair.preview("and then").reading)
    worktree.slow = False
    call = await r.ask("rename x in @calc.py")
    assert "x = 1" in call.request.messages[-1].text
    assert worktree.listings == 2
    assert not r.crashes


async def test_a_session_ends_though_git_does_not_answer(rig: Any) -> None:
    worktree = SlowGit({"calc.py": "x = 1\n"})
    r = rig({}, real=worktree)
    await asyncio.to_thread(worktree.asked.wait, 60)
    async with asyncio.timeout(50):
        await r.pair.close()
    assert worktree.stops
