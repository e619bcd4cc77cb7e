"""A model endpoint: picks the wire and the model, sends, sends again where that is safe."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from time import time as wall_clock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.profiles import normal_url
from spark_tui.core.endpoint.rate_limits import forecast
from spark_tui.core.endpoint.wire import (
    Ended,
    Ending,
    EndpointProfile,
    EndpointState,
    FaultKind,
    ModelRequest,
    RateLimits,
    Retrying,
)
from spark_tui.core.errors import SparkError
from spark_tui.core.remedy import Remedy
from spark_tui.services.endpoint.capabilities import CONTINUED, REPLAYED, Learnt, Memory
from spark_tui.services.endpoint.faults import faults
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.limits import KEEP_ALIVE_S, Bounds, Retries, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.providers import host_of, provider_for
from spark_tui.services.endpoint.transport.connection_state import OWNER, ConnectionState
from spark_tui.services.endpoint.wires.call import Cancellable, Phase, Sink, WireCall

if TYPE_CHECKING:
    from spark_tui.services.endpoint.wires.http import HttpClient
    from spark_tui.services.endpoint.wires.model_list import Listed
    from spark_tui.services.endpoint.wires.reader import Reader
    from spark_tui.services.endpoint.wires.replayed_items import Replies
    from spark_tui.services.endpoint.wires.steering import Steered
    from spark_tui.services.endpoint.wires.websocket import SocketWire


class ModelEndpoint:
    """The `Endpoint` of the ports, for one profile.

    Everything below the public methods runs in the network thread. `model` and `wire` say what was
    taken where the profile leaves it open, "" until known; `warmed` that a connection is likely;
    `moved` that the API turned out to be under `/v1`.
    """

    def __init__(
        self,
        profile: EndpointProfile,
        network: Network | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        bounds: Bounds | None = None,
        memory: Memory | None = None,
        fresh_key: Callable[[], str] | None = None,
    ) -> None:
        """`memory` is what is known of addresses from before; what is learnt here goes into it.

        `fresh_key` gives the key as of now where it changes; it may block and raise SparkError.
        """
        self._fresh_key = fresh_key
        self.profile = profile
        self.provider = provider_for(profile.base_url, profile.dialect)
        self.base_url = normal_url(profile.base_url or self.provider.base_url)
        self.host = faults.safe_text(host_of(self.base_url), limit=80)
        self.model = profile.model
        self.wire = _settled_wire(profile.wire, self.provider.wire)
        self.warmed = False
        self._network = network or Network()
        self._owns_network = network is None
        self._timeouts = timeouts or Timeouts()
        self._retries = retries or Retries()
        self._bounds = bounds or Bounds()
        self._client: HttpClient | None = None
        self._socket: SocketWire | None = None
        self._socket_failures = 0
        self._steers = True
        self._forgotten = 0
        self._replies: Replies | None = None
        self._memory = memory or Memory()
        self._limits: RateLimits | None = None
        self._clocks = (wall_clock(), time.monotonic())
        self._windows: dict[str, int] = {}
        self._calls: set[WireCall] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False
        self.moved = False
        self._used = -KEEP_ALIVE_S
        self._connections = ConnectionState(self._state)

    def call(
        self, request: ModelRequest, sink: Sink, instead_of: Cancellable | None = None
    ) -> WireCall:
        """See `Endpoint.call`."""
        call = WireCall(self._network, sink, self._timeouts, self.host)
        if self._closed:
            call.finish(Ended(time.monotonic_ns(), Ending.STOPPED))
        else:
            self._network.post(lambda: self._start(call, request, instead_of))
        return call

    def watch(self, told: Callable[[EndpointState], None]) -> None:
        """See `Endpoint.watch`."""
        self._connections.watch(told)

    def warm(self, opening: ModelRequest | None = None) -> None:
        """See `Endpoint.warm`."""
        self._network.post(lambda: self._behind(self._warm(opening)))

    def close(self) -> None:
        """See `Endpoint.close`. Waits at most 0.25 s; not from the network thread."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(RuntimeError, concurrent.futures.TimeoutError):
            self._network.run(self._shut_down()).result(0.25)
        if self._owns_network:
            self._network.close()

    def _start(self, call: WireCall, request: ModelRequest, old: Cancellable | None) -> None:
        steered: Steered | None = None
        if isinstance(old, WireCall) and old in self._calls:
            if self._socket is not None and request.steer and self._steers:
                steered = self._socket.give(old)
            ended = Ended(time.monotonic_ns(), Ending.STOPPED)
            if steered is None:
                old.stop(ended)
            else:
                old.finish(ended)
        elif old is not None:
            old.cancel()
        self._calls.add(call)
        call.start(self._run(call, request, steered))

    def _state(self) -> EndpointState:
        """What is known by now. An idle connection is dropped at the next request after a while."""
        if self.wire == "websocket":
            warm = self._socket is not None and self._socket.ready
        else:
            warm = self._connections.open > 0 and time.monotonic() - self._used < KEEP_ALIVE_S
        window = self.learnt.window or self._windows.get(self.model, 0)
        return EndpointState(self.model, self.wire, self.warmed and warm, window)

    def _known(self) -> None:
        """A connection was used, or something turned out."""
        self._used = time.monotonic()
        self._connections.changed(again_s=KEEP_ALIVE_S + 0.5)

    async def _shut_down(self) -> None:
        self._connections.stop()
        for call in list(self._calls):
            call.stop(Ended(time.monotonic_ns(), Ending.STOPPED))
        background = list(self._background)
        for task in background:
            task.cancel()
        if background:
            await asyncio.wait(background, timeout=_SHUT_S)
        if self._socket is not None:
            await self._socket.aclose()
        if self._client is not None:
            await self._client.aclose()

    def _behind(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it in the background, until the endpoint is closed."""
        if self._closed:
            work.close()
            return
        task = self._network.keep(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _warm(self, opening: ModelRequest | None) -> None:
        OWNER.set(self._connections)
        with contextlib.suppress(FaultError):
            await self._renew_key()
            client = self._open()
            self._prepare("chat", _NOTHING, self._peer())
            if self.model or self.provider.needs_model:
                if self.wire != "websocket":
                    self._listed(await client.connect())
            else:
                await self._choose_model()
                client = self._open()
            if self.wire == "websocket":
                await self._socket_wire(client).warm(self._peer())
            self.warmed = True
            self._known()
            primes = opening is not None and self.model and CONTINUED not in self._refused
            if self.wire == "websocket" and opening is not None and primes:
                from spark_tui.services.endpoint.wires.responses import responses_body

                body = responses_body(opening, self.profile, self.provider, self.model)
                body = self.learnt.apply(body)
                await self._socket_wire(client).prime(body, self._peer())
        self._known()

    def _answers(self) -> Replies:
        if self._replies is None:
            from spark_tui.services.endpoint.wires.replayed_items import Replies

            self._replies = Replies()
        return self._replies

    def _socket_wire(self, client: HttpClient) -> SocketWire:
        if self._socket is None:
            from spark_tui.services.endpoint.wires.websocket import SocketWire

            self._socket = SocketWire(
                client.socket_url,
                client.socket_headers,
                client.tls,
                self._network,
                self._timeouts,
                self._bounds,
                self._answers(),
            )
        return self._socket

    def _open(self) -> HttpClient:
        """The client, made on first use: the HTTP library is imported here. Raises FaultError."""
        if self._client is None:
            from spark_tui.services.endpoint.wires.http import HttpClient

            faults.check_key(self.profile)
            if not self.host or not self.base_url.startswith(("http://", "https://")):
                shown = faults.safe_text(self.base_url, self.profile.key, 60)
                raise FaultError(
                    FaultKind.SETTINGS, f"{shown!r} is not a base URL", Remedy.SHOW_ADDRESS
                )
            try:
                self._client = HttpClient(
                    self.profile, self.provider, self.base_url, self._timeouts, self._bounds
                )
            except ValueError as error:
                said = faults.safe_text(str(error), self.profile.key)
                raise FaultError(FaultKind.SETTINGS, said, Remedy.OTHER_ENDPOINT) from None
        return self._client

    def _peer(self) -> Peer:
        return Peer(
            who=self.provider.title or faults.safe_text(self.profile.name, limit=40) or self.host,
            host=self.host,
            model=self.model,
            key=self.profile.key,
            tier=dict(self.profile.options).get("service_tier", ""),
            key_variable=self.profile.key_variable,
        )

    async def _run(self, call: WireCall, request: ModelRequest, steered: Steered | None) -> None:
        OWNER.set(self._connections)
        try:
            await self._attempts(call, request, steered)
        except FaultError as fault:
            call.finish(fault.ended(time.monotonic_ns()))
        except Exception as error:  # noqa: BLE001 - a call ends with exactly one Ended, always
            name = type(error).__name__
            broken = faults.malformed(self.host, f"something unreadable ({name})")
            call.finish(broken.ended(time.monotonic_ns()))
        finally:
            call.finish(Ended(time.monotonic_ns(), Ending.STOPPED))
            self._calls.discard(call)
            if not self._closed:
                self._known()

    async def _attempts(
        self, call: WireCall, request: ModelRequest, steered: Steered | None
    ) -> None:
        """Attempts until one ends the call. Raises the FaultError of the last one."""
        tried: dict[str, int] = {}
        counted = 0
        plainer: dict[str, FaultError] = {}
        while True:
            given, steered = steered, None
            try:
                await self._attempt(call, request, given, counted, frozenset(plainer))
            except FaultError as fault:
                counted = fault.fit.input or counted
                if fault.way:
                    plainer[fault.way] = fault
                if fault.limits is not None:
                    call.emit(fault.limits)
                if self._moves(fault, call):
                    tried.pop("wire", None)
                    continue
                wait = self._wait(fault, tried, call)
                if wait is None:
                    raise
                if wait > 0:
                    call.enter(Phase.CONNECTING)
                    now = time.monotonic_ns()
                    tries = sum(tried.values())
                    call.emit(Retrying(now, wait, fault.message, tries, fault.kind))
                    call.flush()
                    await asyncio.sleep(wait)
            else:
                self._asked_plainer(plainer)
                return

    @property
    def _refused(self) -> frozenset[str]:
        """Ways of asking that this address does not take."""
        never = () if self.provider.continues else (CONTINUED,)
        return frozenset((*self.learnt.refuses, *never))

    def _asked_plainer(self, refused: dict[str, FaultError]) -> None:
        """The same turn was refused in these ways and then answered: they are left from now on.

        A server that failed, or forgot an answer once, may take them again.
        """
        for way, fault in refused.items():
            forgot = fault.code == FORGOTTEN
            self._forgotten = self._forgotten + 1 if forgot else 0
            if fault.kind is not FaultKind.SERVER and self._forgotten != 1:
                self.learnt.refuses.add(way)
                self._memory.keep(self.base_url, self.model)

    def _wait(self, fault: FaultError, tried: dict[str, int], call: WireCall) -> float | None:
        """Seconds until the next attempt, None when there is none."""
        limits = self._retries
        most = {
            "connect": limits.connect,
            "server": limits.server,
            "limit": limits.limit,
            "reuse": 1,
            "wire": 1,
            "socket": 2,
            "resend": 2,
            "field": 8,
            "fit": 2,
            "address": 1,
            "loading": limits.loading,
        }
        count = tried.get(fault.retry, 0)
        begun = call.content if fault.way else call.heard
        if not fault.retry or begun or call.ended or count >= most[fault.retry]:
            return None
        tried[fault.retry] = count + 1
        if fault.retry not in {"connect", "server", "limit", "loading"}:
            return 0.0
        own = limits.backoff * (4 if fault.retry == "loading" else 2**count)
        # Who says "at once" and refuses again is asked ever more slowly all the same.
        wait = own if fault.wait_s is None else max(fault.wait_s, own / 5)
        if wait > limits.longest_wait:
            fault.message = f"{fault.message} · asks to wait {wait:.0f} s"
            return None
        return max(wait, 0.001)

    @property
    def learnt(self) -> Learnt:
        """What this address turned out to take from us."""
        return self._memory.of(self.base_url, self.model)

    @property
    def _without_tools(self) -> bool:
        """Whether this address refused functions: looks are asked for in words then."""
        return "tools" in self.learnt.dropped or "tools" in self.profile.never

    def _left(self) -> int | None:
        """Tokens of this minute that input and output limit may still book; None: not booked."""
        limits = self._limits
        if not self.provider.books_output or limits is None or limits.tokens is None:
            return None
        return forecast(limits.tokens, limits.at, time.monotonic_ns(), 0).left

    def _learn(self, fault: FaultError, body: dict[str, Any], size: int) -> None:
        """From a refusal: what to leave out, or how much to ask for, when it is sent again."""
        learnt = self.learnt
        if fault.fields and learnt.learn(fault.fields, body):
            fault.retry = "field"
        elif learnt.fit(fault.fit, body, size):
            fault.retry = "fit"
        else:
            return
        self._memory.keep(self.base_url, self.model)

    def _moves(self, fault: FaultError, call: WireCall) -> bool:
        """Whether the API is looked for under `/v1` after this fault, which is said."""
        if call.heard or fault.retry or not _no_address(fault) or not self._move():
            return False
        why = f"nothing at {self.host} without /v1, asking there"
        call.emit(Retrying(time.monotonic_ns(), 0.0, why, 1))
        call.flush()
        return True

    def _move(self) -> bool:
        """From an address without a path to its `/v1`, once."""
        if self.moved or urlsplit(self.base_url).path.strip("/"):
            return False
        self.moved = True
        self.base_url = f"{self.base_url.rstrip('/')}/v1"
        self.wire = _settled_wire(self.profile.wire, self.provider.wire)
        self._drop_connections()
        return True

    async def _models(self) -> list[str]:
        """The models the endpoint lists, under `/v1` where they are not here. Raises FaultError."""
        try:
            return self._listed(await self._open().models(self._peer()))
        except FaultError as fault:
            missing = fault.kind in (FaultKind.NOT_FOUND, FaultKind.NOT_A_STREAM)
            if not missing or not self._move():
                raise
        return self._listed(await self._open().models(self._peer()))

    def _listed(self, models: Sequence[Listed]) -> list[str]:
        """Their ids; how much each reads at once is remembered."""
        self._windows |= {one.id: one.window for one in models if one.window}
        return [one.id for one in models]

    async def _attempt(
        self,
        call: WireCall,
        request: ModelRequest,
        steered: Steered | None,
        counted: int,
        plainer: frozenset[str],
    ) -> None:
        """One attempt; `counted` are the input tokens the server said the request has, 0 unknown.

        `plainer` are ways of asking that were refused for this request. Raises FaultError.
        """
        from spark_tui.services.endpoint.wires.http import Exchange
        from spark_tui.services.endpoint.wires.looks_in_words import WordsReader, said_in_words

        await self._drop_after_sleep()
        await self._renew_key()
        if not self.model:
            await self._choose_model()
        client, peer = self._open(), self._peer()
        if self.wire == "websocket":
            refused = self._refused | plainer
            await self._attempt_socket(call, request, client, peer, steered, counted, refused)
            return
        wire = self.wire or "responses"
        in_words = bool(request.tools) and self._without_tools
        if in_words:
            request = said_in_words(request)
        path, full, reader = self._prepare(wire, request, peer)
        if in_words:
            reader = WordsReader(reader)
        size = _size(request)
        body = self.learnt.apply(full, size, counted, self._left())
        way = ""
        if wire == "chat" and REPLAYED not in self._refused | plainer:
            told = self._answers().told_in_chat(body["messages"])
            way = REPLAYED if told != body["messages"] else ""
            body = {**body, "messages": told}
        if wire == "responses" and REPLAYED not in self._refused | plainer:
            told = self._answers().told(body, body["input"])
            way = REPLAYED if told != body["input"] else ""
            body = {**body, "input": told}
        exchange = Exchange(
            call, client, peer, self._network, self._timeouts, lambda: self._remember(wire)
        )
        exchange.on_limits = self._told_limits
        try:
            await exchange.run(path, body, reader)
        except FaultError as fault:
            self._learn(fault, body, size)
            fault.refuse(way, content=call.content)
            if fault.retry in {"field", "fit", "resend"}:
                raise
            if not self.wire and _no_address(fault):
                self.wire = "chat"
                fault.retry = "wire"
            elif fault.kind is FaultKind.CONNECT and exchange.reused and not call.heard:
                fault.retry = "reuse"
            raise
        self._answers().keep_answer(self.model, reader)

    async def _renew_key(self) -> None:
        """Ask for the key of now; connections that were opened with another one are dropped."""
        if self._fresh_key is None:
            return
        try:
            key = await asyncio.to_thread(self._fresh_key)
        except SparkError as error:
            raise FaultError(FaultKind.AUTH, error.what, *error.remedies) from None
        if not key:
            raise FaultError(FaultKind.AUTH, "nobody is signed in", Remedy.SIGN_IN)
        if key != self.profile.key:
            self.profile = replace(self.profile, key=key)
            self._drop_connections()

    def _drop_connections(self) -> None:
        client, self._client = self._client, None
        socket, self._socket = self._socket, None
        for one in (client, socket):
            if one is not None:
                self._network.keep(one.aclose())

    async def _drop_after_sleep(self) -> None:
        """Connections from before the machine slept are dead, whatever they look like."""
        wall, mono = self._clocks
        self._clocks = (wall_clock(), time.monotonic())
        slept = (self._clocks[0] - wall) - (self._clocks[1] - mono)
        if slept > self._timeouts.sleep_jump:
            self._drop_connections()

    async def _attempt_socket(
        self,
        call: WireCall,
        request: ModelRequest,
        client: HttpClient,
        peer: Peer,
        steered: Steered | None,
        counted: int,
        refused: frozenset[str],
    ) -> None:
        """One attempt over the WebSocket; what it can't do falls to HTTPS, which is said."""
        from spark_tui.services.endpoint.wires.looks_in_words import WordLooks, said_in_words
        from spark_tui.services.endpoint.wires.responses import responses_body

        words = WordLooks() if request.tools and self._without_tools else None
        if words is not None:
            request = said_in_words(request)
        full = responses_body(request, self.profile, self.provider, self.model)
        size = _size(request)
        body = self.learnt.apply(full, size, counted)
        why = "WebSocket is not spoken here, using HTTPS until restart"
        try:
            if client.proxied:
                raise FaultError(FaultKind.CONNECT, why, code="upgrade")
            wire = self._socket_wire(client)
            await wire.run(call, body, peer, request, steered, refused=refused, words=words)
        except FaultError as fault:
            if fault.code == faults.NOT_STEERED:
                self._steers = False
            self._learn(fault, body, size)
            if fault.retry == "socket":
                self._socket_failures += 1
                why = "WebSocket failed twice, using HTTPS until restart"
            if not call.heard and (fault.code == "upgrade" or self._socket_failures >= 2):
                self.wire = "responses"
                fault.retry = "wire"
                call.emit(Retrying(time.monotonic_ns(), 0.0, why, 1))
                call.flush()
            raise
        self._socket_failures = 0
        self.warmed = True
        self._known()

    def _told_limits(self, limits: RateLimits) -> None:
        self._limits = limits

    def _remember(self, wire: str) -> None:
        """The server answered on `wire`."""
        self.wire = wire
        self.warmed = True
        self._known()

    def _prepare(
        self, wire: str, request: ModelRequest, peer: Peer
    ) -> tuple[str, dict[str, Any], Reader]:
        from spark_tui.services.endpoint.wires import chat, responses

        functions = frozenset(tool.name for tool in request.tools)
        if wire == "chat":
            body = chat.chat_body(request, self.profile, self.provider, self.model)
            return chat.PATH, body, chat.ChatReader(peer, self.provider, functions)
        body = responses.responses_body(request, self.profile, self.provider, self.model)
        return responses.PATH, body, responses.ResponsesReader(peer, functions)

    async def _choose_model(self) -> None:
        """Take the first model the endpoint lists. Raises FaultError."""
        peer = self._peer()
        if self.provider.needs_model:
            raise FaultError(
                FaultKind.SETTINGS, f"no model is set for {peer.who}", Remedy.SET_MODEL
            )
        listed = await self._models()
        if not listed:
            raise FaultError(FaultKind.SETTINGS, f"{self.host} lists no models", Remedy.SET_MODEL)
        self.model = listed[0]


FORGOTTEN = "previous_response_not_found"
_SHUT_S = 0.2
_NOTHING = ModelRequest("", (), 0)


def _settled_wire(configured: str, usual: str) -> str:
    """The wire to use, "" while it is to be found out."""
    for one in (configured, usual):
        if one in {"responses", "chat", "websocket"}:
            return one
    return ""


def _no_address(fault: FaultError) -> bool:
    """Whether an address is missing (not a model): no API there, or not on this wire."""
    return fault.kind is FaultKind.NOT_FOUND and "model" not in fault.code.lower()


def _size(request: ModelRequest) -> int:
    """Characters of text in a request."""
    shown = sum(len(look.result) for m in request.messages for look in m.looks)
    return len(request.instructions) + sum(len(m.text) for m in request.messages) + shown
