"""What lines a trace has: kinds, version, and what is written only where text is wanted."""

from __future__ import annotations

import re
from typing import Any, get_args

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import Delta, LookAsked, WireEvent
from spark_tui.core.events import (
    Away,
    Decided,
    Displayed,
    FileTouched,
    Flushed,
    FlushRefused,
    Handled,
    HunksGone,
    HunkStarted,
    Painted,
    RoundBegan,
    SocketClosed,
    Undone,
    Unsaid,
)
from spark_tui.core.regex import regex

VERSION = 1
"""Raised when the meaning of a line changes; new kinds and fields do not raise it."""

PLAIN_EVENTS: tuple[type[Any], ...] = (
    Unsaid,
    FileTouched,
    HunkStarted,
    HunksGone,
    Painted,
    Displayed,
    Away,
    Handled,
    RoundBegan,
    SocketClosed,
    Decided,
    Flushed,
    FlushRefused,
    Undone,
)
"""Events written field by field."""

WIRE_EVENTS: tuple[type[Any], ...] = tuple(
    k for k in get_args(WireEvent) if k not in (Delta, LookAsked)
)
"""What the endpoint sent. Deltas are rows of `reads`, looks are told once they were done."""

PRIVATE = frozenset(
    {
        "message",
        "remedies",
        "why",
        "response_id",
        "detail",
        "expected",
        "found",
        "what",
        "outcome",
        "withheld",
        "symbol",
    }
)
"""Fields that may quote the answer, a file or the provider."""

LONGEST_LINE = 10_000
"""A placeholder is never longer, whatever a trace says."""

_DOT = "·"
_SUFFIX = regex(r"\.[A-Za-z0-9]{1,8}$")


def kind_of(event_type: type[Any]) -> str:
    """The word for a kind of event: `RequestSent` is `request-sent`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", event_type.__name__).lower()


KINDS: dict[str, type[Any]] = {kind_of(k): k for k in (*PLAIN_EVENTS, *WIRE_EVENTS)}


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """The first line of a trace.

    `wall` is the Unix time of the turn's Enter key, ns; all other stamps are of the monotonic
    clock. `text` says that instruction, paths and code are in it.
    """

    v: int
    program: str
    turn: int
    wall: int
    text: bool = False


def placeholder(size: int) -> str:
    """Dots in place of `size` characters."""
    return _DOT * max(0, min(size, LONGEST_LINE))


class Aliases:
    """Names for paths that say nothing but the kind of file: `file-1.py`."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """The name that stands for `path`."""
        if path not in self._known:
            suffix = _SUFFIX.search(path)
            self._known[path] = f"file-{len(self._known) + 1}{suffix[0] if suffix else ''}"
        return self._known[path]
