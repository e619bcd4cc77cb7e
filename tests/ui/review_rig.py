"""A review without a terminal: the real conductor, body and keys; a test decides what happens when.

Events arrive when `frame` is called, cells are on the screen when `paint` is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

from textual.geometry import Region, Size
from textual.message import Message

from spark_tui.core.edits.model import Hunk, HunkId
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import Decided, Event
from spark_tui.core.session import Session, step
from spark_tui.pair.conductor import Pair
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.review import ReviewActions
from spark_tui.ui.input.focus import Keyboard, Where
from spark_tui.ui.transcript.widget import Transcript
from spark_tui.ui.undecided import newest
from tests.pair.conftest import MemoryWorktree, ScriptedCall, ScriptedEndpoint

SPINS = 40
"""Rounds of the loop after which nothing is left to do but wait."""


class AtOnce(ThreadPoolExecutor):
    """What goes to a thread is done before anything else."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(call(*args, **more))
        except Exception as error:  # noqa: BLE001 - as a thread would
            done.set_exception(error)
        return done


class Paper(Transcript):
    """The body on paper: what Textual would paint is painted when the test says so."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(clock=time.monotonic_ns)
        self.paper = Size(*size)
        self.rows: list[str] = []
        self._due = True

    @property
    def size(self) -> Size:
        return self.paper

    @property
    def is_attached(self) -> bool:
        return True

    @property
    def app(self) -> Any:  # type: ignore[override]
        return SimpleNamespace(size=Size(self.paper.width + 1, self.paper.height + 6))

    @property
    def screen(self) -> Any:
        return SimpleNamespace(selections={})

    @property
    def text_selection(self) -> None:
        return None

    def post_message(self, message: Message) -> bool:
        del message
        return True

    def repaint(self, *regions: Region) -> None:
        del regions
        self._direct.waiting = self._due = True

    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        callback(*args, **kwargs)
        return True

    def set_timer(self, *_: Any, **__: Any) -> Any:
        return None

    def warm(self, paths: Sequence[str]) -> None:
        del paths

    def resize(self, size: tuple[int, int]) -> None:
        self.paper = Size(*size)
        self._fit(self.paper)

    def paint(self) -> None:
        if self._due:
            self._due = False
            self.rows = [strip.text for strip in self._lines(Region(0, 0, *self.paper))]

    def marked(self) -> list[str]:
        """What stands on the rows beside `▌`."""
        return [row[1:].strip() for row in self.rows if row.startswith("▌")]


class Prompt:
    empty = True


class Rig:
    """One person's review. `pressed` are the decisions that each key led to."""

    def __init__(self, files: dict[str, str], size: tuple[int, int] = (90, 30)) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(AtOnce(1))
        self.worktree = MemoryWorktree(files)
        self.endpoint = ScriptedEndpoint(
            EndpointProfile("spark", "http://127.0.0.1:9/v1", "gpt-5-test")
        )
        self.body = Paper(size)
        self.body.review_focus = True
        self.keyboard = Keyboard(where=Where.REVIEW)
        self.prompt = Prompt()
        self.session = Session()
        self.waiting: list[Event] = []
        self.happened: list[Event] = []
        self.said: list[str] = []
        self.by_hand: Callable[[str], str | None] = lambda _: None
        self._run(self._start())
        self.review = ReviewActions(cast("ActionContext", self))

    # ------------------------------------------------------------------ the loop

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)

    async def _start(self) -> None:
        self.conductor = Pair(
            self.worktree,
            [self.endpoint.profile],
            lambda _: self.endpoint,
            time.monotonic_ns,
        )
        self._listener = self.loop.create_task(self._listen())
        await self._spin()

    async def _listen(self) -> None:
        async for batch in self.conductor.events():
            self.waiting += batch
            self.happened += batch

    async def _spin(self) -> None:
        for _ in range(SPINS):
            await asyncio.sleep(0)

    async def _doing(self, call: Callable[[], object]) -> None:
        call()
        await self._spin()

    def do(self, call: Callable[[], object]) -> None:
        """Call it in the loop, and let everything it leads to happen."""
        self._run(self._doing(call))

    def close(self) -> None:
        self._run(self.conductor.close())
        self._run(self._spin())
        self.loop.close()

    # ------------------------------------------------------------------ the model

    @property
    def call(self) -> ScriptedCall:
        return self.endpoint.calls[-1]

    def ask(self, text: str) -> None:
        self.do(lambda: self.conductor.ask(text, time.monotonic_ns()))

    def answers(self, text: str) -> None:
        self.do(lambda: self.call.say(text))

    def ends(self, ending: Ending = Ending.COMPLETE) -> None:
        self.do(lambda: self.call.end(ending))

    def saves(self, path: str, data: bytes) -> None:
        """Somebody else writes a file."""
        self.worktree.files[path] = data
        self.do(lambda: self.worktree.changed.put_nowait(frozenset({path})))

    # ------------------------------------------------------------------ the screen

    def frame(self) -> list[Event]:
        """Show what happened since the last frame, unpainted yet; what that was."""
        batch, self.waiting = self.waiting, []
        for event in batch:
            self.session = step(self.session, event)
        if batch:
            self.do(lambda: self._show(batch))
        return batch

    def _show(self, batch: Sequence[Event]) -> None:
        self.body.handle(batch, self.session)
        self.review.handle(batch)

    def press(self, command: str, digit: int = 0) -> list[Decided]:
        """A key, once the screen shows what the one before it did; what it decided."""
        before = len(self.happened)
        at = time.monotonic_ns()
        if command == "place":
            self.do(lambda: self.review.place(digit, at))
        else:
            self.do(lambda: self.review.commands[command](at))
        found = self.happened[before:]
        return [event for event in found if isinstance(event, Decided) and event.at == at]

    # ------------------------------------------------------------------ what actions touch

    @property
    def scope(self) -> Session:
        return newest(self.session) if self.body.newest_only else self.session

    @property
    def running(self) -> bool:
        turn = self.session.turn
        return turn is not None and turn.running

    def refresh_bars(self) -> None:
        """There are no bars here."""

    def say(self, message: str, *, error: bool = False) -> None:
        del error
        self.said.append(message)

    def give_keyboard(self, where: Where) -> None:
        del where  # the keyboard stays in review

    def follow(self, at: int) -> None:
        del at

    def stop_run(self, at: int) -> None:
        del at
        self.conductor.stop()

    def edit_text(self, text: str, name: str) -> str | None:
        del name
        return self.by_hand(text)

    def edit_file(self, path: str, line: int) -> None:
        del path, line

    def copy(self, text: str) -> None:
        del text

    def selected_text(self) -> str:
        return ""

    def find(self, hunk_id: HunkId) -> Hunk | None:
        """A hunk as the conductor knows it."""
        return self.conductor.session.find(hunk_id)

    @property
    def over(self) -> bool:
        """True when no answer comes."""
        return not any(turn.running for turn in self.conductor.session.turns)

    @property
    def asking(self) -> list[Hunk]:
        """The hunks that ask, as the screen's session has them."""
        return [h for turn in self.scope.turns for h in turn.hunks if h.asks]
