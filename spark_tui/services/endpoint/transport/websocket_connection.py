"""One WebSocket connection: the protocol without its library's sockets, over our stamped ones.

RFC 6455. Imported in the network thread only.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpcore2
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI, PayloadTooBig, WebSocketException
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from spark_tui.core.endpoint.wire import FaultKind
from spark_tui.core.remedy import Remedy
from spark_tui.services.endpoint.faults import faults, statuses
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.limits import Bounds, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.transport.connect import SocketBackend
from spark_tui.services.endpoint.transport.timings import CURRENT, SocketTimings

_READ = 65_536
_FINAL_CODES = {1003, 1007, 1008, 1009, 1010}
"""Close codes after which the same request would be refused again (RFC 6455, section 7.4)."""

OnRead = Callable[[int, list[bytes]], None]
OnLost = Callable[[FaultError], None]


class Link:
    """An open connection. It is read all the time, so that pings are answered between turns.

    `on_read` gets the stamp of each socket read and the messages it completed; `on_lost` is told
    once when the connection is gone, `on_gone` before that if nobody here dropped it. `heard_at`
    is the stamp of the last read of any kind.
    """

    def __init__(
        self, stream: httpcore2.AsyncNetworkStream, protocol: ClientProtocol, peer: Peer
    ) -> None:
        self.opened = time.monotonic()
        self.heard_at = time.monotonic_ns()
        self.lost = False
        self.on_read: OnRead | None = None
        self.on_lost: OnLost | None = None
        self.on_gone: Callable[[], None] | None = None
        self._stream = stream
        self._protocol = protocol
        self._peer = peer
        self._parts: list[bytes] = []
        self._pump: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        headers: dict[str, str],
        tls: ssl.SSLContext | None,
        peer: Peer,
        network: Network,
        timeouts: Timeouts,
        bounds: Bounds,
    ) -> Link:
        """Connect and shake hands. Raises FaultError; `code` is "upgrade" if HTTP is wanted."""
        try:
            protocol = ClientProtocol(parse_uri(url), max_size=bounds.line)
            async with asyncio.timeout(timeouts.connect):
                stream = await _dial(url, tls)
                try:
                    response = await _shake_hands(stream, protocol, headers)
                except BaseException:  # a cancelled one too is closed
                    await asyncio.shield(network.keep(stream.aclose()))
                    raise
        except TimeoutError:
            raise FaultError(
                FaultKind.CONNECT,
                f"cannot reach {peer.host} (no answer in time)",
                Remedy.DRAFT_KEPT,
                *faults.AGAIN,
                retry="socket",
            ) from None
        except InvalidURI:
            raise FaultError(
                FaultKind.SETTINGS, f"{peer.host} is not a usable address", Remedy.SHOW_ADDRESS
            ) from None
        except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError) as error:
            raise faults.from_exception(error, peer.host) from None
        if protocol.handshake_exc is not None or response is None:
            await stream.aclose()
            raise _refused(response, peer)
        link = cls(stream, protocol, peer)
        link._pump = network.keep(link._read_on())
        return link

    @property
    def usable(self) -> bool:
        """Whether a message may be sent."""
        return not self.lost and self._protocol.state is State.OPEN

    async def send(self, text: bytes, *, ping: bool = False) -> None:
        """Send a text message, with a ping ahead of it to learn soon whether anybody is there.

        Raises FaultError when the connection is gone.
        """
        try:
            if ping:
                self._protocol.send_ping(b"there?")
            self._protocol.send_text(text)
            await self._write_out()
        except (httpcore2.NetworkError, WebSocketException, OSError):
            self.abort()
            raise faults.broken_off(content=False, host=self._peer.host) from None

    def abort(self) -> None:
        """Drop the connection without a closing handshake."""
        if not self.lost:
            self.lost = True
            if self._pump is not None:
                self._pump.cancel()

    async def gone(self) -> None:
        """Drop the connection, and wait until the socket is closed (1 s at most)."""
        self.abort()
        if self._pump is not None:
            await asyncio.wait({self._pump}, timeout=1.0)

    async def close(self, wait_s: float) -> None:
        """Say goodbye, wait `wait_s` seconds for an answer, and drop the connection."""
        if self.usable:
            with contextlib.suppress(httpcore2.NetworkError, WebSocketException, OSError):
                self._protocol.send_close(1000)
                await self._write_out()
            if self._pump is not None:
                await asyncio.wait({self._pump}, timeout=wait_s)
        self.abort()
        if self._pump is not None:
            await asyncio.wait({self._pump}, timeout=1.0)

    async def _read_on(self) -> None:
        stamps = SocketTimings()
        CURRENT.set(stamps)
        fault = faults.broken_off(content=False, host=self._peer.host)
        try:
            while True:
                data = await self._stream.read(_READ)
                self.heard_at = stamps.read_at
                if data:
                    self._protocol.receive_data(data)
                else:
                    self._protocol.receive_eof()
                messages = self._messages()
                await self._write_out()
                if messages and self.on_read is not None:
                    self.on_read(stamps.read_at, messages)
                if not data or self._protocol.state is not State.OPEN:
                    fault = self._why_closed()
                    break
        except FaultError as found:
            fault = found
        except (httpcore2.NetworkError, WebSocketException, OSError):
            fault = faults.broken_off(content=False, host=self._peer.host)
        finally:
            dropped, self.lost = not self.lost, True
            if dropped and self.on_gone is not None:
                self.on_gone()
            if self.on_lost is not None:
                self.on_lost(fault)
            await self._stream.aclose()

    def _messages(self) -> list[bytes]:
        """Whole messages of the frames just read. Raises FaultError for binary ones."""
        out: list[bytes] = []
        for frame in self._protocol.events_received():
            if not isinstance(frame, Frame) or frame.opcode not in DATA_OPCODES:
                continue
            if frame.opcode is Opcode.BINARY:
                raise faults.malformed(self._peer.host, "a binary message")
            if frame.fin and not self._parts:
                out.append(bytes(frame.data))
                continue
            self._parts.append(bytes(frame.data))
            if frame.fin:
                out.append(b"".join(self._parts))
                self._parts.clear()
        return out

    def _why_closed(self) -> FaultError:
        if isinstance(self._protocol.parser_exc, PayloadTooBig):
            return faults.too_big(self._peer.host)
        frame = self._protocol.close_rcvd
        code = frame.code if frame is not None else 1006
        if code in _FINAL_CODES or 4000 <= code < 5000:
            said = faults.safe_text(frame.reason if frame else "", self._peer.key, 120)
            tail = f": {said}" if said else ""
            return FaultError(
                FaultKind.FORBIDDEN,
                f"{self._peer.who} closed the connection ({code}){tail}",
                Remedy.OTHER_ENDPOINT,
                code=str(code),
            )
        return faults.broken_off(content=False, host=self._peer.host)

    async def _write_out(self) -> None:
        data = b"".join(self._protocol.data_to_send())
        if data:
            await self._stream.write(data)


async def _dial(url: str, tls: ssl.SSLContext | None) -> httpcore2.AsyncNetworkStream:
    parts = urlsplit(url)
    host = parts.hostname or ""
    stream = await SocketBackend().connect_tcp(host, parts.port or (80 if tls is None else 443))
    return stream if tls is None else await stream.start_tls(tls, host)


async def _shake_hands(
    stream: httpcore2.AsyncNetworkStream, protocol: ClientProtocol, headers: dict[str, str]
) -> Response | None:
    request = protocol.connect()
    for name, value in headers.items():
        request.headers[name] = value
    protocol.send_request(request)
    await stream.write(b"".join(protocol.data_to_send()))
    while True:
        data = await stream.read(_READ)
        if data:
            protocol.receive_data(data)
        else:
            protocol.receive_eof()
        for event in protocol.events_received():
            if isinstance(event, Response):
                return event
        if not data or protocol.handshake_exc is not None:
            return None


def _refused(response: Response | None, peer: Peer) -> FaultError:
    """The fault behind a handshake that was answered with something else."""
    if response is None:
        fault = faults.malformed(peer.host, "no WebSocket handshake")
        fault.code = "upgrade"
        return fault
    status = response.status_code
    headers = {name.lower(): value for name, value in response.headers.raw_items()}
    if 300 <= status < 400:
        return faults.redirect(peer.host, headers.get("location", ""), peer.key)
    body = bytes(response.body or b"")
    fault = statuses.from_status(status, headers, body[:65_536], peer)
    if status != 401:  # proxies and gateways refuse it with any status: HTTPS tells what is true
        fault.code = "upgrade"
    return fault
