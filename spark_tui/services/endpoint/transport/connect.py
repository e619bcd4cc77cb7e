"""Getting connected: the name lookup and a race of its addresses, both timed.

Imported in the network thread only: it pulls in the HTTP library.
"""

# ruff: noqa: ASYNC109 - the signatures are the HTTP library's
from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore2

from spark_tui.services.endpoint.transport.sockets import SocketStream
from spark_tui.services.endpoint.transport.timings import CURRENT

_ATTEMPT_DELAY_S = 0.25
"""RFC 8305, section 8: how long one address may stay silent before the next is tried as well."""


class SocketBackend(httpcore2.AsyncNetworkBackend):
    """Opens stamped connections; looks names up in a thread that nothing waits for at exit."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Look the name up, then race its addresses. Raises ConnectError or ConnectTimeout."""
        began = time.monotonic_ns()
        try:
            async with asyncio.timeout(timeout):
                addresses = await resolve(host, port)
                resolved = time.monotonic_ns()
                connection = await race(addresses, port, local_address)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        stamps = CURRENT.get()
        if stamps is not None:
            stamps.connected_at = time.monotonic_ns()
            stamps.dns_ns = resolved - began
            stamps.tcp_ns = stamps.connected_at - resolved
        for option in socket_options or ():
            connection.socket().setsockopt(*option)
        return connection

    async def sleep(self, seconds: float) -> None:
        """Part of the interface; nothing here retries."""
        await asyncio.sleep(seconds)


async def race(addresses: list[str], port: int, local_address: str | None = None) -> SocketStream:
    """The first address that answers, each next one tried a little later. Raises OSError."""
    waiting = list(addresses)
    racing: set[asyncio.Task[SocketStream]] = set()
    failed: BaseException = OSError("no address")
    try:
        while waiting or racing:
            if waiting:
                attempt = SocketStream.connect(waiting.pop(0), port, local_address)
                racing.add(asyncio.ensure_future(attempt))
            done, racing = await asyncio.wait(
                racing,
                timeout=_ATTEMPT_DELAY_S if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winner: SocketStream | None = None
            for task in done:
                error = task.exception()
                if error is not None:
                    failed = error
                elif winner is None:
                    winner = task.result()
                else:
                    task.result().abort()
            if winner is not None:
                return winner
    finally:
        for task in racing:
            task.cancel()
            task.add_done_callback(_close_late)
    raise failed


def _close_late(task: asyncio.Task[SocketStream]) -> None:
    """A loser of the race that connected after all is closed, not leaked."""
    if not task.cancelled() and task.exception() is None:
        task.result().abort()


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, families alternating, without holding up an exit.

    Raises socket.gaierror. The lookup cannot be cancelled, so it has a daemon thread.
    """
    if _is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Any]] = loop.create_future()

    def settle(result: list[Any] | OSError) -> None:
        if answer.done():
            return
        if isinstance(result, OSError):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    def look_up() -> None:
        try:
            result: list[Any] | OSError = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            result = socket.gaierror(socket.EAI_NONAME, "not a host name")
        except OSError as error:
            result = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=look_up, name="lookup", daemon=True).start()
    infos = await answer
    families: dict[int, list[str]] = {}
    for family, _, _, _, address in infos:
        families.setdefault(family, []).append(str(address[0]))
    out: list[str] = []
    queues = list(families.values())
    while any(queues):
        out += [queue.pop(0) for queue in queues if queue]
    return list(dict.fromkeys(out))


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, UnicodeError):
            continue
        return True
    return False
