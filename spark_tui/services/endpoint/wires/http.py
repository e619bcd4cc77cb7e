"""One HTTP exchange: what is sent is what the `openai` SDK would send, read as raw bytes.

The SDK itself takes most of a second to import: it sends only where an endpoint says so. Tests hold
every request beside the one that it makes. Imported in the network thread only: it pulls in the
HTTP library.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx2
import orjson

from spark_tui import __version__
from spark_tui.core.endpoint.rate_limits import read_limits
from spark_tui.core.endpoint.wire import (
    Connected,
    EndpointProfile,
    FirstEvent,
    HeadersRead,
    RateLimits,
    RequestSent,
)
from spark_tui.services.endpoint.faults import faults, statuses
from spark_tui.services.endpoint.faults.error_body import fails
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.limits import KEEP_ALIVE_S, Bounds, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.providers import Provider
from spark_tui.services.endpoint.transport.chunked import ChunkedDecoder
from spark_tui.services.endpoint.transport.httpx_transport import (
    SocketTransport,
    proxy_for,
    tls_context,
)
from spark_tui.services.endpoint.transport.sockets import SocketStream
from spark_tui.services.endpoint.transport.timings import CURRENT, SocketTimings
from spark_tui.services.endpoint.wires.call import Phase, WireCall
from spark_tui.services.endpoint.wires.model_list import Listed, read_listing
from spark_tui.services.endpoint.wires.reader import Reader
from spark_tui.services.endpoint.wires.sse import SseSplitter, TooBigError

if TYPE_CHECKING:
    from spark_tui.services.endpoint.transport.sdk import SdkSender

_JSON = {"Content-Type": "application/json"}
_STREAM = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
_ACCOUNT = ("OpenAI-Organization", "OpenAI-Project")
_SHORTEST = 5
_NAMED_TYPES = ("", "text/plain", "application/octet-stream")


class HttpClient:
    """The connections of one endpoint. Key and prompt go to its base URL and nowhere else."""

    def __init__(
        self,
        profile: EndpointProfile,
        provider: Provider,
        base_url: str,
        timeouts: Timeouts,
        bounds: Bounds,
    ) -> None:
        limits = httpx2.Limits(
            max_connections=8, max_keepalive_connections=4, keepalive_expiry=KEEP_ALIVE_S
        )
        patience = httpx2.Timeout(None, connect=timeouts.connect, pool=timeouts.connect)
        self.bounds = bounds
        key = {"Authorization": f"Bearer {profile.key}"} if profile.key else {}
        self._headers = httpx2.Headers(key)
        if provider.name == "openai":
            self._headers.update(_ambient_headers())
        self._unsigned = self._headers.copy()
        self._unsigned.pop("Authorization", None)
        if not key:
            self._headers = self._unsigned
        self.tls = tls_context(base_url)
        self.proxied = proxy_for(base_url) is not None
        # A query (an API's version, a gateway's tenant) stays behind the path of each request.
        address, _, query = base_url.partition("?")
        address = address.rstrip("/")
        behind = f"?{query}" if query else ""
        self.socket_url = f"ws{address.removeprefix('http')}/responses{behind}"
        self.socket_headers = dict(provider.socket_headers)
        self.socket_headers |= key
        self._address = address
        self._query = dict(parse_qsl(query, keep_blank_values=True))
        self._sdk = profile.client == "sdk"
        self._key = profile.key
        self._hidden = () if provider.name == "openai" else (*_ACCOUNT, *_ambient_headers())
        self._sender: SdkSender | None = None
        self.encrypted = address.startswith("https:")
        self._http = httpx2.AsyncClient(
            transport=SocketTransport(base_url, self.tls, limits, bounds),
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": f"spark-tui/{__version__}", "Accept": "application/json"},
        )

    async def post(self, path: str, body: dict[str, Any], peer: Peer) -> httpx2.Response:
        """The response with its body unread. Raises FaultError for anything but a 200."""
        try:
            headers = httpx2.Headers(_JSON)
            headers.update(self._headers)
            headers.update(_STREAM)
            response = await self._send("POST", path, headers, orjson.dumps(body))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise faults.from_exception(error, peer.host) from None
        if response.status_code == 200:
            return response
        if response.is_success:
            await response.aclose()
            raise faults.not_a_stream(peer.host, f"status {response.status_code}", b"")
        with contextlib.suppress(httpx2.HTTPError, OSError):
            await response.aread()
        await response.aclose()
        raise from_response(response, peer)

    async def models(self, peer: Peer) -> list[Listed]:
        """The models the endpoint lists. Raises FaultError."""
        try:
            response = await self._list(self._headers)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise faults.from_exception(error, peer.host) from None
        if not response.is_success:
            raise from_response(response, peer)
        try:
            return read_listing(response.content)
        except orjson.JSONDecodeError:
            raise faults.not_a_stream(peer.host, "no list of models", b"") from None

    async def connect(self) -> list[Listed]:
        """Open a connection ahead of the first request, without the key; failing is no matter.

        What the server lists to anybody comes back.
        """
        with contextlib.suppress(
            httpx2.HTTPError, httpx2.InvalidURL, OSError, orjson.JSONDecodeError
        ):
            response = await self._list(self._unsigned)
            if response.is_success:
                return read_listing(response.content)
        return []

    async def _list(self, headers: httpx2.Headers) -> httpx2.Response:
        response = await self._send("GET", "/models", headers, None)
        await response.aread()
        return response

    async def _send(
        self, method: str, path: str, headers: httpx2.Headers, content: bytes | None
    ) -> httpx2.Response:
        """The response with its body unread, whatever its status."""
        if self._sdk:
            return await self._by_sdk().send(method, path, headers, content)
        url = self._address + path
        request = self._http.build_request(
            method, url, params=self._query or None, headers=headers, content=content
        )
        return await self._http.send(request, stream=True)

    def _by_sdk(self) -> SdkSender:
        """The SDK in the place of our own requests, imported when it is first needed."""
        if self._sender is None:
            from spark_tui.services.endpoint.transport.sdk import SdkSender

            self._sender = SdkSender(
                self._key, self._address, self._query, self._http, self._hidden
            )
        return self._sender

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()


def _chunked(response: httpx2.Response) -> bool:
    """Whether the body is chunked and nothing else: any other framing is left to the library."""
    codings = response.headers.get_list("transfer-encoding")
    return [one.strip().lower() for one in codings] == ["chunked"]


def _ambient_headers() -> dict[str, str]:
    """What the environment adds for OpenAI: whose account pays, and headers by name.

    They are nobody else's business.
    """
    given = {
        "OpenAI-Organization": os.environ.get("OPENAI_ORG_ID", ""),
        "OpenAI-Project": os.environ.get("OPENAI_PROJECT_ID", ""),
    }
    for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip():
            given[name.strip()] = value.strip()
    return {name: value for name, value in given.items() if value}


def from_response(response: httpx2.Response, peer: Peer) -> FaultError:
    """The fault behind a response that is no success."""
    if 300 <= response.status_code < 400:
        return faults.redirect(peer.host, response.headers.get("location", ""), peer.key)
    try:
        body = response.content
    except httpx2.ResponseNotRead:
        body = b""
    fault = statuses.from_status(response.status_code, response.headers, body, peer)
    fault.limits = read_limits(response.headers, time.monotonic_ns())
    return fault


class Exchange:
    """One attempt: sends the request and reads its answer into the call.

    `on_heard` is called with the first event of the stream: the server speaks this wire;
    `on_limits` with what a successful answer's head says is left of the limits.
    """

    def __init__(
        self,
        call: WireCall,
        client: HttpClient,
        peer: Peer,
        network: Network,
        timeouts: Timeouts,
        on_heard: Callable[[], None],
    ) -> None:
        self._call = call
        self._on_heard = on_heard
        self.on_limits: Callable[[RateLimits], None] = lambda _: None
        self._client = client
        self._peer = peer
        self._network = network
        self._timeouts = timeouts
        self._stamps = SocketTimings(before_read=self._before_read)
        self._announced = False
        self._splitter = SseSplitter(client.bounds)
        self._kind = ""
        self._peeked: bytes | None = b""
        self._grace: asyncio.TimerHandle | None = None
        self._encrypted = client.encrypted

    @property
    def reused(self) -> bool:
        """Whether the request went out on a connection that was already open."""
        return bool(self._stamps.started) and not self._stamps.connected_at

    async def run(self, path: str, body: dict[str, Any], reader: Reader) -> None:
        """Send and read to the end. The call has ended when this returns; raises FaultError."""
        token = CURRENT.set(self._stamps)
        try:
            self._call.enter(Phase.CONNECTING)
            response = await self._client.post(path, body, self._peer)
            try:
                await self._read(response, reader, str(body.get("model", "")))
            except BaseException:  # a cancelled one too is closed
                await asyncio.shield(self._network.keep(response.aclose()))
                raise
        finally:
            CURRENT.reset(token)

    def _before_read(self) -> None:
        """About to wait for bytes: say what has been sent, hand out what has been read."""
        stamps = self._stamps
        if not self._announced and stamps.started:
            if self._encrypted and stamps.connected_at and stamps.tls_ns is None:
                return
            self._announced = True
            call = self._call
            if stamps.connected_at:
                call.emit(
                    Connected(
                        stamps.connected_at, False, stamps.dns_ns, stamps.tcp_ns, stamps.tls_ns
                    )
                )
            else:
                call.emit(Connected(stamps.started, True))
            call.emit(RequestSent(stamps.sent_at, stamps.started, stamps.size))
            call.enter(Phase.HEADERS)
        self._call.flush()

    async def _read(self, response: httpx2.Response, reader: Reader, model: str) -> None:
        call, stamps, headers = self._call, self._stamps, response.headers
        call.emit(
            HeadersRead(
                stamps.read_at,
                response.status_code,
                faults.safe_text(headers.get("openai-model", "") or model, limit=80),
                faults.safe_text(headers.get("x-request-id", ""), limit=80),
            )
        )
        limits = read_limits(headers, stamps.read_at)
        if limits is not None:
            self.on_limits(limits)
            call.emit(limits)
        call.enter(Phase.FIRST_OUTPUT)
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise faults.not_a_stream(self._peer.host, "a compressed body", b"")
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        self._kind, self._peeked = kind, None if kind == "text/event-stream" else b""
        chunks = response.aiter_raw()
        try:
            finished = await self._stream(chunks, response, reader)
        except TooBigError:
            raise faults.too_big(self._peer.host) from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError):
            finished = False
            self._end(reader)
        finally:
            if self._grace is not None:
                self._grace.cancel()
        if finished:
            # First the connection, then the end of the answer: the next turn may come at once.
            stamps.before_read = None
            self._network.keep(self._drain(chunks, response))
            call.flush()
        else:
            await response.aclose()

    async def _stream(
        self, chunks: AsyncIterator[bytes], response: httpx2.Response, reader: Reader
    ) -> bool:
        """Read to the terminal event (True) or to the end of the body (False)."""
        stream = response.extensions.get("network_stream")
        if isinstance(stream, SocketStream) and stream.at_body and _chunked(response):
            if await self._take_body(stream, response, reader):
                return True
            async for _ in chunks:
                pass  # the library reads the end of the body, and keeps the connection
        else:
            async for chunk in chunks:
                if self._feed(chunk, response, reader):
                    return True
        if self._peeked is not None:
            raise self._no_stream(self._kind, self._peeked)
        at = self._stamps.read_at
        if self._take(self._splitter.finish(), reader, at):
            self._call.flush()
        else:
            self._end(reader)
        return False

    async def _take_body(
        self, stream: SocketStream, response: httpx2.Response, reader: Reader
    ) -> bool:
        """Read the body where it arrives, up to the terminal event (True) or its own end (False).

        What is behind that is left to the HTTP library. Raises OSError for a body that breaks off.
        """
        decoder = ChunkedDecoder()
        finished = False

        def take(data: bytes) -> bool:
            nonlocal finished
            content = decoder.feed(data)
            if content:
                finished = self._feed(content, response, reader)
            if not finished:
                self._call.flush()
            if decoder.broken:
                raise ConnectionError
            return finished or decoder.over

        self._call.flush()
        if not await stream.take_body(take):
            raise ConnectionError
        stream.give_back(decoder.rest())
        return finished

    def _feed(self, data: bytes, response: httpx2.Response, reader: Reader) -> bool:
        """Read what came of the body; True when the answer has ended."""
        if self._peeked is not None:
            data = self._peeked + data
            if not self._is_stream(self._kind, data):
                self._peeked = data
                return False
            self._peeked = None
        content = reader.content
        if self._take(self._splitter.feed(data), reader, self._stamps.read_at):
            return True
        if self._grace is not None and (not reader.finishing or reader.content != content):
            self._grace.cancel()
            self._grace = None
        if self._grace is None and reader.finishing:
            loop = asyncio.get_running_loop()
            wait = self._timeouts.finish
            self._grace = loop.call_later(wait, self._give_up, reader, response)
        return False

    def _take(self, payloads: list[bytes], reader: Reader, at: int) -> bool:
        """Read complete payloads; True when the answer has ended."""
        call = self._call
        before = reader.content
        for payload in payloads:
            if not call.heard:
                call.heard = True
                self._on_heard()
                call.emit(FirstEvent(at))
            if reader.read(payload, at, call.events):
                return True
        if reader.content != before:
            call.progress()
        return False

    def _end(self, reader: Reader, *, closed: bool = True) -> None:
        """The body is over without a terminal payload."""
        if self._call.ended:
            return
        at = self._stamps.read_at or time.monotonic_ns()
        reader.at_end(at, self._call.events, closed=closed)
        self._call.flush()

    def _give_up(self, reader: Reader, response: httpx2.Response) -> None:
        """A whole answer whose stream does not end formally: end the turn, close the socket."""
        self._end(reader, closed=False)
        self._network.keep(response.aclose())

    def _is_stream(self, kind: str, start: bytes) -> bool:
        """Whether a body of another type is an event stream after all; False to read on.

        Raises FaultError for what is none; JSON is read to its end, because it may say why.
        """
        head = start.lstrip()
        if len(head) < _SHORTEST:
            return False
        if kind in _NAMED_TYPES and head.startswith(
            (b"data", b"event", b"id", b":", b"retry", b"error:")
        ):
            return True
        if head[:1] in (b"{", b"[") and len(head) < self._client.bounds.error_body:
            return False
        raise self._no_stream(kind, start)

    def _no_stream(self, kind: str, body: bytes) -> FaultError:
        """The fault behind a body that is no event stream: what it says, where that is an error."""
        head = body.lstrip()
        if head[:1] in (b"{", b"["):
            with contextlib.suppress(orjson.JSONDecodeError):
                value = orjson.loads(head)
                value = value[0] if isinstance(value, list) and value else value
                if isinstance(value, dict) and fails(value):
                    return statuses.from_event(value, self._peer)
        return faults.not_a_stream(self._peer.host, kind, head)

    async def _drain(self, chunks: AsyncIterator[bytes], response: httpx2.Response) -> None:
        """Read the rest of a finished body, so that its connection serves the next turn."""
        with contextlib.suppress(TimeoutError, httpx2.HTTPError, httpx2.StreamError, OSError):
            async with asyncio.timeout(self._timeouts.drain):
                async for _ in chunks:
                    pass
        await response.aclose()
