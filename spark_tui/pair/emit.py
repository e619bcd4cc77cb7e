"""How events go round: `Emit` for who makes them, `Observer` for who follows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from spark_tui.core.events import Event


class Emit(Protocol):
    """Takes events in order: they are folded into the session, and every observer gets them."""

    def __call__(self, *events: Event) -> None:
        """These happened. Never blocks."""


class Observer(Protocol):
    """Follows what happens in a session."""

    def handle(self, events: Sequence[Event]) -> None:
        """These happened, in order; the session has them already. Never blocks."""
