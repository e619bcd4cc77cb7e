"""A connection that stamps each read the moment the event loop has its bytes.

Imported in the network thread only: it fits the HTTP library's stream interface.
"""

# ruff: noqa: ASYNC109 - the signatures are the HTTP library's
from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import httpcore2

from spark_tui.core.regex import regex
from spark_tui.services.endpoint.transport.connection_state import OWNER, ConnectionState
from spark_tui.services.endpoint.transport.timings import CURRENT

_OPTIONS = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
"""The kernel keeps idle connections known to routers, and notices dead ones in 10 s, not in 60."""

_LONGEST_HEAD = 1 << 16
"""Bytes of a response's head, after which its end is not looked for any more."""

_BLANK_LINE = regex(rb"\n\r?\n")
"""What ends a head, as lenient as the HTTP library reads it."""

_HIGH_WATER = 1 << 20
"""Bytes read ahead of the reader before the socket is left alone."""


class _Receiver(asyncio.Protocol):
    """Keeps what arrived, each piece with its stamp."""

    def __init__(self) -> None:
        self.pieces: deque[tuple[int, bytes]] = deque()
        self.error: Exception | None = None
        self.over = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.owner: ConnectionState | None = None
        self.taker: Callable[[int, bytes], bool] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._held = 0
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        at = time.monotonic_ns()
        if self.taker is not None and not self.pieces:
            self._hand(self.taker, at, data)
            return
        self.pieces.append((at, data))
        self._held += len(data)
        if self._held > _HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.over = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = True
        self.error = exc
        if self.owner is not None:
            self.owner.closed()
            self.owner = None
        self._writable.set()
        self._wake()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def arrival(self) -> None:
        """Until there is a piece, or the end."""
        if not self.pieces and not self.over:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    async def taken_by(self, taker: Callable[[int, bytes], bool]) -> bool:
        """Hand each piece to `taker` as it arrives, until that returns True, or the end: False.

        Raises what `taker` raises.
        """
        while self.pieces:
            if taker(*self.take(_HIGH_WATER)):
                return True
        self._waiter = asyncio.get_running_loop().create_future()
        self.taker = taker
        try:
            if not self.over:
                await self._waiter
            return self.taker is None
        finally:
            self._waiter = self.taker = None

    def _hand(self, taker: Callable[[int, bytes], bool], at: int, data: bytes) -> None:
        """One piece to whoever takes them; what it raises is raised where it was asked for."""
        try:
            if not taker(at, data):
                return
        except Exception as error:  # noqa: BLE001 - it is raised by `taken_by`
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_exception(error)
        self.taker = None
        self._wake()

    def put_back(self, at: int, data: bytes) -> None:
        """What was taken is the oldest piece again."""
        if data:
            self.pieces.appendleft((at, data))
            self._held += len(data)

    async def drained(self) -> None:
        """Until the socket takes more."""
        await self._writable.wait()

    def take(self, most: int) -> tuple[int, bytes]:
        """The oldest piece with its stamp; empty at the end."""
        if not self.pieces:
            return time.monotonic_ns(), b""
        at, data = self.pieces.popleft()
        if len(data) > most:
            self.pieces.appendleft((at, data[most:]))
            data = data[:most]
        self._held -= len(data)
        if self._paused and self._held < _HIGH_WATER // 2 and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return at, data

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class SocketStream(httpcore2.AsyncNetworkStream):
    """One connection, plain or TLS. Reads and writes are stamped on the current tap.

    The head of a POST waits for its body, so that both leave in one packet. What answers it is read
    in two parts, head and body, so that the body can be taken (`take_body`) before the HTTP library
    has seen any of it; whoever takes it may give it back at any byte.
    """

    def __init__(self, transport: asyncio.Transport, receiver: _Receiver) -> None:
        self._transport = transport
        self._receiver = receiver
        self._head = b""
        self._answer: bytes | None = None
        self._at_body = False

    @classmethod
    async def connect(cls, address: str, port: int, local_address: str | None) -> SocketStream:
        """Connect to an IP address. Raises OSError."""
        local = (local_address, 0) if local_address else None
        transport, receiver = await asyncio.get_running_loop().create_connection(
            _Receiver, address, port, local_addr=local
        )
        receiver.owner = OWNER.get()
        if receiver.owner is not None:
            receiver.owner.opened()
        stream = cls(transport, receiver)
        stream.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _OPTIONS.items():
            if hasattr(socket, name):
                stream.socket().setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        return stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What one read of the socket held, b"" at the end. Raises ReadError, ReadTimeout."""
        await self._flush()
        stamps = CURRENT.get()
        receiver = self._receiver
        if stamps is not None and stamps.before_read is not None:
            stamps.before_read()
        if not receiver.pieces:
            try:
                if timeout is None:
                    await receiver.arrival()
                else:
                    async with asyncio.timeout(timeout):
                        await receiver.arrival()
            except TimeoutError as error:
                raise httpcore2.ReadTimeout(str(error)) from error
        if not receiver.pieces and receiver.error is not None:
            raise httpcore2.ReadError(str(receiver.error)) from receiver.error
        at, data = receiver.take(max_bytes)
        if stamps is not None:
            stamps.read_at = at
            stamps.reads += 1
        self._at_body = False
        return data if self._answer is None else self._up_to_body(self._answer, at, data)

    def _up_to_body(self, before: bytes, at: int, data: bytes) -> bytes:
        """As much of `data` as belongs to the head; what is behind it is read next."""
        head = before + data
        blank = _BLANK_LINE.search(head, max(0, len(before) - 3))
        if blank is None:
            self._answer = head if data and len(head) < _LONGEST_HEAD else None
            return data
        end = blank.end()
        self._receiver.put_back(at, head[end:])
        if head[:9] == b"HTTP/1.1 " and head[9:10] == b"1":
            self._answer = b""  # an interim answer: the head to come is another one
        else:
            self._answer, self._at_body = None, True
        return data[: end - len(before)]

    @property
    def at_body(self) -> bool:
        """Whether the head of an answer was read, and not a byte behind it."""
        return self._at_body

    async def take_body(self, taker: Callable[[bytes], bool]) -> bool:
        """Hand what comes to `taker`, read by read and stamped, in place of the HTTP library.

        Until that returns True, or the connection ends: False. Raises what `taker` raises.
        """
        stamps = CURRENT.get()

        def take(at: int, data: bytes) -> bool:
            if stamps is not None:
                stamps.read_at = at
                stamps.reads += 1
            return taker(data)

        self._at_body = False
        return await self._receiver.taken_by(take)

    def give_back(self, rest: bytes) -> None:
        """Let the HTTP library read on, `rest` first."""
        self._receiver.put_back(time.monotonic_ns(), rest)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hand bytes to the socket. Raises WriteError, WriteTimeout."""
        if not self._head and buffer.startswith(b"POST ") and buffer.endswith(b"\r\n\r\n"):
            self._head = buffer
            self._answer = b""
            return
        data, self._head = self._head + buffer, b""
        await self._send(data, timeout)

    async def aclose(self) -> None:
        """Close at once; nobody waits for the other side."""
        self.abort()
        await asyncio.wait({self._receiver.closed}, timeout=1.0)

    def abort(self) -> None:
        """Close without waiting."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Upgrade to TLS, timed. Raises ConnectError, ConnectTimeout.

        What a proxy was told before does not count as part of the request.
        """
        began = time.monotonic_ns()
        loop = asyncio.get_running_loop()
        try:
            if self._receiver.pieces:
                raise ssl.SSLError(1, "the server does not speak TLS")
            async with asyncio.timeout(timeout):
                secured = await loop.start_tls(
                    self._transport,
                    self._receiver,
                    ssl_context,
                    server_hostname=server_hostname,
                )
        except TimeoutError as error:
            self.abort()
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.abort()
            raise httpcore2.ConnectError(str(error)) from error
        except BaseException:  # a cancelled one too is closed
            self.abort()
            raise
        if secured is None:
            raise httpcore2.ConnectError("the connection closed during the handshake")
        self._receiver.connection_made(secured)
        stamps = CURRENT.get()
        if stamps is not None:
            stamps.connected_at = time.monotonic_ns()
            stamps.tls_ns = stamps.connected_at - began
            stamps.started = stamps.sent_at = stamps.size = 0
        return SocketStream(secured, self._receiver)

    def get_extra_info(self, info: str) -> Any:
        """`ssl_object`, the addresses, `socket`, or whether an idle connection has something."""
        if info == "is_readable":
            return self._receiver.over or bool(self._receiver.pieces)
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))

    def socket(self) -> socket.socket:
        """The socket below, for its options."""
        found: socket.socket = self._transport.get_extra_info("socket")
        return found

    async def _flush(self) -> None:
        if self._head:
            data, self._head = self._head, b""
            await self._send(data, None)

    async def _send(self, data: bytes, timeout: float | None) -> None:
        if not data:
            return
        stamps = CURRENT.get()
        if stamps is not None and not stamps.started:
            stamps.started = time.monotonic_ns()
        if self._transport.is_closing():
            raise httpcore2.WriteError("the connection is closed")
        self._transport.write(data)
        try:
            async with asyncio.timeout(timeout):
                await self._receiver.drained()
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        if stamps is not None:
            stamps.sent_at = time.monotonic_ns()
            stamps.size += len(data)
