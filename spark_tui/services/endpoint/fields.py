"""Request fields a server turned out not to know: left out from then on."""

from __future__ import annotations

from typing import Any

_NEEDED = frozenset({"model", "input", "messages", "stream", "instructions"})
_TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


class UnknownFields:
    """Learns from refusals. Two names of one limit replace each other instead of being dropped."""

    def __init__(self) -> None:
        self._dropped: set[str] = set()
        self._renamed: dict[str, str] = {}

    def learn(self, field: str, body: dict[str, Any]) -> bool:
        """Whether sending `body` again without `field` makes sense."""
        if field not in body or field in _NEEDED:
            return False
        twin = _TWINS.get(field)
        if twin is not None and twin not in self._renamed and field not in self._renamed.values():
            self._renamed[field] = twin
        else:
            self._dropped.add(field)
        return True

    def leave_out(self, body: dict[str, Any]) -> dict[str, Any]:
        """`body` as this server takes it."""
        if not self._dropped and not self._renamed:
            return body
        renamed = {self._renamed.get(name, name): value for name, value in body.items()}
        return {name: value for name, value in renamed.items() if name not in self._dropped}
