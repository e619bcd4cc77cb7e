"""What the wires share: turning one payload after another into wire events."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any, Protocol

import orjson

from spark_tui.core.endpoint.wire import Served, WireEvent
from spark_tui.core.regex import regex
from spark_tui.services.endpoint.faults.faults import (
    FaultError,
    Peer,
    empty_stream,
    malformed,
    safe_text,
)
from spark_tui.services.endpoint.faults.faults import broken_off as _broken_off


class Reader(Protocol):
    """Reads the payloads of one answer.

    `content` counts deltas so far. `finishing` says that the answer is whole and only the formal
    end of its stream is missing. `whole` that it ended so, with its text in `said` and, where the
    wire has them, the `items` by which it is told back. `looks` are the ids of calls that ask to
    see more.
    """

    whole: bool
    said: list[str]
    items: list[dict[str, Any]]

    @property
    def content(self) -> int:
        """Deltas so far."""

    @property
    def finishing(self) -> bool:
        """Whether only the formal end of the stream is missing."""

    @property
    def looks(self) -> dict[str, None]:
        """Calls that ask to see more."""

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """Append the events of one payload to `out`; True when the last one was `Ended`.

        Raises FaultError for an error event or a payload that is not what the wire promises.
        """

    def at_end(self, at: int, out: list[WireEvent], *, closed: bool = True) -> None:
        """The stream is over: append `Ended`, or raise FaultError if it broke off.

        With `closed` False nobody closed it: it was waited for long enough.
        """


def is_done(payload: bytes) -> bool:
    """Whether it is the mark that closes a stream of chunks, with whatever blanks round it."""
    return payload[:1] in (b"[", b" ", b"\t") and payload.strip() == b"[DONE]"


def decode(payload: bytes, peer: Peer) -> dict[str, Any]:
    """One JSON object; half a surrogate pair stays in it as such (see `Halves`).

    Raises FaultError(MALFORMED) for anything else.
    """
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        value = _with_halves(payload)
    if not isinstance(value, dict):
        raise malformed(peer.host)
    return value


def _with_halves(payload: bytes) -> Any:
    """JSON that holds half a surrogate pair, None for anything else that is not valid."""
    if b"\\ud" not in payload.lower():
        return None
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


HALF_A_CHARACTER = "half a character"
"""What is odd about text with a surrogate that has no other half."""


class Halves:
    """Joins surrogate pairs whose halves came in two pieces; `damaged` once one stayed alone."""

    def __init__(self) -> None:
        self.damaged = False
        self._held = ""

    def __call__(self, text: str) -> str:
        """`text` as whole characters, a first half at its end kept for the next piece."""
        if not self._held and (text.isascii() or not has_half(text)):
            return text
        text, self._held = self._held + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return self._whole(text)

    def rest(self) -> str:
        """What is left at the end of the text."""
        held, self._held = self._held, ""
        return self._whole(held)

    def _whole(self, text: str) -> str:
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self.damaged = self.damaged or whole.count("\ufffd") > text.count("\ufffd")
        return whole


_HALF = regex("[\ud800-\udfff]")


def count(value: Any, *names: str) -> int:
    """The non-negative integer under nested `names`, 0 where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def served(holder: dict[str, Any], peer: Peer, at: int) -> list[WireEvent]:
    """The lane the answer was served in, where one was asked for and the provider says."""
    tier = text_of(holder.get("service_tier"))
    named = tier and tier != "auto" and peer.tier
    return [Served(at, safe_text(tier, limit=40), peer.tier)] if named else []


def text_of(value: Any) -> str:
    """`value` if it is text, else ""."""
    return value if isinstance(value, str) else ""


def ident_of(value: Any) -> str:
    """`value` if it is text that can be sent back as a name, else ""."""
    return value if isinstance(value, str) and value.isprintable() and len(value) < 1000 else ""


def one_of(names: Container[str], value: Any) -> bool:
    """Whether `value` is one of these words."""
    return isinstance(value, str) and value in names


def has_half(text: str) -> bool:
    """Whether half a surrogate pair is in it."""
    return _HALF.search(text) is not None


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
