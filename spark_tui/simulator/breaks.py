"""What goes wrong inside an answer: events that are none, and ends that are none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import orjson

from spark_tui.simulator.faults import Fault, FaultName
from spark_tui.simulator.wires import Json, Reason, Wire

_MEBIBYTE = 1024 * 1024
_DRIP_EVERY_S = 0.05
_REFUSES = "I can't help with that."

ENDS = {
    FaultName.INCOMPLETE: Reason.LENGTH,
    FaultName.FILTER: Reason.FILTER,
    FaultName.UNEXPLAINED: Reason.UNEXPLAINED,
    FaultName.REFUSAL: Reason.REFUSAL,
    FaultName.FAILED: Reason.FAILED,
}
"""Faults that end the answer formally, and how."""

REORDERS = (FaultName.DUPLICATE, FaultName.LOST, FaultName.SWAPPED)
"""Faults of the events that follow."""

_PAYLOADS = {
    FaultName.MALFORMED: b'{"type":"response.output_text.delta","delta":"x',
    FaultName.NOT_OBJECT: b'["response.output_text.delta","x"]',
    FaultName.DEEP: b"[" * 100_000 + b"]" * 100_000,
    FaultName.BAD_UTF8: b'{"type":"response.output_text.delta","delta":"\xff\xfe"}',
    FaultName.UNKNOWN_EVENT: b'{"type":"response.sparkle.delta","delta":"no"}',
    FaultName.SEPARATORS: '{"type":"keepalive","note":"\u2028\u2029\u0085"}'.encode(),
}
_HALF = '{"type":"response.output_text.delta","delta":"é'.encode()[:-1]
_ENDLESS = 1 << 40
_KEEP_ALIVE = b'{"type":"keepalive"}'


class StreamSink(Protocol):
    """Where a stream goes: server-sent events, or frames of a socket."""

    async def send(self, events: Sequence[Json]) -> None:
        """Write events at once."""

    async def send_payload(self, data: bytes) -> None:
        """Write one event whose payload are these bytes."""

    async def send_raw(self, data: bytes) -> None:
        """Write bytes that are no event; nothing where the wire has no such thing."""

    def start_of(self, data: bytes, size: int) -> bytes:
        """The first bytes of an event whose payload, `size` bytes, begins with `data`."""

    async def send_binary(self) -> None:
        """Write what no text is."""

    async def finish(self, mark: str) -> None:
        """End the stream cleanly, after `mark` if it is not empty."""

    async def close(self, code: int) -> None:
        """Close with a WebSocket code; where there is none, 1000 ends cleanly, others break off."""

    def abort(self) -> None:
        """Break the connection off."""


class Silent:
    """A sink that keeps nothing, for answers sent whole."""

    async def send(self, events: Sequence[Json]) -> None:
        """Nothing."""

    async def send_payload(self, data: bytes) -> None:
        """Nothing."""

    async def send_raw(self, data: bytes) -> None:
        """Nothing."""

    def start_of(self, data: bytes, size: int) -> bytes:  # noqa: ARG002
        """Nothing."""
        return b""

    async def send_binary(self) -> None:
        """Nothing."""

    async def finish(self, mark: str) -> None:
        """Nothing."""

    async def close(self, code: int) -> None:
        """Nothing."""

    def abort(self) -> None:
        """Nothing."""


async def go_wrong(sink: StreamSink, wire: Wire, fault: Fault) -> bool:
    """Do what the fault does in the middle of an answer; True when nothing follows it.

    What never ends is ended by the client: the server then cancels its handler.
    """
    name = fault.name
    if name in _PAYLOADS:
        await sink.send_payload(_PAYLOADS[name])
    elif name is FaultName.BINARY:
        await sink.send_binary()
    elif name is FaultName.HUGE_LINE:
        await sink.send_payload(b"x" * int(fault.number(64) * _MEBIBYTE))
    elif name is FaultName.ENDLESS_LINE:
        await sink.send_raw(sink.start_of(b"", _ENDLESS))
        while True:
            await sink.send_raw(b"x" * 65_536)
            await asyncio.sleep(0.001)
    elif name is FaultName.ODD_EVENTS:
        for event in wire.odd():
            await sink.send_payload(orjson.dumps(event))
    elif name is FaultName.REFUSAL:
        await sink.send(wire.refusal(_REFUSES))
    elif name is FaultName.ERROR_EVENT:
        await sink.send([wire.error("The simulated endpoint failed.", "server_error")])
        await sink.finish("")
        return True
    elif name is FaultName.LIMIT_EVENT:
        await sink.send([wire.error("Please try again in 9s.", "rate_limit_exceeded")])
        await sink.finish("")
        return True
    elif name is FaultName.EOF:
        await sink.close(1000)
        return True
    elif name is FaultName.CUT_INSIDE:
        await sink.send_raw(sink.start_of(_HALF, 200))
        sink.abort()
        return True
    elif name is FaultName.CUT:
        sink.abort()
        return True
    elif name is FaultName.CLOSE:
        await sink.close(int(fault.number(1011)))
        return True
    elif name is FaultName.DRIP:
        await drip(sink)
    elif name is FaultName.STALL:
        await asyncio.Event().wait()
    return False


async def drip(sink: StreamSink) -> None:
    """Keep-alive events for ever."""
    while True:
        await sink.send_payload(_KEEP_ALIVE)
        await asyncio.sleep(_DRIP_EVERY_S)


class Reorder:
    """Loses, doubles or swaps the first events it is given after `start`."""

    def __init__(self) -> None:
        self._next: FaultName | None = None
        self._held: list[Json] = []

    def start(self, fault: FaultName) -> None:
        """The next events go wrong."""
        self._next = fault

    def __call__(self, events: list[Json]) -> list[Json]:
        """What is sent of `events`."""
        fault, self._next = self._next, None
        held, self._held = self._held, []
        if fault is FaultName.LOST:
            return events[1:]
        if fault is FaultName.DUPLICATE:
            return [*events[:1], *events]
        if fault is FaultName.SWAPPED and len(events) < 2:
            self._held = events
            return []
        if fault is FaultName.SWAPPED:
            return [events[1], events[0], *events[2:]]
        return [*events, *held]
