"""Request fields: what a profile adds and leaves out, and what a server turned out not to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spark_tui.core.wire import EndpointProfile

_NEEDED = frozenset({"model", "input", "messages", "stream", "instructions"})
_TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def output_limit(asked: int, profile: EndpointProfile) -> int:
    """The tokens an answer may have: as `asked`, at most the profile's `max_output_tokens`."""
    named = dict(profile.options).get("max_output_tokens", "")
    return min(asked, int(named)) if named.isdecimal() and int(named) > 0 else asked


def predicts(profile: EndpointProfile) -> bool:
    """Whether predicted output may go along: `predicted_outputs = false` turns it off."""
    return dict(profile.options).get("predicted_outputs", "true") != "false"


def finish(body: dict[str, Any], profile: EndpointProfile, never: Iterable[str]) -> None:
    """Add what the profile sends as it is; take out what it and its provider never send."""
    _lay(body, profile.send)
    for name in {*never, *profile.never}:
        outer, _, inner = name.partition(".")
        held = body.get(outer)
        if not inner:
            body.pop(outer, None)
        elif isinstance(held, dict) and inner in held:
            held = {key: value for key, value in held.items() if key != inner}
            body[outer] = held
            if not held:
                del body[outer]


def _lay(body: dict[str, Any], send: Mapping[str, Any]) -> None:
    for name, value in send.items():
        here = body.get(name)
        if isinstance(here, dict) and isinstance(value, Mapping):
            body[name] = here = dict(here)
            _lay(here, value)
        else:
            body[name] = value


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
