"""The files of the worktree, made ready for finding: a long list in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from spark_tui.ui.lists.finder import PathFinder

AT_ONCE = 2_000
"""Paths up to which the index is made on the spot: about 2 ms."""


class FileIndex:
    """Keeps one `PathFinder` for the newest list; `arrived()` is called for another one."""

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        arrived: Callable[[], None],
    ) -> None:
        self._spawn = spawn
        self._arrived = arrived
        self._paths: Sequence[str] = ()
        self._finder = PathFinder(())

    def update(self, paths: Sequence[str]) -> None:
        """Take the newest list; the same list again costs nothing."""
        if paths is self._paths:
            return
        self._paths = paths
        if len(paths) <= AT_ONCE:
            self._finder = PathFinder(paths)
            self._arrived()
        else:
            self._spawn(self._make(paths))

    def query(self, text: str, top: int) -> Sequence[str]:
        """At most `top` paths, best first; from the list before while a new one is made ready."""
        return self._finder.query(text, top)

    async def _make(self, paths: Sequence[str]) -> None:
        made = await asyncio.to_thread(PathFinder, paths)
        if paths is self._paths:
            self._finder = made
            self._arrived()
