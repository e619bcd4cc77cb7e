"""The Responses API over one WebSocket that stays open between turns.

Source: the public guide to the WebSocket mode of the Responses API, 2026. A turn is one
`response.create`; where the conversation only grew, the server's own copy of it is continued.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Collection
from typing import Any

import orjson

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.endpoint.wire import (
    Connected,
    FaultKind,
    FirstEvent,
    HeadersRead,
    ModelRequest,
    RequestSent,
    WireEvent,
)
from spark_tui.services.endpoint.capabilities import CONTINUED, REPLAYED
from spark_tui.services.endpoint.faults import faults
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.limits import Bounds, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.transport.timings import CURRENT, SocketTimings
from spark_tui.services.endpoint.transport.websocket_connection import Link
from spark_tui.services.endpoint.wires.call import Phase, WireCall
from spark_tui.services.endpoint.wires.continuation import Known, input_of, remember, split
from spark_tui.services.endpoint.wires.looks_in_words import WordLooks
from spark_tui.services.endpoint.wires.replayed_items import Replies
from spark_tui.services.endpoint.wires.responses import ResponsesReader
from spark_tui.services.endpoint.wires.steering import Handover, Steered

_RESEND = {"previous_response_not_found", "websocket_connection_limit_reached"}


@dataclass(slots=True)
class _Turn:
    """One answer being read."""

    call: WireCall
    reader: ResponsesReader
    model: str
    done: asyncio.Future[None]
    settle: Callable[[], None]
    text: list[str] = field(default_factory=list)
    taken: int = 0
    count: int = 0
    handover: Handover | None = None
    words: WordLooks | None = None
    given: bool = False


class SocketWire:
    """The WebSocket of one endpoint; one turn at a time, a second one opens a link of its own."""

    def __init__(
        self,
        url: str,
        headers: dict[str, str],
        tls: ssl.SSLContext | None,
        network: Network,
        timeouts: Timeouts,
        bounds: Bounds,
        replies: Replies,
    ) -> None:
        self._replies = replies
        self._url = url
        self._headers = headers
        self._tls = tls
        self._network = network
        self._timeouts = timeouts
        self._bounds = bounds
        self._link: Link | None = None
        self._known: Known | None = None
        self._busy: set[Link] = set()
        self._closed = False
        self._opening = asyncio.Lock()
        self._replacing: asyncio.Task[None] | None = None
        self._running: tuple[Link, _Turn] | None = None

    @property
    def ready(self) -> bool:
        """Whether a turn would find its connection open."""
        return self._link is not None and self._link.usable

    async def warm(self, peer: Peer) -> None:
        """Connect ahead of the first turn. Raises FaultError."""
        async with self._opening:
            if self._link is None or not self._link.usable:
                self._known = None
                self._link = await self._open(peer)

    async def prime(self, body: dict[str, Any], peer: Peer) -> None:
        """Have the server read what all turns begin with, without an answer. Raises FaultError."""
        await self.warm(peer)
        link = self._link
        if link is None or link in self._busy or self._known is not None:
            return
        loop = asyncio.get_running_loop()
        call = WireCall(self._network, lambda _: None, self._timeouts, peer.host)
        fields, _ = split(body)
        reader = ResponsesReader(peer)

        def settle() -> None:
            if reader.response_id:
                self._known = Known(fields, [], reader.response_id)

        turn = _Turn(call, reader, "", loop.create_future(), settle)
        frame = {"type": "response.create", **fields, "input": [], "generate": False}
        self._busy.add(link)
        try:
            await self._exchange(link, turn, frame)
        finally:
            self._busy.discard(link)

    def give(self, call: WireCall) -> Steered | None:
        """Let go of a running answer, to be steered; None where it can't be."""
        if self._running is None:
            return None
        link, turn = self._running
        if turn.call is not call or turn.done.done() or not turn.reader.response_id:
            return None
        if link is not self._link or not link.usable:
            return None
        turn.given = True
        link.on_read = link.on_lost = None
        turn.done.set_result(None)
        return Steered(link, turn.reader.response_id)

    async def run(
        self,
        call: WireCall,
        body: dict[str, Any],
        peer: Peer,
        request: ModelRequest,
        steered: Steered | None = None,
        *,
        refused: Collection[str] = (),
        words: WordLooks | None = None,
    ) -> None:
        """Send one turn and read it to its end. Raises FaultError; `retry` says what may help.

        With `steered`, an answer that was given, `request.steer` is said to it instead of `body`.
        `refused` are ways of asking that this server does not take; `words` takes looks out of the
        answer's text where it takes no tools.
        """
        stamps = SocketTimings()
        token = CURRENT.set(stamps)
        link: Link | None = None
        settled = False
        way = ""
        try:
            if steered is not None:
                link, reused = steered.link, True
            else:
                link, reused = await self._take_link(peer)
            call.on_stop(link.abort)
            known = self._known if link is self._link and CONTINUED not in refused else None
            fields, items = split(body)
            if steered is not None:
                frame = steered.frame(request.steer)
            else:
                last = request.messages[-1] if request.messages else None
                news = input_of(known, fields, items, request.follows, request.steer, last)
                if "previous_response_id" in news:
                    way = CONTINUED
                elif REPLAYED not in refused:
                    news = {"input": self._replies.told(fields, items)}
                    way = REPLAYED if news["input"] != items else ""
                frame = {"type": "response.create", **fields, **news}
            self._known = None
            loop = asyncio.get_running_loop()
            functions = frozenset(tool.name for tool in request.tools)
            reader, text = ResponsesReader(peer, functions), list[str]()

            def settle() -> None:
                """The answer has ended: the next turn may follow at once."""
                nonlocal settled
                settled = True
                self._busy.discard(own)
                self._replies.keep_answer(str(body.get("model", "")), reader)
                if reader.response_id and own is self._link and steered is None:
                    owed = tuple(reader.owed.values())
                    self._known = Known(fields, items, reader.response_id, "".join(text), owed)

            own = link
            turn = _Turn(
                call, reader, str(body.get("model", "")), loop.create_future(), settle, text
            )
            turn.words = words
            if steered is not None:
                turn.handover = Handover(steered.response_id, peer)
            self._running = (link, turn)
            connected_at, dns, tcp, tls = (
                stamps.connected_at,
                stamps.dns_ns,
                stamps.tcp_ns,
                stamps.tls_ns,
            )
            stamps.started = stamps.sent_at = stamps.size = 0
            call.enter(Phase.HEADERS)
            sending = _Sending(stamps, connected_at, reused, dns, tcp, tls)
            await self._exchange(link, turn, frame, sending, ping=reused)
            settled = settled or turn.given
        except FaultError as fault:
            if fault.code in _RESEND and not call.heard:
                fault.retry = "resend"
            if steered is None:
                fault.refuse(way, content=call.content)
            if fault.code == "websocket_connection_limit_reached" and link is not None:
                link.abort()
            raise
        except asyncio.CancelledError:
            if link is not None:
                await link.gone()
                if link is self._link:
                    self._replacing = self._network.keep(self._replace(peer))
            raise
        finally:
            CURRENT.reset(token)
            if link is not None and not settled:
                self._busy.discard(link)
            if link is not None and link is not self._link:
                link.abort()

    async def aclose(self) -> None:
        """Close the connection; a silent server is not waited for."""
        self._closed = True
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.wait({self._replacing}, timeout=self._timeouts.close)
        for link in {self._link, *self._busy} - {None}:
            if link is not None:
                await link.close(self._timeouts.close)
        self._link = None

    async def _open(self, peer: Peer) -> Link:
        link = await Link.open(
            self._url, self._headers, self._tls, peer, self._network, self._timeouts, self._bounds
        )
        if self._closed:
            await link.close(self._timeouts.close)
        link.on_gone = lambda: self._gone(link, peer)
        return link

    def _gone(self, link: Link, peer: Peer) -> None:
        """The server or the network dropped a link: nobody should wait for the next one.

        One that did not live long is left alone, so that a server that hangs up on everybody is
        not called again and again.
        """
        idle = link is self._link and link not in self._busy and not self._closed
        under_way = self._replacing is not None and not self._replacing.done()
        if idle and not under_way and time.monotonic() - link.opened >= self._timeouts.redial:
            self._replacing = self._network.keep(self._replace(peer))

    async def _take_link(self, peer: Peer) -> tuple[Link, bool]:
        """(a link for one turn, whether it was open already). Raises FaultError."""
        async with self._opening:
            link = self._link
            if link is not None and link in self._busy:
                link = await self._open(peer)
                self._busy.add(link)
                return link, False
            age = 0.0 if link is None else time.monotonic() - link.opened
            if link is not None and link.usable and age < self._timeouts.age:
                self._busy.add(link)
                return link, True
            if link is not None:
                self._network.keep(link.close(self._timeouts.close))
            self._link, self._known = None, None
            self._link = link = await self._open(peer)
            self._busy.add(link)
            return link, False

    async def _replace(self, peer: Peer) -> None:
        """A cancelled link is gone: have the next one ready."""
        if self._closed:
            return
        try:
            await self.warm(peer)
        except FaultError:
            self._link = None

    async def _exchange(
        self,
        link: Link,
        turn: _Turn,
        frame: dict[str, Any],
        sending: _Sending | None = None,
        *,
        ping: bool = False,
    ) -> None:
        """Send `frame` and wait for its terminal event. Raises FaultError."""

        def on_read(at: int, messages: list[bytes]) -> None:
            if turn.done.done():
                return
            try:
                if self._take(turn, at, messages):
                    turn.settle()
                    turn.done.set_result(None)
            except FaultError as fault:
                turn.done.set_exception(fault)
            except Exception:  # noqa: BLE001 - whatever a server sends, only its own turn ends
                turn.done.set_exception(faults.malformed(turn.call.host))
            turn.call.flush()

        def on_lost(fault: FaultError) -> None:
            if not turn.done.done():
                turn.done.set_exception(_lost(fault, turn, reused=ping))

        link.on_read, link.on_lost = on_read, on_lost
        try:
            began = time.monotonic_ns()
            try:
                await link.send(orjson.dumps(frame), ping=ping)
            except FaultError as fault:
                raise _lost(fault, turn, reused=ping) from None
            if sending is not None:
                sending.announce(turn.call)
            await self._first(link, turn, began, ping=ping)
            await turn.done
        finally:
            if link.on_read is on_read:
                link.on_read = link.on_lost = None
            if turn.done.done() and not turn.done.cancelled():
                turn.done.exception()
            over = turn.handover.over if turn.handover is not None else False
            if not (turn.reader.over or turn.given or over):
                link.abort()

    async def _first(self, link: Link, turn: _Turn, began: int, *, ping: bool) -> None:
        """Wait for the first event, not long: a dead link must not hold up a turn."""
        limits = self._timeouts
        if ping:
            await asyncio.wait({turn.done}, timeout=limits.pong)
            if not turn.done.done() and link.heard_at < began:
                link.abort()
                raise _dead("reuse")
        rest = limits.first_event - (time.monotonic_ns() - began) / 1e9
        if not turn.done.done() and not turn.count:
            await asyncio.wait({turn.done}, timeout=max(0.0, rest))
            if not turn.done.done() and not turn.count:
                link.abort()
                raise _dead("socket")

    def _take(self, turn: _Turn, at: int, messages: list[bytes]) -> bool:
        """Read the messages of one socket read; True when the answer has ended."""
        call, reader = turn.call, turn.reader
        before = reader.content
        handover = turn.handover
        for message in messages:
            if handover is not None and not handover.mine(message):
                continue
            turn.taken += len(message)
            turn.count += 1
            if turn.taken > self._bounds.body or turn.count > self._bounds.events:
                raise faults.too_big(call.host)
            events: list[WireEvent] = []
            try:
                over = reader.read(message, at, events)
            except FaultError:
                call.events += turn.words.sift(events) if turn.words is not None else events
                raise
            if turn.words is not None:
                events = turn.words.sift(events)
            if not call.heard:
                call.heard = True
                call.emit(HeadersRead(at, 101, turn.model))
                call.emit(FirstEvent(at))
                call.enter(Phase.FIRST_OUTPUT)
            remember(turn.text, events)
            call.events += events
            if over:
                return True
        if reader.content != before:
            call.progress()
        return False


@dataclass(slots=True)
class _Sending:
    """What is to be said once the request is out."""

    stamps: SocketTimings
    connected_at: int
    reused: bool
    dns_ns: int | None
    tcp_ns: int | None
    tls_ns: int | None

    def announce(self, call: WireCall) -> None:
        stamps = self.stamps
        at = stamps.started if self.reused else self.connected_at
        call.emit(Connected(at, self.reused, self.dns_ns, self.tcp_ns, self.tls_ns))
        call.emit(RequestSent(stamps.sent_at, stamps.started, stamps.size))
        call.flush()


def _dead(retry: str) -> FaultError:
    what = "the WebSocket went silent"
    return FaultError(FaultKind.CONNECT, what, *faults.AGAIN, retry=retry)


def _lost(fault: FaultError, turn: _Turn, *, reused: bool) -> FaultError:
    """What a lost link means for the turn on it."""
    if fault.kind is not FaultKind.CONNECT:
        return fault
    if turn.call.content:
        return faults.broken_off(content=True, host=turn.call.host)
    if not turn.call.heard:
        fault.retry = "reuse" if reused else "socket"
    return fault
