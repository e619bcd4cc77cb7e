"""Keeps the session while it goes on: what changed is handed out shortly after it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    TurnEnded,
    Undone,
)
from spark_tui.core.saved_session import ACTS, TOPIC, kept_acts, kept_turn, turn_key
from spark_tui.core.session import Session
from spark_tui.pair.ports import SessionStore

QUIET_S = 0.2
"""Changes are handed out this long after the first of a burst, s."""


class SessionAutosave:
    """Follows the events of a session; the work is done in a thread, off the way of every key."""

    def __init__(self, store: SessionStore | None, session: Callable[[], Session]) -> None:
        self._store = store
        self._session = session
        self._changed: set[int] = set()
        self._armed: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None

    def handle(self, events: Sequence[Event]) -> None:
        """Events were folded into the session."""
        for event in events:
            self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case Asked() | Decided() | Flushed() | FlushRefused() | TurnEnded():
                self._changed.add(event.turn)
            case HunksSet() | HunksGone():
                self._changed.add(event.turn)
                if self._streams(event.turn):
                    return  # its end will say it
            case Undone(ids=ids):
                self._changed.update(i.turn for i in ids)
            case _:
                return
        if self._store is not None and self._armed is None:
            self._armed = asyncio.get_running_loop().call_later(QUIET_S, self._hand_out)

    def _streams(self, turn_id: int) -> bool:
        turn = self._session().turn
        return turn is not None and turn.id == turn_id and turn.running

    def _hand_out(self) -> None:
        self._armed = None
        if self._writing is not None and not self._writing.done():
            self._armed = asyncio.get_running_loop().call_later(QUIET_S, self._hand_out)
            return
        session, changed = self._session(), self._changed
        self._changed = set()
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, self._keep, session, changed)

    def _keep(self, session: Session, changed: set[int]) -> None:
        if self._store is None or not changed:
            return
        values = {turn_key(t.id): kept_turn(t) for t in session.turns if t.id in changed}
        self._store.keep({**values, ACTS: kept_acts(session), TOPIC: session.topic})

    async def close(self) -> None:
        """Hand out what is left."""
        if self._armed is not None:
            self._armed.cancel()
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._keep, self._session(), self._changed)
