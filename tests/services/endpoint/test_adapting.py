"""What an endpoint finds out about servers, networks and machines while it is used."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import Connected, Ending, FaultKind
from spark_tui.services.endpoint import Timeouts
from spark_tui.services.endpoint.capabilities import Learnt
from spark_tui.services.endpoint.transport.httpx_transport import proxy_for

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Kit
else:
    Kit = Got = Collector = Any

RESPONSES = [
    json.dumps({"type": "response.output_text.delta", "delta": "hi"}),
    json.dumps({"type": "response.completed", "response": {"id": "r"}}),
]
CHAT = [json.dumps({"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}), "[DONE]"]


def call(kit: Kit, endpoint: Any) -> Collector:
    got = kit.collector()
    endpoint.call(kit.request, got)
    got.ended()
    return got


COMPLAINTS = [
    '{"error": {"message": "Unsupported parameter: \'store\' is not supported with this model."}}',
    '{"error": {"message": "Unknown parameter: \'store\'."}}',
    '{"error": {"message": "Unrecognized request argument supplied: `store`"}}',
    '{"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Extra inputs"}]}',
]


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_a_field_the_server_does_not_know_is_left_out_from_then_on(
    kit: Kit, complaint: str
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if "store" in json.loads(got.body):
            data = complaint.encode()
            await kit.send(writer, data, status="400 Bad", kind="application/json")
        else:
            await kit.send(writer, kit.sse(*RESPONSES))

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url)
    for _ in range(2):
        assert call(kit, endpoint).ended().ending is Ending.COMPLETE
    assert len(server.requests) == 3


def test_a_limit_under_its_other_name_is_kept(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if "max_tokens" in json.loads(got.body):
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            body = json.dumps({"error": {"message": message}}).encode()
            await kit.send(writer, body, status="400 Bad", kind="application/json")
        else:
            await kit.send(writer, kit.sse(*CHAT))

    server = kit.serve(handler)
    assert call(kit, kit.endpoint(server.url, "chat")).ended().ending is Ending.COMPLETE
    assert json.loads(server.requests[1].body)["max_completion_tokens"] == 1000


def test_what_a_request_is_made_of_is_never_left_out() -> None:
    learnt = Learnt()
    body = {"model": "m", "input": [], "stream": True, "store": False}
    assert not learnt.learn(["model", "input", "", "absent", "store.deeper"], body)
    assert learnt.apply(body) is body


def test_a_limit_refused_under_both_names_is_dropped() -> None:
    learnt = Learnt()
    body = {"model": "m", "max_tokens": 5}
    assert learnt.learn(["max_tokens"], body)
    assert learnt.apply(body) == {"model": "m", "max_completion_tokens": 5}
    assert learnt.learn(["max_completion_tokens"], learnt.apply(body))
    assert learnt.apply(body) == {"model": "m"}


def test_connections_from_before_the_machine_slept_are_not_used(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*RESPONSES))

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url)
    call(kit, endpoint)
    kit.until(lambda: not kit.network._tasks)
    now = time.time
    monkeypatch.setattr("spark_tui.services.endpoint.endpoint.wall_clock", lambda: now() + 3600)
    got = call(kit, endpoint)
    assert isinstance(got.events[0], Connected)
    assert not got.events[0].reused
    assert server.connections == 2


def test_a_name_with_several_addresses_finds_the_one_that_answers(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*RESPONSES))

    server = kit.serve(handler)
    url = server.url.replace("127.0.0.1", "localhost")
    got = call(kit, kit.endpoint(url))
    assert got.ended().ending is Ending.COMPLETE
    assert isinstance(got.events[0], Connected)
    assert got.events[0].dns_ns is not None


def test_idle_connections_are_watched_by_the_kernel(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*RESPONSES))

    endpoint = kit.endpoint(kit.serve(handler).url)
    call(kit, endpoint)
    kit.until(lambda: not kit.network._tasks)
    client: Any = endpoint._client
    assert client is not None
    held = client._http._transport._pool.connections[0]._connection._network_stream.socket()
    assert held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


class Tunnel:
    """An HTTP proxy that understands CONNECT and forwards plain requests' bytes to `target`."""

    def __init__(self) -> None:
        self.target = 0
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            upstream = socket.create_connection(("127.0.0.1", self.target))
            self._sockets += [client, upstream]
            head = client.recv(65_536)
            self.heads.append(head.split(b"\r\n")[0].decode())
            if head.startswith(b"CONNECT "):
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                upstream.sendall(head)
            for pair in ((client, upstream), (upstream, client)):
                threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
        except OSError:
            return


