"""One paced answer: tokens on their schedule into a sink, faults at their token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from spark_tui.simulator.dialects import REASONING_FIELD, Account, Dialect, with_timings
from spark_tui.simulator.faults import AT_TOKEN, Fault, FaultName
from spark_tui.simulator.pacing import pace, schedule
from spark_tui.simulator.settings import SimSettings
from spark_tui.simulator.turnlog import TurnRecord
from spark_tui.simulator.wires import Counts, Json, Wire

_COMMENT_EVERY_S = 0.05
_MEBIBYTE = 1024 * 1024


class Sink(Protocol):
    """Where a stream goes: server-sent events, or frames of a socket."""

    async def send(self, events: Sequence[Json]) -> None:
        """Write events at once."""

    async def send_raw(self, data: bytes) -> None:
        """Write bytes that are no event; nothing where the wire has no such thing."""

    async def finish(self, mark: str) -> None:
        """End the stream cleanly, after `mark` if it is not empty."""

    def abort(self) -> None:
        """Break the connection off."""


class Silent:
    """A sink that keeps nothing, for answers sent whole."""

    async def send(self, events: Sequence[Json]) -> None:
        """Nothing."""

    async def send_raw(self, data: bytes) -> None:
        """Nothing."""

    async def finish(self, mark: str) -> None:
        """Nothing."""

    def abort(self) -> None:
        """Nothing."""


class SteeredError(Exception):
    """The answer is to stop here: another one takes its place."""


@dataclass(slots=True)
class Turn:
    """What is said, how fast, and what goes wrong. `limit` is the client's bound on tokens.

    Setting `steered` ends the answer before its next token.
    """

    wire: Wire
    pieces: Sequence[str]
    settings: SimSettings
    record: TurnRecord
    faults: Mapping[FaultName, Fault]
    limit: int | None = None
    steered: bool = False

    async def run(self, sink: Sink) -> Json | None:
        """Send the answer; returns it whole for a client that did not ask for a stream.

        The record is filled in as it goes. Raises ConnectionError when the client leaves.
        """
        settings, record = self.settings, self.record
        first_ns = record.t_request_read + int(settings.ttft_ms * 1e6)
        first_ns = await self._before_tokens(sink, first_ns)
        first_ns = await self._reason(sink, first_ns)
        bundle = max(1, settings.bundle)
        seed = int(record.id, 16)
        due = schedule(len(self.pieces), bundle, settings.rate, settings.jitter_ms, seed)
        stop, fault = self._stop(len(due), bundle)

        async def send(now: int, start: int, end: int, offset: int = 0) -> None:
            if self.steered:
                raise SteeredError
            first, last = (start + offset) * bundle, (end + offset) * bundle
            sent = self.pieces[first:last]
            record.writes.append((now, len(sent)))
            events = []
            for at in range(0, len(sent), bundle):
                group = sent[at : at + bundle]
                record.output_tokens += len(group)
                events.append(self.wire.delta("".join(group), self._counts()))
            await sink.send(events)

        async def send_rest(now: int, start: int, end: int) -> None:
            await send(now, start, end, stop)

        reason = ""
        try:
            await pace(due[:stop], first_ns, send)
            if fault is not None and await self._fail(sink, fault):
                return None
            if fault is FaultName.INCOMPLETE:
                reason = "max_output_tokens"
            else:
                await pace(due[stop:], first_ns, send_rest)
        except SteeredError:
            reason = record.outcome = "steered"
        return await self._close(sink, first_ns, reason)

    def _stop(self, events: int, bundle: int) -> tuple[int, FaultName | None]:
        """How many events come before the fault, and which it is."""
        fault = next((self.faults[name] for name in AT_TOKEN if name in self.faults), None)
        at = len(self.pieces)
        if fault is not None:
            sized = fault.name is FaultName.HUGE_LINE
            at = at // 2 if fault.arg is None or sized else min(at, int(fault.arg))
        if self.limit is not None and self.limit < len(self.pieces) and self.limit <= at:
            return self.limit // bundle, FaultName.INCOMPLETE
        return (events, None) if fault is None else (-(-at // bundle), fault.name)

    async def _before_tokens(self, sink: Sink, first_ns: int) -> int:
        """Keep-alive comments as long as the fault says; returns when the first token is due."""
        comments = self.faults.get(FaultName.COMMENTS)
        if comments is None:
            return first_ns
        until = time.monotonic_ns() + int((10.0 if comments.arg is None else comments.arg) * 1e9)
        while time.monotonic_ns() < until:
            await sink.send_raw(b": keep-alive\n\n")
            await asyncio.sleep(_COMMENT_EVERY_S)
        return max(first_ns, until)

    async def _reason(self, sink: Sink, first_ns: int) -> int:
        """The hidden or visible reasoning tokens; returns when the answer's first token is due."""
        count = self.settings.reasoning
        rate = self.settings.rate
        if count <= 0:
            return first_ns

        async def send(now: int, start: int, stop: int) -> None:  # noqa: ARG001 - a pace callback
            self.record.reasoning_tokens += stop - start
            self.record.output_tokens += stop - start
            if self.settings.dialect in REASONING_FIELD:
                events = [self.wire.reasoning("hm ") for _ in range(start, stop)]
                await sink.send([event for event in events if event])

        await pace(schedule(count, 1, rate, 0.0, 0), first_ns, send)
        return first_ns + (int(count * 1e9 / rate) if rate > 0 else 0)

    async def _fail(self, sink: Sink, fault: FaultName) -> bool:
        """Do what the fault does; True when nothing follows it."""
        record = self.record
        if fault is FaultName.MALFORMED:
            await sink.send_raw(b'data: {"type":"response.output_text.delta","delta":"x\n\n')
        elif fault is FaultName.HUGE_LINE:
            size = self.faults[fault].arg
            await sink.send_raw(b"data: ")
            for _ in range(int(64 if size is None else size)):
                await sink.send_raw(b"x" * _MEBIBYTE)
            await sink.send_raw(b"\n\n")
        elif fault is FaultName.ERROR_EVENT:
            record.outcome = str(fault)
            await sink.send([self.wire.error("The simulated endpoint failed.", "server_error")])
            await sink.finish("")
            return True
        elif fault is FaultName.EOF:
            record.outcome = str(fault)
            await sink.finish("")
            return True
        elif fault is FaultName.CUT:
            record.outcome = str(fault)
            sink.abort()
            return True
        elif fault is FaultName.STALL:
            record.outcome = str(fault)
            # Only the client's leaving ends this: the server then cancels the handler.
            await asyncio.Event().wait()
        return False

    def _counts(self) -> Counts:
        record = self.record
        return Counts(record.input_tokens, record.output_tokens, record.reasoning_tokens)

    async def _close(self, sink: Sink, first_ns: int, reason: str) -> Json | None:
        record = self.record
        counts = None if FaultName.NO_USAGE in self.faults else self._counts()
        visible = record.output_tokens - record.reasoning_tokens
        text = "".join(self.pieces[:visible])
        if reason and record.outcome == "completed":
            record.outcome = "incomplete"
        events = self.wire.closing(text, counts, reason)
        if self.settings.dialect is not Dialect.OPENAI and counts is not None:
            last = record.writes[-1][0] if record.writes else first_ns
            account = Account(
                first_ns - record.t_request_read, last - first_ns, counts.input, counts.output
            )
            events = with_timings(self.settings.dialect, events, account)
        await sink.send(events)
        await sink.finish(self.wire.done_mark)
        return self.wire.whole(text, counts, reason)
