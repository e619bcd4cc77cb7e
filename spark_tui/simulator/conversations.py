"""Remembers recent responses, so that a request may continue one by its id."""

from __future__ import annotations

from collections import OrderedDict

_KEPT = 64


class Conversations:
    """The text of recent conversations by response id; the oldest are forgotten."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()

    def remember(self, response_id: str, text: str) -> None:
        """Keep what a response was about."""
        self._texts[response_id] = text
        while len(self._texts) > _KEPT:
            self._texts.popitem(last=False)

    def text(self, response_id: object) -> str | None:
        """What it was about; "" for no id, None for an unknown one."""
        if response_id is None:
            return ""
        return self._texts.get(response_id) if isinstance(response_id, str) else None
