from __future__ import annotations

import asyncio
import json
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.endpoint.wire import Delta, Ended, Ending, FaultKind, Retrying
from spark_tui.core.remedy import Remedy
from spark_tui.services.endpoint import Retries, Timeouts
from spark_tui.services.endpoint.faults.error_body import wait_in_headers, wait_in_text
from spark_tui.services.endpoint.faults.faults import Peer, from_exception, safe_text
from spark_tui.services.endpoint.faults.statuses import from_event, from_status

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Kit, Server
else:
    Kit = Got = Collector = Server = Any

KEY = "sk-proj-abcdefGHIJKL0123456789"
DELTA = json.dumps({"type": "response.output_text.delta", "delta": "partial"})
DONE = json.dumps({"type": "response.completed", "response": {"id": "r"}})


def error(code: str, message: str = "because") -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "type": "x"}}).encode()


def run(kit: Kit, server: Server, wire: str = "responses", **settings: Any) -> Ended:
    got = kit.collector()
    kit.endpoint(server.url, wire, key=KEY, **settings).call(kit.request, got)
    ended = got.ended()
    assert KEY not in repr(got.events)
    assert "\x1b" not in ended.message
    assert "\n" not in ended.message
    return ended


STATUSES = [
    ("401 No", error("invalid_api_key", f"bad {KEY}"), FaultKind.AUTH, "refused the key"),
    ("403 No", error("", "not for you"), FaultKind.FORBIDDEN, "not for you"),
    ("404 No", error("model_not_found"), FaultKind.NOT_FOUND, "no model 'm'"),
    ("404 No", b"nothing", FaultKind.NOT_FOUND, "no such address"),
    ("400 No", error("bad_field", "no \x1b[31mfield"), FaultKind.BAD_REQUEST, "no ␛[31mfield"),
    ("400 No", error("context_length_exceeded"), FaultKind.TOO_LONG, "longer than m takes"),
    ("413 No", b"", FaultKind.TOO_LONG, "longer than"),
    ("422 No", b'{"detail": "wrong"}', FaultKind.BAD_REQUEST, "wrong"),
    ("429 No", error("rate_limit_exceeded"), FaultKind.RATE_LIMIT, "limit reached"),
    ("429 No", error("insufficient_quota"), FaultKind.QUOTA, "quota"),
    ("503 No", error("", "busy"), FaultKind.SERVER, "overloaded"),
    ("529 No", error("overloaded_error"), FaultKind.SERVER, "overloaded"),
    ("500 No", error("server_error"), FaultKind.SERVER, "failed (500)"),
    ("502 No", b"<html>nginx</html>", FaultKind.SERVER, "is down (502)"),
    ("418 No", b"<html>nginx</html>", FaultKind.NOT_A_STREAM, "sent a web page"),
    ("409 No", b"{}", FaultKind.SERVER, "failed (409)"),
    ("204 No Content", b"", FaultKind.NOT_A_STREAM, "not a stream"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), STATUSES)
def test_each_status_ends_with_its_cause_and_a_way_out(
    kit: Kit, status: str, body: bytes, kind: FaultKind, words: str
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, body, status=status, kind="application/json")

    ended = run(kit, kit.serve(handler))
    assert (ended.ending, ended.fault) == (Ending.FAILED, kind)
    assert words in ended.message
    assert ended.remedies