@pytest.fixture
def tunnel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tunnel]:
    made = Tunnel()
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, made.url)
    monkeypatch.delenv("no_proxy", raising=False)
    yield made
    made.stop()


def test_the_environments_proxy_is_used(kit: Kit, tunnel: Tunnel) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*RESPONSES))

    server = kit.serve(handler)
    tunnel.target = server.port
    got = call(kit, kit.endpoint("http://model.example/v1"))
    assert got.ended().ending is Ending.COMPLETE
    assert tunnel.heads == ["POST http://model.example/v1/responses HTTP/1.1"]


def test_https_goes_through_a_tunnel_and_websockets_fall_back(kit: Kit, tunnel: Tunnel) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, b"")

    tunnel.target = kit.serve(handler).port
    patience = Timeouts(connect=0.3, tick=0.02)
    endpoint = kit.endpoint("https://model.example/v1", "websocket", timeouts=patience)
    got = call(kit, endpoint)
    assert got.ended().fault is FaultKind.CONNECT
    assert endpoint.wire == "responses"
    assert tunnel.heads == ["CONNECT model.example:443 HTTP/1.1"]


def test_loopback_needs_no_proxy(kit: Kit, tunnel: Tunnel) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*RESPONSES))

    assert call(kit, kit.endpoint(kit.serve(handler).url)).ended().ending is Ending.COMPLETE
    assert tunnel.heads == []


def test_a_proxy_of_a_kind_that_cannot_be_used_is_a_settings_error(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    ended = call(kit, kit.endpoint("https://model.example/v1")).ended()
    assert ended.fault is FaultKind.SETTINGS
    assert "proxies" in ended.message


def test_the_environment_may_change_while_it_is_read_for_a_proxy() -> None:
    over = threading.Event()

    def change() -> None:
        while not over.is_set():
            os.environ["SPARK_TUI_TEST_FLICKERS"] = "1"
            os.environ.pop("SPARK_TUI_TEST_FLICKERS", None)

    changing = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    changing.start()
    try:
        for _ in range(400):
            assert proxy_for("https://nowhere.invalid/v1") is None
    finally:
        over.set()
        changing.join()
        sys.setswitchinterval(interval)


def test_a_key_that_changes_is_asked_for_before_each_request(kit: Kit) -> None:
    from spark_tui.core.endpoint.wire import EndpointProfile
    from spark_tui.core.errors import SettingsError
    from spark_tui.services.endpoint import ModelEndpoint

    keys = ["one", "one", "two", ""]
    sent: list[str] = []

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        sent.append(got.headers["authorization"])
        await kit.send(writer, kit.sse(*RESPONSES))

    def fresh() -> str:
        if not keys:
            raise SettingsError("it can't be renewed", "sign in again")
        return keys.pop(0)

    profile = EndpointProfile("own", kit.serve(handler).url, "m", "responses", sign_in="chatgpt")
    endpoint = ModelEndpoint(profile, kit.network, fresh_key=fresh)
    for _ in range(3):
        assert call(kit, endpoint).ended().ending is Ending.COMPLETE
    assert sent == ["Bearer one", "Bearer one", "Bearer two"]
    for words in ("nobody is signed in", "it can't be renewed"):
        ended = call(kit, endpoint).ended()
        assert (ended.fault, ended.message) == (FaultKind.AUTH, words)
