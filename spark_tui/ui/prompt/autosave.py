"""What is typed and not sent is kept on every pause, so that no ending loses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PAUSE_S = 0.5
"""A changed draft is kept this long after its first change, s."""


class DraftAutosave:
    """Hands the draft to `keep` (which may block) in a thread; nothing is due while none changes.

    `text` gives the draft in full.
    """

    def __init__(self, keep: Callable[[str], None] | None, text: Callable[[], str]) -> None:
        self._keep = keep
        self._text = text
        self._kept = ""
        self._armed: asyncio.TimerHandle | None = None

    def touched(self) -> None:
        """The draft may have changed."""
        if self._keep is not None and self._armed is None:
            self._armed = asyncio.get_running_loop().call_later(PAUSE_S, self._pause)

    def keep_now(self) -> None:
        """Keep it before this returns: the program ends."""
        if self._keep is not None:
            self._keep(self._text())

    def _pause(self) -> None:
        self._armed = None
        text = self._text()
        if self._keep is not None and text != self._kept:
            self._kept = text
            asyncio.get_running_loop().run_in_executor(None, self._keep, text)
