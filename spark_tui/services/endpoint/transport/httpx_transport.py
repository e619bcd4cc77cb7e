"""The HTTP library's transport over our sockets, through the environment's proxy.

Imported in the network thread only: it pulls in the HTTP library.
"""

from __future__ import annotations

import base64
import os
import ssl
import urllib.request
from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import httpcore2
import httpx2

from spark_tui.core.endpoint.wire import FaultKind
from spark_tui.services.endpoint.faults.faults import FaultError, safe_text
from spark_tui.services.endpoint.limits import Bounds
from spark_tui.services.endpoint.transport.connect import SocketBackend
from spark_tui.services.endpoint.transport.sockets import SocketStream

T = TypeVar("T")


class _BoundedBody(httpx2.AsyncByteStream):
    """The body of an error, cut off where it stops being worth reading."""

    def __init__(self, inner: httpx2.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for chunk in self._inner:
            yield chunk[: self._most - taken]
            taken += len(chunk)
            if taken >= self._most:
                return

    async def aclose(self) -> None:
        await self._inner.aclose()


class SocketTransport(httpx2.AsyncHTTPTransport):
    """Requests over stamped sockets, through a proxy where the environment names one.

    Bodies of anything but a 200 are bounded, and never decompressed.
    """

    def __init__(
        self,
        base_url: str,
        context: ssl.SSLContext | None,
        limits: httpx2.Limits,
        bounds: Bounds,
    ) -> None:
        self._bounds = bounds
        backend = SocketBackend()
        proxy = proxy_for(base_url)
        if proxy is None:
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=context,
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
                network_backend=backend,
            )
        else:
            self._pool = httpcore2.AsyncHTTPProxy(
                proxy_url=str(proxy.url.copy_with(username=None, password=None)),
                proxy_auth=proxy.raw_auth,
                proxy_headers=proxy.headers.raw,
                ssl_context=context,
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
                network_backend=backend,
            )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it; bound what comes back when it is no answer."""
        response = await super().handle_async_request(request)
        if response.status_code != 200:
            stream = response.stream
            if isinstance(stream, httpx2.AsyncByteStream):
                most = self._bounds.error_body
                if response.headers.get("content-encoding", "identity") != "identity":
                    most = 0
                    del response.headers["content-encoding"]
                response.stream = _BoundedBody(stream, most)
        return response


def tls_context(base_url: str) -> ssl.SSLContext | None:
    """What verifies an https address, None for a plain one: loading the authorities is slow.

    Raises ValueError naming the environment variable that points at no certificates.
    """
    if not base_url.startswith("https://"):
        return None
    try:
        context = httpx2.create_ssl_context()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        name = next((n for n in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(n)), "")
        if not name:
            raise
        why = "is not there" if isinstance(error, FileNotFoundError) else "holds no certificates"
        shown = safe_text(os.environ[name], limit=80)
        raise ValueError(f"{name} names {shown}, which {why}, nothing sent") from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def proxy_for(base_url: str) -> httpx2.Proxy | None:
    """The HTTP proxy the environment names for this address, None for a direct connection.

    Raises ValueError naming the variable for a proxy that cannot be used.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"}:
        return None
    proxies = _steady(urllib.request.getproxies)
    named = proxies.get(parts.scheme) or proxies.get("all")
    if not named or _steady(lambda: urllib.request.proxy_bypass(host)):
        return None
    url = named if "://" in named else f"http://{named}"
    variable = _variable(parts.scheme, named)
    if not url.lower().startswith("http://"):
        raise ValueError(f"{variable}: only http:// proxies are supported, nothing sent")
    try:
        proxy, gate = httpx2.Proxy(url), urlsplit(url)
        usable = bool(gate.hostname) and gate.port != 0
    except (ValueError, httpx2.InvalidURL):
        usable = False
    if not usable:
        shown = safe_text(named.rpartition("@")[2], limit=60)
        raise ValueError(f"{variable} is no proxy address: {shown!r}, nothing sent")
    return proxy


def _variable(scheme: str, value: str) -> str:
    """The environment variable a proxy was named by, for words about it."""
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    return next((name for name in names if os.environ.get(name) == value), "the system's proxy")


async def tunnel(stream: SocketStream, host: str, port: int, proxy: httpx2.Proxy) -> bool:
    """Ask the proxy at the other end for a connection to `host`; True once it is there.

    RFC 9110, section 9.3.6. Raises FaultError for every other answer.
    """
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.raw_auth is not None:
        credentials = base64.b64encode(b":".join(proxy.raw_auth)).decode()
        lines.append(f"Proxy-Authorization: Basic {credentials}")
    await stream.write("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 16_384:
        piece = await stream.read(16_384)
        if not piece:
            break
        head += piece
    words = head.split(b"\r\n")[0].decode("latin-1").split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1."):
        raise FaultError(FaultKind.CONNECT, "the proxy gave no answer")
    if not words[1].startswith("2"):
        said = safe_text(" ".join(words[1:]), limit=80)
        raise FaultError(FaultKind.FORBIDDEN, f"the proxy refused: {said}")
    return True


def _steady(read: Callable[[], T]) -> T:
    """What reads the whole environment, again if another thread changed it meanwhile."""
    for _ in range(100):
        try:
            return read()
        except (KeyError, RuntimeError):
            continue
    return read()
