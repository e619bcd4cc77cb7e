"""The rounds of one turn in which the model looks: what it asks for, read, counted, answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from spark_tui.core.context import FileNames
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.endpoint.wire import ChatMessage, Ended, LookAsked, Looked, ModelRequest
from spark_tui.core.events import LookDone, LookResult, LooksAllowed, LooksWanted
from spark_tui.core.looks import (
    MOST_CALLS,
    Budget,
    LookOutcome,
    LookRefusedError,
    LookSetting,
    named,
    refused,
    seen_already,
)
from spark_tui.pair.emit import Emit
from spark_tui.pair.looker import look
from spark_tui.pair.ports import Clock, Worktree

LONGEST_S = 10.0
"""Seconds after which a look is given up: a file system that hangs must not hang the turn."""


@dataclass(frozen=True, slots=True)
class TooManyLooks:
    """Why the model gets no answer to what it asked, in words."""

    what: str
    way_out: str = "name the files with @"


class Looking:
    """What one turn looks at. Lives in the app's loop.

    Looks are carried out one after the other in a thread, from the moment each was asked, while
    the others still arrive. With ASK nothing is read before the person `allow`s the round.
    """

    def __init__(
        self,
        turn: int,
        setting: LookSetting,
        worktree: Worktree,
        names: Callable[[], FileNames],
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._turn = turn
        self._asks = setting is LookSetting.ASK
        self._worktree = worktree
        self._names = names
        self._clock = clock
        self._emit = emit
        self._budget = Budget()
        self._asked: list[LookAsked] = []
        self._results: list[str] = []
        self._waiting: deque[LookAsked] = deque()
        self._work: asyncio.Task[None] | None = None
        self._allowed: asyncio.Future[bool] | None = None
        self._shown: set[tuple[str, str]] = set()
        self._stopped = False
        self._failed: Exception | None = None

    def fit(self, window: int, used: int) -> None:
        """The model reads `window` tokens at once (0: not known), and `used` go along already."""
        self._budget = self._budget.within(window, used)

    @property
    def asked(self) -> bool:
        """Whether the answer being read, or the one just read, looks."""
        return bool(self._asked)

    def take(self, event: LookAsked) -> None:
        """The model asks for a look, while its answer still streams."""
        if not self._asked:
            self._budget = self._budget.next_round() if self._budget.rounds else self._budget
        self._asked.append(event)
        if len(self._asked) > MOST_CALLS or self._stopped:
            return
        self._waiting.append(event)
        if not self._asks:
            self._go()

    def allow(self, yes: bool) -> None:
        """The person's answer to a round of looks; nobody is asked: no effect."""
        if self._allowed is not None and not self._allowed.done():
            self._allowed.set_result(yes)

    def stop(self) -> None:
        """The turn ends: nothing more is read."""
        self._stopped = True
        self._waiting.clear()
        self.allow(False)
        if self._work is not None:
            self._work.cancel()

    async def answer(
        self, request: ModelRequest, said: str, ended: Ended
    ) -> ModelRequest | TooManyLooks | None:
        """The request that tells the model what it asked to see, once all is read.

        `said` is what the answer to `request` said before it looked. None where the turn was
        stopped meanwhile.
        """
        asked = self._asked
        if request.must_answer:
            return TooManyLooks("the model looked again instead of answering")
        if len(asked) > MOST_CALLS:
            return TooManyLooks(f"the model asked for {len(asked):,} looks at once")
        if self._asks and not self._stopped and not await self._may():
            for one in self._waiting:
                self._done(refused(one.name, named(one.name, one.arguments), "not allowed"), 0)
            self._waiting.clear()
            self._budget = replace(self._budget, rounds=0)
        self._go()
        if self._work is not None:
            await asyncio.wait({self._work})
        if self._failed is not None:
            raise self._failed
        if self._stopped:
            return None
        results = [*self._results[:-1], f"{self._results[-1]}\n{self._budget.told()}"]
        looks = tuple(
            Looked(one.call_id, one.name, one.arguments, result)
            for one, result in zip(asked, results, strict=True)
        )
        self._asked, self._results, self._work = [], [], None
        answered = ChatMessage("assistant", said, looks, ended.response_id)
        return replace(
            request,
            messages=(*request.messages, answered),
            must_answer=not self._budget.rounds,
            steer="",
            follows="",
        )

    @property
    def round(self) -> int:
        """How many rounds there were, the one under way included."""
        return self._budget.number

    async def _may(self) -> bool:
        """Ask the person about the round."""
        self._allowed = asyncio.get_running_loop().create_future()
        wanted = tuple(named(one.name, one.arguments) for one in self._waiting)
        self._emit(LooksWanted(self._clock(), self._turn, wanted))
        yes = await self._allowed
        self._emit(LooksAllowed(self._clock(), self._turn, yes))
        return yes

    # ------------------------------------------------------------------ one after the other

    def _go(self) -> None:
        if self._waiting and (self._work is None or self._work.done()):
            self._work = asyncio.get_running_loop().create_task(self._carry_out())

    async def _carry_out(self) -> None:
        try:
            while self._waiting:
                one = self._waiting[0]
                began = self._clock()
                found = await self._look(one)
                if self._stopped:
                    return
                self._waiting.popleft()
                self._done(found, began)
        except Exception as error:  # noqa: BLE001 - told where the round is waited for
            self._failed = error

    async def _look(self, one: LookAsked) -> LookOutcome:
        try:
            room = self._budget.room()
        except LookRefusedError as error:
            return refused(one.name, named(one.name, one.arguments), str(error))
        if (one.name, one.arguments) in self._shown:
            return seen_already(one.name, named(one.name, one.arguments))
        self._shown.add((one.name, one.arguments))
        reading = asyncio.to_thread(
            look, one.name, one.arguments, self._worktree, self._names(), room, self._clock
        )
        try:
            return await asyncio.wait_for(reading, LONGEST_S)
        except TimeoutError:
            return refused(one.name, named(one.name, one.arguments), "took too long")

    def _done(self, found: LookOutcome, began: int) -> None:
        self._budget = self._budget.spent(found.tokens)
        self._results.append(found.text)
        now = self._clock()
        seen = LookResult(
            max(1, self._budget.number),
            found.done,
            found.what,
            found.outcome,
            found.tokens,
            began or now,
            now - began if began else 0,
            found.withheld,
        )
        self._emit(LookDone(now, self._turn, seen))
