"""One paced answer: tokens on their schedule into a sink, faults at their token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import groupby

from spark_tui.core.dataclass import dataclass, field
from spark_tui.simulator.breaks import ENDS, REORDERS, Reorder, StreamSink, drip, go_wrong
from spark_tui.simulator.dialects import REASONING_FIELD, Account, ImitatedProvider, with_timings
from spark_tui.simulator.faults import BREAKS, SIZED, Fault, FaultName
from spark_tui.simulator.pacing import pace, schedule
from spark_tui.simulator.parts import Piece
from spark_tui.simulator.settings import SimSettings
from spark_tui.simulator.turnlog import TurnRecord
from spark_tui.simulator.wires import Counts, Json, Reason, Wire

_COMMENT_EVERY_S = 0.05
_AGAIN = 500


class SteeredError(Exception):
    """The answer is to stop here: another one takes its place."""


@dataclass(slots=True)
class PacedTurn:
    """What is said, how fast, and what goes wrong. `limit` is the client's bound on tokens.

    Setting `steered` ends the answer before its next token.
    """

    wire: Wire
    pieces: Sequence[Piece]
    settings: SimSettings
    record: TurnRecord
    faults: Mapping[FaultName, Fault]
    limit: int | None = None
    steered: bool = False
    _reorder: Reorder = field(default_factory=Reorder)

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(text for _, text in self.pieces)

    async def run(self, sink: StreamSink) -> Json | None:
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
        half = len(due) // 2
        due[half:] = [at + int(settings.pause_ms * 1e6) for at in due[half:]]
        stop, fault = self._stop(len(due), bundle)

        async def send(now: int, start: int, end: int, offset: int = 0) -> None:
            if self.steered:
                raise SteeredError
            first, last = (start + offset) * bundle, (end + offset) * bundle
            await self._send(sink, now, self.pieces[first:last])

        async def send_rest(now: int, start: int, end: int) -> None:
            await send(now, start, end, stop)

        reason = Reason.COMPLETE
        try:
            await pace(due[:stop], first_ns, send)
            reason = await self._fail(sink, fault)
            if reason is Reason.COMPLETE:
                await pace(due[stop:], first_ns, send_rest)
        except SteeredError:
            reason = Reason.STEERED
        except _Over:
            return None
        return await self._close(sink, first_ns, reason)

    async def _send(self, sink: StreamSink, now: int, pieces: Sequence[Piece]) -> None:
        """One write: an event for every bundle, more where it reaches into another part."""
        record, bundle = self.record, max(1, self.settings.bundle)
        record.writes.append((now, len(pieces)))
        events: list[Json] = []
        for at in range(0, len(pieces), bundle):
            group = pieces[at : at + bundle]
            if group[0][0] is group[-1][0]:
                events += self._delta(group)
                continue
            for _, run in groupby(group, key=lambda piece: id(piece[0])):
                events += self._delta(list(run))
        await sink.send(self._reorder(events))

    def _delta(self, group: Sequence[Piece]) -> list[Json]:
        """The event of tokens of one part, counted."""
        self.record.output_tokens += len(group)
        text = group[0][1] if len(group) == 1 else "".join(text for _, text in group)
        return self.wire.delta(group[0][0], text, self._counts())

    def _stop(self, events: int, bundle: int) -> tuple[int, Fault | None]:
        """How many events come before the fault, and which it is."""
        fault = next((self.faults[name] for name in BREAKS if name in self.faults), None)
        at = len(self.pieces)
        if fault is not None:
            half = fault.arg is None or fault.name in SIZED
            at = at // 2 if half else min(at, int(fault.number(0)))
        if self.limit is not None and self.limit < len(self.pieces) and self.limit <= at:
            return self.limit // bundle, Fault(FaultName.INCOMPLETE)
        return (events, None) if fault is None else (-(-at // bundle), fault)

    async def _before_tokens(self, sink: StreamSink, first_ns: int) -> int:
        """Keep-alive comments as long as the fault says; returns when the first token is due."""
        comments = self.faults.get(FaultName.COMMENTS)
        if comments is None:
            return first_ns
        until = time.monotonic_ns() + int(comments.number(10.0) * 1e9)
        while time.monotonic_ns() < until:
            await sink.send_raw(b": keep-alive\n\n")
            await asyncio.sleep(_COMMENT_EVERY_S)
        return max(first_ns, until)

    async def _reason(self, sink: StreamSink, first_ns: int) -> int:
        """The hidden or visible reasoning tokens; returns when the answer's first token is due."""
        count = self.settings.reasoning
        rate = self.settings.rate
        if count <= 0:
            return first_ns

        async def send(now: int, start: int, stop: int) -> None:
            self.record.reasoning_tokens += stop - start
            self.record.output_tokens += stop - start
            if self.settings.dialect in REASONING_FIELD:
                self.record.reasoning_writes.append((now, stop - start))
                events = [self.wire.reasoning("hm ") for _ in range(start, stop)]
                await sink.send([event for event in events if event])

        await pace(schedule(count, 1, rate, 0.0, 0), first_ns, send)
        return first_ns + (int(count * 1e9 / rate) if rate > 0 else 0)

    async def _fail(self, sink: StreamSink, fault: Fault | None) -> Reason:
        """Do what the fault does; how it ended the answer. Raises _Over when nothing follows."""
        if fault is None:
            return Reason.COMPLETE
        name = fault.name
        if name in REORDERS:
            self._reorder.start(name)
        elif name is FaultName.ENDLESS:
            await self._repeat(sink)
        else:
            if name not in ENDS:
                self.record.outcome = str(name)
            if await go_wrong(sink, self.wire, fault):
                raise _Over
        return ENDS.get(name, Reason.COMPLETE)

    async def _repeat(self, sink: StreamSink) -> None:
        """Tokens without end, at the rate."""
        part, rate = self.pieces[0][0], self.settings.rate
        while True:
            events: list[Json] = []
            for _ in range(_AGAIN):
                self.record.output_tokens += 1
                events += self.wire.delta(part, "again ", self._counts())
            await sink.send(events)
            await asyncio.sleep(_AGAIN / rate if rate > 0 else 0.0)

    def _counts(self) -> Counts:
        record = self.record
        return Counts(record.input_tokens, record.output_tokens, record.reasoning_tokens)

    async def _close(self, sink: StreamSink, first_ns: int, reason: Reason) -> Json | None:
        record = self.record
        counts = None if FaultName.NO_USAGE in self.faults else self._counts()
        if reason is Reason.STEERED:
            record.outcome = "steered"
        elif reason is not Reason.COMPLETE:
            record.outcome = "incomplete"
        events = self.wire.closing(counts, reason)
        if self.settings.dialect is not ImitatedProvider.OPENAI and counts is not None:
            last = record.writes[-1][0] if record.writes else first_ns
            queue = min(int(self.settings.queue_ms * 1e6), int(self.settings.ttft_ms * 1e6))
            prefill = int(self.settings.ttft_ms * 1e6) - queue
            decode = last - record.t_request_read - prefill - queue
            account = Account(prefill, decode, counts.input, counts.output, queue)
            events = with_timings(self.settings.dialect, events, account)
        await sink.send(events)
        mark = self.wire.done_mark
        if FaultName.AFTER_END in self.faults:
            if mark:
                await sink.send_payload(mark.encode())
            await drip(sink)
        await sink.finish(mark)
        return self.wire.whole(counts, reason)


class _Over(Exception):  # noqa: N818 - no error: the fault ended the stream
    """The stream has ended as the fault wanted it."""
