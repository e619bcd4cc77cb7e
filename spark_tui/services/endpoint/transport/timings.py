"""Stamps where bytes cross the socket, in nanoseconds of `time.monotonic_ns`.

A `SocketTimings` belongs to one attempt of one request. The streams find it in a context variable,
because connections outlive requests and everything an attempt does runs in its own task.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from spark_tui.core.dataclass import dataclass


@dataclass(slots=True)
class SocketTimings:
    """What the socket has done for this attempt; 0 and None mean not yet.

    `before_read` is called whenever the attempt is about to wait for bytes: everything the last
    read held has been handed out by then.
    """

    dns_ns: int | None = None
    tcp_ns: int | None = None
    tls_ns: int | None = None
    connected_at: int = 0
    started: int = 0
    sent_at: int = 0
    size: int = 0
    read_at: int = 0
    reads: int = 0
    before_read: Callable[[], None] | None = None


CURRENT: ContextVar[SocketTimings | None] = ContextVar("timings", default=None)
"""Those of the task that is running."""
