from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from spark_tui.core.endpoint.probe import Check, ProbeReport, ProbeStep, StepOutcome
from spark_tui.core.endpoint.wire import EndpointProfile, Need
from spark_tui.services.endpoint.check.probe import EndpointProbe
from spark_tui.services.endpoint.limits import Timeouts
from spark_tui.simulator.dialects import ImitatedProvider
from spark_tui.simulator.faults import parse_fault
from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import SimSettings
from spark_tui.ui.messages.remedies import in_shell

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any

KEY = "sk-secret-0123456789"
QUICK = Timeouts(connect=5, headers=0.3, first_output=0.3, stall=0.3, first_event=0.5, tick=0.02)

Serve = Callable[..., Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves a simulated endpoint with these faults in this process; gives its address."""
    async with AsyncExitStack() as stack:

        async def start(*faults: str, key: str = "", dialect: str = "openai") -> str:
            found = tuple(parse_fault(one) for one in faults)
            ways = ImitatedProvider(dialect)
            settings = SimSettings(ttft_ms=1.0, rate=0.0, key=key, faults=found, dialect=ways)
            app = Simulator(settings).app()
            runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

        yield start


def a_profile(url: str, wire: str = "responses", key: str = "", **more: Any) -> EndpointProfile:
    more.setdefault("dialect", "simulated")
    return EndpointProfile("test", url, wire=wire, key=key, key_from="HERE" * bool(key), **more)


async def look(profile: EndpointProfile) -> ProbeReport:
    told: list[Check] = []
    report = await asyncio.to_thread(EndpointProbe(profile, told.append, timeouts=QUICK).run)
    assert tuple(told) == report.checks
    assert KEY not in repr(report)
    return report


def check(report: ProbeReport, step: ProbeStep) -> Check:
    [found] = [one for one in report.checks if one.step is step]
    return found


@pytest.mark.parametrize("wire", ["responses", "chat", "websocket"])
async def test_a_good_endpoint_is_good_at_every_step(wire: str, serve: Serve) -> None:
    report = await look(a_profile(await serve(key=KEY), wire, KEY))
    assert report.flawless
    assert (report.model, report.wire) == ("simulated", wire)
    steps = [one.step for one in report.checks]
    assert steps == [step for step in ProbeStep if step is not ProbeStep.LEARNT]
    assert check(report, ProbeStep.KEY).detail == "from HERE"
    for step in (ProbeStep.CONNECT, ProbeStep.KEY, ProbeStep.FIRST):
        took = check(report, step).took_ns
        assert took is not None
        assert 0 < took < 5e9
    verdict = check(report, ProbeStep.WEBSOCKET).verdict
    assert verdict is (StepOutcome.OK if wire == "websocket" else StepOutcome.SKIPPED)


@pytest.mark.parametrize(
    ("fault", "step", "said", "fix"),
    [
        ("refuse-key", ProbeStep.KEY, "wants a key, none was sent", "set one up in spark-tui"),
        ("429:600", ProbeStep.FIRST, "limit reached", "wait a minute"),
        ("500", ProbeStep.FIRST, "failed (500)", "try again later"),
        ("503", ProbeStep.FIRST, "overloaded", "try again later"),
        ("html", ProbeStep.FIRST, "a web page, not a stream", "ends in /v1"),
        ("empty", ProbeStep.FIRST, "an empty answer", "ends in /v1"),
        ("json-not-stream", ProbeStep.FIRST, "not a stream", "ends in /v1"),
        ("redirect", ProbeStep.FIRST, "points to", "the address it points to"),
        ("slow-headers:3", ProbeStep.FIRST, "did not answer in 0.3 s", "HTTPS_PROXY"),
        ("cut:0", ProbeStep.FIRST, "", ""),
        ("stall:0", ProbeStep.FIRST, "no first token", "HTTPS_PROXY"),
        ("malformed-json:0", ProbeStep.FIRST, "damaged event", "no such API"),
        ("error-event:0", ProbeStep.FIRST, "failed", "try again later"),
    ],
)
@pytest.mark.parametrize("wire", ["responses", "chat"])
async def test_what_goes_wrong_is_told_at_its_step_with_a_way_out(
    wire: str, fault: str, step: ProbeStep, said: str, fix: str, serve: Serve
) -> None:
    report = await look(a_profile(await serve(fault), wire))
    assert not report.works
    failed = check(report, step)
    assert report.problem is failed
    assert failed is report.checks[-1]
    assert said in failed.detail
    assert failed.fix
    assert fix in in_shell("", failed.fix)


@pytest.mark.parametrize(
    ("dialect", "faults", "told"),
    [
        ("openai", (), "tokens counted at the end"),
        ("openai", ("no-usage",), "tokens only estimated"),
        ("vllm", (), "tokens counted live, its own times"),
        ("cerebras", (), "tokens counted at the end, its own times"),
    ],
)
async def test_what_the_answer_tells_of_tokens_and_times_is_told(
    dialect: str, faults: tuple[str, ...], told: str, serve: Serve
) -> None:
    url = await serve(*faults, dialect=dialect)
    report = await look(a_profile(url, "chat", dialect=dialect))
    assert check(report, ProbeStep.FIRST).detail == f"Chat Completions, {told}"


@pytest.mark.parametrize("wire", ["responses", "websocket"])
@pytest.mark.parametrize(("asked", "said"), [("ultrafast", True), ("default", False), ("", False)])
async def test_a_lane_that_was_not_given_is_told(
    wire: str, asked: str, said: bool, serve: Serve
) -> None:
    options = (("service_tier", asked),) if asked else ()
    report = await look(a_profile(await serve(), wire, options=options))
    assert report.flawless
    told = f"asked {asked}, served default" in check(report, ProbeStep.FIRST).detail
    assert told is said


@pytest.mark.parametrize("fault", ["incomplete:0", "drip-comments:0.2", "no-usage"])
async def test_an_answer_that_is_short_or_late_is_one(fault: str, serve: Serve) -> None:
    assert (await look(a_profile(await serve(fault)))).flawless


async def test_a_wrong_key_is_told_before_a_request_is_paid_for(serve: Serve) -> None:
    report = await look(a_profile(await serve(key=KEY), key="sk-wrong-9876543210"))
    assert report.checks[-1].step is ProbeStep.KEY
    assert "sk-wrong" not in repr(report)


async def test_a_websocket_that_is_not_spoken_is_told_and_https_works(serve: Serve) -> None:
    report = await look(a_profile(await serve("no-websocket"), "websocket"))
    assert report.works
    assert not report.flawless
    failed = check(report, ProbeStep.WEBSOCKET)
    assert (failed.verdict, failed.detail) == (StepOutcome.FAILED, "not spoken here")
    assert report.wire == "responses"


async def test_a_model_it_does_not_list_is_told_with_the_nearest(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if got.path.endswith("/models"):
            body = b'{"data": [{"id": "spark-1"}, {"id": "other"}]}'
            await kit.send(writer, body, kind="application/json")
        else:
            body = b'{"error": {"code": "model_not_found", "message": "no such model"}}'
            await kit.send(writer, body, status="404 No", kind="application/json")

    profile = a_profile(kit.serve(handler).url, model="spark-2")
    failed = check(await look(profile), ProbeStep.MODEL)
    assert failed.verdict is StepOutcome.FAILED
    assert failed.fix == ("model = one it has: spark-1",)


async def test_a_server_that_lists_nothing_is_asked_all_the_same(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if got.path.endswith("/models"):
            await kit.send(writer, b"no", status="404 No", kind="text/plain")
            return
        turn = ['{"choices": [{"delta": {"content": "ok"}, "finish_reason": "stop"}]}', "[DONE]"]
        await kit.send(writer, kit.sse(*turn))

    report = await look(a_profile(kit.serve(handler).url, "chat", KEY, model="m"))
    assert report.flawless
    assert check(report, ProbeStep.KEY).detail == "from HERE"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x16\x03\x01\x02",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
        b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"data": "x"}',
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n{",
    ],
)
async def test_whatever_else_answers_there_is_a_finding(answer: bytes) -> None:
    server, _ = await _proxy(answer)
    port = server.sockets[0].getsockname()[1]
    async with server:
        report = await look(a_profile(f"http://127.0.0.1:{port}/v1", model="m"))
    assert report.problem is report.checks[-1]
    assert report.checks[-1].fix


async def test_a_refused_port_and_an_unknown_name_are_told(serve: Serve) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: refused
        report = await look(a_profile(f"http://127.0.0.1:{held.getsockname()[1]}/v1"))
    assert report.checks[-1].step is ProbeStep.CONNECT
    assert "refused" in report.checks[-1].detail
    assert "start the server" in in_shell("", report.checks[-1].fix)
    report = await look(a_profile("http://no-such-host.invalid/v1"))
    assert report.checks[-1].step is ProbeStep.NAME
    assert (await look(a_profile("nonsense"))).checks[-1].fix == ("base_url = http://HOST:PORT/v1",)


async def test_tls_on_a_plain_port_is_told(serve: Serve) -> None:
    url = (await serve()).replace("http:", "https:")
    failed = (await look(a_profile(url))).checks[-1]
    assert (failed.step, failed.verdict) == (ProbeStep.TLS, StepOutcome.FAILED)
    assert "http:// in base_url" in in_shell("", failed.fix)


async def test_a_missing_key_is_told_after_the_connection_was_tried(serve: Serve) -> None:
    profile = a_profile(await serve(), key_variable="SOME_API_KEY", need=Need.KEY)
    failed = (await look(profile)).checks[-1]
    assert (failed.step, failed.detail) == (ProbeStep.KEY, "none is set")
    assert "SOME_API_KEY" in in_shell("", failed.fix)


async def test_cancelling_ends_it_with_what_it_had(serve: Serve) -> None:
    url = await serve("stall:0")
    reached = threading.Event()

    def told(one: Check) -> None:
        if one.step is ProbeStep.MODEL:
            reached.set()

    probe = EndpointProbe(a_profile(url), told, timeouts=Timeouts(first_output=60))
    running = asyncio.create_task(asyncio.to_thread(probe.run))
    assert await asyncio.to_thread(reached.wait, 10)
    began = time.monotonic()
    probe.cancel()
    report = await running
    assert time.monotonic() - began < 1.0
    assert not report.works
    assert report.problem is None


async def test_the_simulated_endpoint_is_started_for_it() -> None:
    report = await look(EndpointProfile("sim", "", simulated=True, wire="responses"))
    assert report.flawless
    assert report.model == "simulated"


# ------------------------------------------------------------------- through a proxy


async def _proxy(answer: bytes) -> tuple[asyncio.Server, list[bytes]]:
    heads: list[bytes] = []

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
        writer.close()

    return await asyncio.start_server(serve_one, "127.0.0.1", 0), heads


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Authentication Required\r\n\r\n", "refused: 407 Authentication Required"),
        (b"HTTP/1.1 403 No\x1b[31m\r\n\r\n", "refused: 403 No"),
        (b"", "gave no answer"),
        (b"hello\r\n\r\n", "gave no answer"),
    ],
)
async def test_a_proxy_that_refuses_is_told_and_gets_no_key(
    answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, heads = await _proxy(answer)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://me:pass@127.0.0.1:{port}")
    monkeypatch.delenv("no_proxy", raising=False)
    async with server:
        report = await look(a_profile("https://api.example.com/v1", key=KEY))
    failed = report.checks[-1]
    assert (failed.step, failed.verdict) == (ProbeStep.PROXY, StepOutcome.FAILED)
    assert said in failed.detail
    assert "\x1b" not in failed.detail
    assert "HTTPS_PROXY" in in_shell("", failed.fix)
    assert heads[0].startswith(b"CONNECT api.example.com:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6cGFzcw==" in heads[0]
    assert KEY.encode() not in heads[0]
