"""A scripted HTTP server on loopback, and a collector of what an endpoint hands out."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Delta,
    Ended,
    EndpointProfile,
    ModelRequest,
    WireEvent,
)
from spark_tui.core.events import Asked, EndpointLabel, OnWire, TurnEnded
from spark_tui.core.latency.meter import Meter
from spark_tui.core.latency.track import Track, follow
from spark_tui.core.latency.verdict import Verdict, verdict
from spark_tui.services.endpoint import ModelEndpoint, Network, Retries, Timeouts

DEADLINE_S = 60.0


@dataclass
class Got:
    """One request as the server read it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Handler = Callable[[Got, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Runs `handler` for every request; closes a connection only when the handler did."""

    def __init__(
        self, handler: Handler, greeting: bytes = b"", tls: ssl.SSLContext | None = None
    ) -> None:
        self.handler = handler
        self.tls = tls
        self.greeting = greeting
        self.connections = 0
        self.open = 0
        self.requests: list[Got] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(DEADLINE_S)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)

    def _run(self) -> None:
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=2))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        writer.write(self.greeting)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode().split("\r\n")
                pairs = (line.split(": ", 1) for line in lines if ": " in line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, path, _ = first.split(" ", 2)
                got = Got(method, path, headers, body)
                self.requests.append(got)
                handling = asyncio.ensure_future(self.handler(got, writer))
                gone = asyncio.ensure_future(reader.read(1))
                await asyncio.wait({handling, gone}, return_when=asyncio.FIRST_COMPLETED)
                gone.cancel()
                await asyncio.wait({gone})
                if not handling.done():
                    handling.cancel()
                    return
                handling.result()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            self.open -= 1
            writer.close()


class Collector:
    """A sink that remembers batches and can be waited on."""

    def __init__(self) -> None:
        self.batches: list[list[WireEvent]] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def __call__(self, batch: Sequence[WireEvent]) -> None:
        with self._changed:
            self.batches.append(list(batch))
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()

    @property
    def events(self) -> list[WireEvent]:
        return [event for batch in self.batches for event in batch]

    @property
    def text(self) -> str:
        return "".join(one.text for one in self.events if isinstance(one, Delta))

    def wait(self, kind: type, timeout: float = DEADLINE_S) -> None:
        """Until an event of this kind has come."""
        with self._changed:
            there = self._changed.wait_for(
                lambda: any(isinstance(one, kind) for one in self.events), timeout
            )
        assert there, f"no {kind.__name__} in {self.events}"

    def ended(self, timeout: float = DEADLINE_S) -> Ended:
        self.wait(Ended, timeout)
        last = self.events[-1]
        assert isinstance(last, Ended)
        assert sum(isinstance(one, Ended) for one in self.events) == 1
        return last


@dataclass
class Kit:
    """What the tests of this folder share."""

    network: Network
    servers: list[Server] = field(default_factory=list)
    endpoints: list[ModelEndpoint] = field(default_factory=list)

    request = ModelRequest("Answer.", (ChatMessage("user", "hello"),), 1000)

    def serve(
        self, handler: Handler, greeting: bytes = b"", tls: ssl.SSLContext | None = None
    ) -> Server:
        server = Server(handler, greeting, tls)
        self.servers.append(server)
        return server

    def collector(self) -> Collector:
        return Collector()

    def endpoint(
        self,
        url: str,
        wire: str = "responses",
        *,
        key: str = "",
        model: str = "m",
        dialect: str = "openai",
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        options: tuple[tuple[str, str], ...] = (),
    ) -> ModelEndpoint:
        profile = EndpointProfile("test", url, model, wire, key, dialect=dialect, options=options)
        made = ModelEndpoint(
            profile,
            self.network,
            timeouts=timeouts or Timeouts(tick=0.02),
            retries=retries or Retries(connect=0, server=0, limit=0, backoff=0.01),
        )
        self.endpoints.append(made)
        return made

    def ask(self, url: str, wire: str = "responses") -> Collector:
        """One call to its end."""
        collector = Collector()
        self.endpoint(url, wire).call(self.request, collector)
        collector.ended()
        return collector

    async def judged(self, endpoint: ModelEndpoint, request: ModelRequest) -> Verdict:
        """The verdict on one turn, as a session comes to it."""
        got, asked = Collector(), time.monotonic_ns()
        endpoint.call(request, got)
        ended = await asyncio.to_thread(got.ended)
        meter = Meter(asked)
        meter.feed(got.events)
        reading = meter.reading()
        reading = replace(reading, elapsed_ns=ended.at - asked)
        track = follow(Track(), Asked(asked, 1, "x", (), 0, EndpointLabel("test", "", "")))
        for event in got.events:
            if not isinstance(event, Delta):
                track = follow(track, OnWire(event.at, 1, event))
        return verdict(follow(track, TurnEnded(ended.at, 1, ended.ending, reading)), reading)

    @staticmethod
    def until(condition: Callable[[], bool], timeout: float = DEADLINE_S) -> None:
        """Wait for a condition that another thread makes true."""
        deadline = time.monotonic() + timeout
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < deadline, "condition not reached"
            pause.wait(0.002)

    @staticmethod
    def sse(*payloads: str) -> bytes:
        return b"".join(b"data: " + one.encode() + b"\n\n" for one in payloads)

    @staticmethod
    async def send(
        writer: asyncio.StreamWriter,
        body: bytes,
        *,
        status: str = "200 OK",
        kind: str = "text/event-stream",
        headers: str = "",
    ) -> None:
        """A whole response with its length."""
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{headers}"
            f"content-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()

    @staticmethod
    async def open(writer: asyncio.StreamWriter, headers: str = "") -> None:
        """The head of a chunked event stream."""
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            + headers.encode()
            + b"transfer-encoding: chunked\r\n\r\n"
        )
        await writer.drain()

    @staticmethod
    async def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
        """One chunk of an open stream; an empty one ends it."""
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await writer.drain()


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


@pytest.fixture
def kit(network: Network) -> Iterator[Kit]:
    made = Kit(network)
    yield made
    for endpoint in made.endpoints:
        endpoint.close()
    for server in made.servers:
        server.stop()
