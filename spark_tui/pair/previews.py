"""What a draft would send, from a cache that is filled in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from spark_tui.core.context import Names, Span, named_without_at
from spark_tui.core.errors import SparkError
from spark_tui.core.mentions import mentions
from spark_tui.core.tokens import estimate
from spark_tui.pair.ports import ContextPreview

Key = tuple[Span | None, tuple[tuple[str, tuple[int, int] | None], ...], tuple[str, ...]]


class Previews:
    """Looks up by what a text names, so that typing words reads nothing again.

    `look(text, span)` reads and plans, in a thread; `arrived()` is called when one came.
    """

    def __init__(
        self,
        look: Callable[[str, Span | None], ContextPreview],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        arrived: Callable[[], None],
    ) -> None:
        self._look = look
        self._spawn = spawn
        self._arrived = arrived
        self._known: dict[Key, ContextPreview | None] = {}

    def forget(self) -> None:
        """Files, or what goes along unasked, changed: everything is read again when asked for."""
        self._known = {}

    def get(self, text: str, span: Span | None, names: Names) -> ContextPreview:
        """What `text` would send, as far as it is known."""
        named = tuple((m.path, m.lines) for m in mentions(text, names))
        unmarked = named_without_at(text, names) if span is None else ()
        key = (span, named, unmarked)
        if key not in self._known:
            self._known[key] = None
            self._spawn(self._read(key, text, self._known))
        found = self._known[key] or ContextPreview()
        return replace(found, tokens=found.tokens + estimate(text)) if found.tokens else found

    async def _read(self, key: Key, text: str, into: dict[Key, ContextPreview | None]) -> None:
        try:
            found = await asyncio.to_thread(self._look, text, key[0])
            # The instruction itself changes with every key: it is counted where it is asked for.
            found = replace(found, tokens=max(1, found.tokens - estimate(text)))
        except SparkError as error:
            found = ContextPreview(problem=error.one_line())
        into[key] = found
        if into is self._known:
            self._arrived()
