"""From the network thread into the app's loop: a deque and one wake-up per batch."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Items put from any thread arrive in `receive`, in order, in the loop that made the inbox.

    The context of the maker is used for every call: Textual finds its active app through it, and
    without it nothing paints. What `receive` raises goes to `failed`: nobody else would hear it.
    """

    def __init__(
        self, receive: Callable[[Sequence[T]], None], failed: Callable[[Exception], None]
    ) -> None:
        self._receive = receive
        self._failed = failed
        self._items: deque[T] = deque()
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._armed = False

    def put(self, item: T) -> None:
        """Add an item; safe from any thread. After the loop has closed items are dropped."""
        self._items.append(item)
        if not self._armed:
            self._armed = True
            try:
                self._loop.call_soon_threadsafe(self._drain, context=self._context)
            except RuntimeError:
                self._items.clear()

    def _drain(self) -> None:
        # Disarmed first: an item put from here on arms again, so none can be left behind.
        self._armed = False
        batch = []
        while self._items:
            batch.append(self._items.popleft())
        try:
            if batch:
                self._receive(batch)
        except Exception as error:  # noqa: BLE001 - whatever broke must be heard
            self._failed(error)
