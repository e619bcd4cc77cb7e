from __future__ import annotations

import asyncio
import json
import re
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.probe import ProbeReport, ProbeStep, StepOutcome
from spark_tui.core.endpoint.wire import (
    Connected,
    Delta,
    Ending,
    EndpointProfile,
    FaultKind,
    RequestSent,
)
from spark_tui.core.latency.verdict import Cause
from spark_tui.services.endpoint.check.probe import EndpointProbe

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")

TURN = [
    json.dumps({"type": "response.output_text.delta", "delta": "hi"}),
    json.dumps({"type": "response.completed", "response": {"id": "r"}}),
]


@dataclass
class Certificate:
    """A self-signed certificate for 127.0.0.1."""

    path: Path
    server: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=elsewhere.example -addext subjectAltName=IP:127.0.0.1"
        f" -keyout {folder}/key.pem -out {folder}/cert.pem"
    )

    async def make() -> int:
        process = await asyncio.create_subprocess_exec(
            *command.split(), stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    assert asyncio.run(make()) == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Certificate(folder / "cert.pem", context)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    return certificate


def test_a_turn_over_tls_times_the_handshake_and_keeps_the_connection(
    kit: Kit, trusted: Certificate
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        for one in TURN:
            await kit.chunk(writer, kit.sse(one))
        await kit.chunk(writer, b"")

    server = kit.serve(handler, tls=trusted.server)
    endpoint = kit.endpoint(server.url)
    for turn in range(2):
        got = kit.collector()
        endpoint.call(kit.request, got)
        assert got.ended().ending is Ending.COMPLETE
        assert got.text == "hi"
        connected, sent = got.events[:2]
        assert isinstance(connected, Connected)
        assert isinstance(sent, RequestSent)
        assert connected.reused is (turn == 1)
        assert bool(connected.tls_ns) is (turn == 0)
        assert connected.at <= sent.started
        assert sent.size > len(server.requests[0].body)
        kit.until(lambda: not kit.network._tasks)
    assert server.connections == 1


def test_a_certificate_nobody_vouches_for_gets_nothing(kit: Kit, certificate: Certificate) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*TURN))

    server = kit.serve(handler, tls=certificate.server)
    got = kit.collector()
    kit.endpoint(server.url, key="sk-secret-0123456789").call(kit.request, got)
    ended = got.ended()
    assert ended.fault is FaultKind.TLS
    assert "certificate" in ended.message
    assert "self-signed" in ended.message.replace("self signed", "self-signed")
    assert server.requests == []


def test_a_name_the_certificate_does_not_have_gets_nothing(kit: Kit, trusted: Certificate) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*TURN))

    server = kit.serve(handler, tls=trusted.server)
    got = kit.collector()
    kit.endpoint(server.url.replace("127.0.0.1", "localhost")).call(kit.request, got)
    assert got.ended().fault is FaultKind.TLS
    assert server.requests == []


def test_cancel_over_tls_closes_the_socket(kit: Kit, trusted: Certificate) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(TURN[0]))
        await asyncio.get_running_loop().create_future()

    server = kit.serve(handler, tls=trusted.server)
    got = kit.collector()
    call = kit.endpoint(server.url).call(kit.request, got)
    got.wait(Delta)
    call.cancel()
    assert got.ended(0.1).ending is Ending.STOPPED
    kit.until(lambda: server.open == 0, 1.0)


def test_an_answer_cut_over_tls_is_cut(kit: Kit, trusted: Certificate) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(TURN[0]))
        writer.transport.abort()

    got = kit.collector()
    kit.endpoint(kit.serve(handler, tls=trusted.server).url).call(kit.request, got)
    assert got.ended().ending is Ending.CUT
    assert got.text == "hi"


def test_websockets_go_over_tls_too(kit: Kit, trusted: Certificate) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        assert got.headers["upgrade"] == "websocket"
        await kit.send(writer, b"no", status="401 No", kind="text/plain")

    got = kit.collector()
    server = kit.serve(handler, tls=trusted.server)
    kit.endpoint(server.url, "websocket").call(kit.request, got)
    assert got.ended().fault is FaultKind.AUTH
    assert len(server.requests) == 1


async def look(url: str) -> ProbeReport:
    profile = EndpointProfile("test", url, "m", "responses", "sk-secret-0123456789", dialect="")
    return await asyncio.to_thread(EndpointProbe(profile).run)


async def test_a_probe_times_the_handshake_and_reads_the_certificate(
    kit: Kit, trusted: Certificate
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*TURN))

    report = await look(kit.serve(handler, tls=trusted.server).url)
    assert report.flawless
    [tls] = [one for one in report.checks if one.step is ProbeStep.TLS]
    assert tls.took_ns
    assert tls.detail.startswith("TLSv1.3, certificate until ")


async def test_a_probe_sends_nothing_to_a_certificate_nobody_vouches_for(
    kit: Kit, certificate: Certificate
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*TURN))

    server = kit.serve(handler, tls=certificate.server)
    failed = (await look(server.url)).checks[-1]
    assert (failed.step, failed.verdict) == (ProbeStep.TLS, StepOutcome.FAILED)
    assert str(failed.fix[0]).startswith("if you trust it: SSL_CERT_FILE=")
    assert server.requests == []


async def test_a_probe_says_that_the_certificate_is_for_another_name(
    kit: Kit, trusted: Certificate
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*TURN))

    server = kit.serve(handler, tls=trusted.server)
    failed = (await look(server.url.replace("127.0.0.1", "localhost"))).checks[-1]
    assert (failed.step, failed.verdict) == (ProbeStep.TLS, StepOutcome.FAILED)
    assert failed.fix == ("use the name the certificate was made for in base_url",)
    assert server.requests == []


@asynccontextmanager
async def _slow_way(port: int, delay_s: float) -> AsyncIterator[str]:
    """A way to `port` that lets the first bytes of each connection wait; its URL."""
    ends: list[asyncio.StreamWriter] = []

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            sink.write(data)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        ends.extend((writer, there_writer))
        first = await reader.read(65_536)
        await asyncio.sleep(delay_s)
        there_writer.write(first)
        await asyncio.gather(carry(reader, there_writer), carry(there_reader, writer))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as way:
        yield f"https://127.0.0.1:{way.sockets[0].getsockname()[1]}/v1"
    for end in ends:
        end.close()
    await asyncio.gather(*(end.wait_closed() for end in ends), return_exceptions=True)


async def test_a_cold_handshake_is_what_the_verdict_names(kit: Kit, trusted: Certificate) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        for one in TURN:
            await kit.chunk(writer, kit.sse(one))
        await kit.chunk(writer, b"")

    server = kit.serve(handler, tls=trusted.server)
    async with _slow_way(server.port, 0.12) as url:
        endpoint = kit.endpoint(url)
        cold = await kit.judged(endpoint, kit.request)
        for _ in range(5):
            # The first body may still be drained when the next turn begins: that one is cold too.
            warm = await kit.judged(endpoint, kit.request)
            if warm.cause is Cause.FAST:
                break
        await asyncio.to_thread(endpoint.close)
    assert cold.cause is Cause.TLS
    took = re.search(r"TLS took (\d+) of", cold.text)
    assert took is not None
    assert int(took[1]) >= 120
    assert cold.text.endswith("to the first token; the next one is warm.")
    assert warm.cause is Cause.FAST
