"""What the wires share: turning one payload after another into wire events."""

from __future__ import annotations

from typing import Any, Protocol

import orjson

from spark_tui.core.wire import Served, WireEvent
from spark_tui.services.endpoint.faults import (
    FaultError,
    Peer,
    empty_stream,
    malformed,
    safe_text,
)
from spark_tui.services.endpoint.faults import broken_off as _broken_off


class Reader(Protocol):
    """Reads the payloads of one answer.

    `content` counts deltas so far. `finishing` says that the answer is whole and only the formal
    end of its stream is missing.
    """

    content: int
    finishing: bool

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """Append the events of one payload to `out`; True when the last one was `Ended`.

        Raises FaultError for an error event or a payload that is not what the wire promises.
        """

    def at_end(self, at: int, out: list[WireEvent]) -> None:
        """The stream is over: append `Ended`, or raise FaultError if it broke off."""


def decode(payload: bytes, peer: Peer) -> dict[str, Any]:
    """One JSON object. Raises FaultError(MALFORMED) for anything else."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise malformed(peer.host) from None
    if not isinstance(value, dict):
        raise malformed(peer.host)
    return value


def count(value: Any, *names: str) -> int:
    """The non-negative integer under nested `names`, 0 where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def served(holder: dict[str, Any], peer: Peer, at: int) -> list[WireEvent]:
    """The lane the answer was served in, where one was asked for and the provider says."""
    tier = text_of(holder.get("service_tier"))
    named = tier and tier != "auto" and peer.tier
    return [Served(at, safe_text(tier, limit=40), peer.tier)] if named else []


def text_of(value: Any) -> str:
    """`value` if it is text, else ""."""
    return value if isinstance(value, str) else ""


def listed(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def seconds_to_ns(value: Any) -> int | None:
    """A number of seconds as ns, None for anything else."""
    return milliseconds_to_ns(value * 1000) if isinstance(value, (int, float)) else None


def milliseconds_to_ns(value: Any) -> int | None:
    """A number of milliseconds as ns, None for anything else or out of range."""
    if isinstance(value, (int, float)) and 0 <= value < 1e9:
        return int(value * 1e6)
    return None


def broken_off(peer: Peer, *, content: int, events: int) -> FaultError:
    """The stream ended early: empty, before content, or in the middle of it."""
    return _broken_off(content=content > 0, host=peer.host) if events else empty_stream(peer.host)