def test_a_key_that_was_not_sent_is_not_blamed(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        assert "authorization" not in got.headers
        await kit.send(writer, error("invalid_api_key"), status="401 No", kind="application/json")

    got = kit.collector()
    kit.endpoint(kit.serve(handler).url).call(kit.request, got)
    ended = got.ended()
    assert ended.fault is FaultKind.AUTH
    assert (ended.message, ended.remedies) == ("test wants a key, none was sent", (Remedy.SET_KEY,))


BODIES = [
    ("text/html", b"<!doctype html><p>login", FaultKind.NOT_A_STREAM, "sent a web page"),
    ("application/json", b'{"ok": true}', FaultKind.NOT_A_STREAM, "application/json"),
    ("application/json", error("invalid_api_key"), FaultKind.AUTH, "refused the key"),
    ("text/event-stream", b"", FaultKind.NOT_A_STREAM, "empty answer"),
    ("text/event-stream", b": ping\n\n", FaultKind.NOT_A_STREAM, "empty answer"),
    ("image/png", b"\x89PNG....", FaultKind.NOT_A_STREAM, "image/png"),
    ("text/event-stream", b"data: {oops\n\n", FaultKind.MALFORMED, "damaged"),
    ("text/event-stream", b"data: [1,2]\n\n", FaultKind.MALFORMED, "damaged"),
    ("text/event-stream", b"data: " + b"x" * 1_100_000, FaultKind.TOO_BIG, "more than"),
    ("text/event-stream", b'data: "\xff\xfe"\n\n', FaultKind.MALFORMED, "damaged"),
]


@pytest.mark.parametrize("wire", ["responses", "chat"])
@pytest.mark.parametrize(("kind", "body", "fault", "words"), BODIES)
def test_a_success_that_is_no_stream_is_refused(
    kit: Kit, kind: str, body: bytes, fault: FaultKind, words: str, wire: str
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, body, kind=kind)

    ended = run(kit, kit.serve(handler), wire)
    assert ended.ending is not Ending.COMPLETE
    assert ended.fault is fault
    assert words in ended.message


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_compressed_answers_are_refused_unread(kit: Kit, encoding: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        assert got.headers["accept-encoding"] == "identity"
        await kit.send(writer, b"\x1f\x8b" * 20, headers=f"content-encoding: {encoding}\r\n")

    ended = run(kit, kit.serve(handler))
    assert ended.fault is FaultKind.NOT_A_STREAM
    assert "compressed" in ended.message


ENDS = [
    ("response.failed", {"error": {"code": "server_error", "message": "boom"}}, Ending.FAILED),
    ("response.incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, Ending.LENGTH),
    ("response.incomplete", {"incomplete_details": {"reason": "content_filter"}}, Ending.FILTERED),
    ("response.incomplete", {"incomplete_details": {"reason": "steered"}}, Ending.CUT),
    ("response.incomplete", {}, Ending.CUT),
]


@pytest.mark.parametrize(("kind", "response", "ending"), ENDS)
def test_terminal_events_that_are_no_success(
    kit: Kit, kind: str, response: dict[str, object], ending: Ending
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        last = json.dumps({"type": kind, "response": response})
        await kit.send(writer, kit.sse(DELTA, last))

    assert run(kit, kit.serve(handler)).ending is ending


ERRORS = [
    ("responses", {"type": "error", "code": "server_error", "message": "boom"}),
    ("responses", {"type": "error", "status": 500, "error": {"code": "x", "message": "boom"}}),
    ("responses", {"error": {"message": "boom", "code": 502}}),
    ("chat", {"error": {"message": "boom", "code": 502}}),
    ("chat", {"error": {"message": "boom"}, "status_code": 500}),
    ("chat", {"error": "boom"}),
]


@pytest.mark.parametrize(("wire", "event"), ERRORS)
def test_error_events_in_the_stream_are_shown(
    kit: Kit, wire: str, event: dict[str, object]
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(json.dumps(event)))

    ended = run(kit, kit.serve(handler), wire, retries=Retries(backoff=0.01))
    assert (ended.ending, ended.fault) == (Ending.FAILED, FaultKind.SERVER)
    assert "boom" in ended.message


@pytest.mark.parametrize("cut", ["clean end", "reset", "mid chunk", "mid event"])
@pytest.mark.parametrize("wire", ["responses", "chat"])
def test_an_answer_that_breaks_off_is_cut(kit: Kit, cut: str, wire: str) -> None:
    first = DELTA if wire == "responses" else '{"choices":[{"delta":{"content":"partial"}}]}'

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(first))
        if cut == "clean end":
            await kit.chunk(writer, b"")
        elif cut == "mid chunk":
            writer.write(b'50\r\ndata: {"ty')
            writer.close()
        elif cut == "mid event":
            await kit.chunk(writer, b'data: {"type":"respo')
            await kit.chunk(writer, b"")
        else:
            await asyncio.to_thread(seen.wait, Delta)
            writer.transport.abort()

    got = seen = kit.collector()
    kit.endpoint(kit.serve(handler).url, wire).call(kit.request, got)
    ended = got.ended()
    assert ended.ending is Ending.CUT
    assert got.text == "partial"
    assert ended.message


def test_a_last_event_without_its_blank_line_counts(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(DELTA) + b"data: " + DONE.encode())

    assert run(kit, kit.serve(handler)).ending is Ending.COMPLETE


def test_a_redirect_is_refused_naming_its_target_and_sends_nothing_there(kit: Kit) -> None:
    async def elsewhere(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, b"")

    other = kit.serve(elsewhere)

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        target = f"location: http://localhost:{other.port}/v1/responses\r\n"
        await kit.send(writer, b"", status="307 Elsewhere", headers=target)

    ended = run(kit, kit.serve(handler))
    assert ended.fault is FaultKind.REDIRECT
    assert f"localhost:{other.port}" in ended.message
    assert other.connections == 0


def test_refused_connections_name_the_host(kit: Kit) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    got = kit.collector()
    kit.endpoint(f"http://127.0.0.1:{port}/v1").call(kit.request, got)
    assert got.ended().fault is FaultKind.CONNECT
    assert "cannot reach 127.0.0.1" in got.ended().message
    assert got.ended().remedies[0] is Remedy.DRAFT_KEPT


def test_connecting_is_tried_three_times_more(kit: Kit) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    got = kit.collector()
    retries = Retries(connect=3, backoff=0.01)
    kit.endpoint(f"http://127.0.0.1:{port}/v1", retries=retries).call(kit.request, got)
    got.ended()
    waits = [one.wait_s for one in got.events if isinstance(one, Retrying)]
    assert waits == [0.01, 0.02, 0.04]


def test_names_that_do_not_exist_are_named(kit: Kit) -> None:
    got = kit.collector()
    kit.endpoint("http://no-such-host.invalid/v1").call(kit.request, got)
    assert got.ended().fault is FaultKind.DNS
    assert "no-such-host.invalid" in got.ended().message


def test_plain_http_behind_https_is_a_tls_fault(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, b"")

    server = kit.serve(handler, b"HTTP/1.1 400 No\r\n\r\n")
    got = kit.collector()
    kit.endpoint(f"https://127.0.0.1:{server.port}/v1", retries=Retries()).call(kit.request, got)
    assert got.ended().fault is FaultKind.TLS
    assert server.connections == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ssl.SSLCertVerificationError(1, "self-signed"), FaultKind.TLS),
        (socket.gaierror(-2, "unknown"), FaultKind.DNS),
        (ConnectionRefusedError(), FaultKind.CONNECT),
        (ConnectionResetError(), FaultKind.CONNECT),
    ],
)
def test_causes_are_found_along_the_chain(error: Exception, kind: FaultKind) -> None:
    outer = RuntimeError("outer")
    outer.__cause__ = error
    assert from_exception(outer, "host").kind is kind


