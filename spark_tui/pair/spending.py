"""What turns cost: put down as they end, and held against the limits before the next goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from spark_tui.core.cost.spending import Ledger, Over, SpendLimits, expected, over
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.events import Event, TurnEnded
from spark_tui.core.session import Session


class Spending:
    """Nothing is known, and nothing asked about, without a `ledger`."""

    def __init__(
        self,
        ledger: Ledger | None,
        limits: SpendLimits | None,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._ledger = ledger
        self._limits = limits or SpendLimits()
        self._spawn = spawn

    def handle(self, events: Sequence[Event]) -> None:
        """A turn that is over is put down at what it cost, beside everything else."""
        if self._ledger is None:
            return
        for event in events:
            if isinstance(event, TurnEnded) and event.reading.cost:
                self._spawn(asyncio.to_thread(self._ledger.add, event.reading.cost))

    def over(self, profile: EndpointProfile, tokens: int, session: Session) -> Over | None:
        """The limit that a request of `tokens` would pass, None for none."""
        if self._ledger is None:
            return None
        outputs = [turn.reading.output for turn in session.turns]
        cost = expected(profile, tokens, outputs)
        return over(self._limits, cost, self._ledger.today())