@pytest.mark.parametrize(
    ("phase", "fault", "ending"),
    [
        ("headers", FaultKind.TIMEOUT, Ending.FAILED),
        ("first output", FaultKind.TIMEOUT, Ending.FAILED),
        ("stall", FaultKind.STALLED, Ending.CUT),
        ("drip", FaultKind.STALLED, Ending.CUT),
    ],
)
def test_each_phase_has_its_own_clock(
    kit: Kit, phase: str, fault: FaultKind, ending: Ending
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if phase != "headers":
            await kit.open(writer)
        if phase in {"stall", "drip"}:
            await kit.chunk(writer, kit.sse(DELTA))
        while phase == "drip":
            await kit.chunk(writer, b": still here\n\n")
        await asyncio.get_running_loop().create_future()

    clocks = Timeouts(headers=0.15, first_output=0.15, stall=0.15, tick=0.01)
    ended = run(kit, kit.serve(handler), timeouts=clocks)
    assert (ended.fault, ended.ending) == (fault, ending)


def test_a_jump_of_the_wall_clock_ends_the_stream(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(DELTA))
        await asyncio.get_running_loop().create_future()

    got = kit.collector()
    kit.endpoint(kit.serve(handler).url).call(kit.request, got)
    kit.until(lambda: got.text == "partial")
    import time

    real = time.time
    monkeypatch.setattr("spark_tui.services.endpoint.wires.call.wall_clock", lambda: real() + 31)
    assert got.ended().ending is Ending.CUT
    assert "slept" in got.ended().message


@pytest.mark.parametrize(
    ("status", "tries"), [("500 X", 3), ("503 X", 5), ("429 X", 5), ("400 X", 1), ("401 X", 1)]
)
def test_only_some_failures_are_sent_again_and_only_so_often(
    kit: Kit, status: str, tries: int
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(
            writer, b"{}", status=status, kind="application/json", headers="retry-after: 0\r\n"
        )

    server = kit.serve(handler)
    run(kit, server, retries=Retries(backoff=0.001))
    assert len(server.requests) == tries


def test_a_second_attempt_that_works_is_the_answer(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 1:
            await kit.send(writer, b"{}", status="500 X", kind="application/json")
        else:
            await kit.send(writer, kit.sse(DELTA, DONE))

    server = kit.serve(handler)
    assert run(kit, server, retries=Retries(backoff=0.01)).ending is Ending.COMPLETE


def test_nothing_is_sent_again_after_the_first_byte(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        failed = {"type": "error", "status": 503, "error": {"message": "later"}}
        await kit.send(writer, kit.sse(DELTA, json.dumps(failed)))

    server = kit.serve(handler)
    run(kit, server, retries=Retries(backoff=0.001))
    assert len(server.requests) == 1


def test_a_provider_that_asks_for_too_long_a_wait_is_not_waited_for(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(
            writer,
            error("rate_limit_exceeded"),
            status="429 X",
            kind="application/json",
            headers="retry-after: 86400\r\n",
        )

    server = kit.serve(handler)
    ended = run(kit, server, retries=Retries())
    assert ended.fault is FaultKind.RATE_LIMIT
    assert "86400 s" in ended.message
    assert len(server.requests) == 1


def test_endless_error_bodies_are_not_read_to_their_end(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 X\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await kit.chunk(writer, b"\x1b[2Jx" * 2000)

    ended = run(kit, kit.serve(handler))
    assert ended.fault is FaultKind.BAD_REQUEST
    assert len(ended.message) < 300


def test_header_bombs_end_the_call(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-a: " + b"b" * 8000 + b"\r\n")
            await writer.drain()

    assert run(kit, kit.serve(handler)).ending is not Ending.COMPLETE


def test_keys_are_scrubbed_from_what_the_server_echoes(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        assert got.headers["authorization"] == f"Bearer {KEY}"
        echo = error("odd", f"you sent {KEY} and Bearer {KEY[:12]}abcdef")
        await kit.send(writer, echo, status="400 X", kind="application/json")

    ended = run(kit, kit.serve(handler))
    assert "[key]" in ended.message
    assert KEY[:12] not in ended.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 10.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after-ms": "0", "retry-after": "1"}, 1.0),
        ({"retry-after-ms": "0"}, 0.0),
        ({"retry-after": "1m2.5s"}, 62.5),
        ({"x-ratelimit-reset": "1700000000000"}, 1_700_000_000.0),
        ({"x-ratelimit-reset": "1700000000"}, 1_700_000_000.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "3"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_in_headers(headers, now=0.0) == seconds


def test_waits_named_in_prose() -> None:
    assert wait_in_text("Please try again in 1.5s.") == 1.5
    assert wait_in_text("try again in 250ms") == 0.25
    assert wait_in_text("try again in 1m2.5s") == 62.5
    assert wait_in_text("retry in 6m0s.") == 360.0
    assert wait_in_text("Retry after 90 seconds.") == 90.0
    assert wait_in_text("wait 2 minutes and 5 seconds") == 125.0
    assert wait_in_text("available again in 1h2m3s") == 3723.0
    assert wait_in_text("try later") is None


@settings(max_examples=150)
@given(
    st.sampled_from([0, 400, 401, 403, 404, 429, 500, 503, 529]),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_no_error_a_server_makes_up_reaches_the_screen_as_it_is(
    status: int, code: str, text: str
) -> None:
    peer = Peer("who", "host", "model", KEY)
    bodies: list[Any] = [
        {"error": {"code": code + KEY, "message": text + KEY + text}},
        {"error": code + KEY},
        {"code": code, "message": {"x": KEY + text}, "status": status},
        [{"error": {"type": KEY}}],
    ]
    for body in bodies:
        data = json.dumps(body).encode()
        for fault in (
            from_status(status or 418, {}, data, peer),
            from_event(body if isinstance(body, dict) else {"error": body}, peer),
        ):
            assert fault.message.isprintable()
            assert KEY not in fault.message + fault.code


def test_shown_text_has_no_control_characters_and_an_end() -> None:
    text = safe_text("a\x1b]0;x\x07b\u202ec\u2028d\x9b" + "y" * 500)
    assert text.isprintable()
    assert len(text) == 200
