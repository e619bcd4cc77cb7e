from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import (
    Connected,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    HeadersRead,
)
from spark_tui.services.endpoint import Timeouts, open_endpoint
from spark_tui.services.endpoint.providers import provider_for

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Handler, Kit
else:
    Kit = Got = Collector = Handler = Any

CHAT = [
    json.dumps({"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}),
    "[DONE]",
]
RESPONSES = [
    json.dumps({"type": "response.output_text.delta", "delta": "hi"}),
    json.dumps({"type": "response.completed", "response": {"id": "r"}}),
]


def server_of(kit: Kit, *paths: str) -> Handler:
    """Speaks the wires whose paths are named; lists two models."""

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if got.path.endswith("/models"):
            listed = json.dumps({"data": [{"id": "first"}, {"id": "second"}]}).encode()
            await kit.send(writer, listed if got.method == "GET" else b"", kind="application/json")
        elif got.path in paths:
            turn = CHAT if got.path.endswith("completions") else RESPONSES
            await kit.send(writer, kit.sse(*turn))
        else:
            await kit.send(writer, b"404 page not found", status="404 No", kind="text/plain")

    return handler


def call(kit: Kit, endpoint: Any) -> Collector:
    got = kit.collector()
    endpoint.call(kit.request, got)
    got.ended()
    return got


def test_an_unknown_server_is_asked_for_responses_first(kit: Kit) -> None:
    server = kit.serve(server_of(kit, "/v1/responses", "/v1/chat/completions"))
    endpoint = kit.endpoint(server.url, "auto")
    assert call(kit, endpoint).text == "hi"
    assert [one.path for one in server.requests] == ["/v1/responses"]
    assert endpoint.wire == "responses"


def test_a_server_without_responses_is_asked_for_chat_and_that_is_remembered(kit: Kit) -> None:
    server = kit.serve(server_of(kit, "/v1/chat/completions"))
    endpoint = kit.endpoint(server.url, "auto")
    for _ in range(2):
        got = call(kit, endpoint)
        assert got.ended().ending is Ending.COMPLETE
    paths = [one.path for one in server.requests]
    assert paths == ["/v1/responses", "/v1/chat/completions", "/v1/chat/completions"]
    assert endpoint.wire == "chat"


def test_a_configured_wire_is_not_second_guessed(kit: Kit) -> None:
    server = kit.serve(server_of(kit, "/v1/chat/completions"))
    assert call(kit, kit.endpoint(server.url, "responses")).ended().fault is FaultKind.NOT_FOUND
    assert len(server.requests) == 1


def test_a_missing_model_is_no_missing_wire(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        body = b'{"error": {"code": "model_not_found", "message": "no such model"}}'
        await kit.send(writer, body, status="404 No", kind="application/json")

    server = kit.serve(handler)
    assert call(kit, kit.endpoint(server.url, "auto")).ended().fault is FaultKind.NOT_FOUND
    assert len(server.requests) == 1


def test_without_a_model_the_first_listed_is_taken_and_said(kit: Kit) -> None:
    server = kit.serve(server_of(kit, "/v1/responses"))
    endpoint = kit.endpoint(server.url, model="")
    got = call(kit, endpoint)
    head = next(one for one in got.events if isinstance(one, HeadersRead))
    assert head.model == "first"
    assert endpoint.model == "first"
    assert json.loads(server.requests[1].body)["model"] == "first"
    call(kit, endpoint)
    assert [one.path for one in server.requests].count("/v1/models") == 1


def test_a_server_that_lists_no_model_says_so(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, b'{"data": []}', kind="application/json")

    ended = call(kit, kit.endpoint(kit.serve(handler).url, model="")).ended()
    assert (ended.fault, ended.ending) == (FaultKind.SETTINGS, Ending.FAILED)


def test_openai_without_a_model_is_a_one_line_error_and_no_request(kit: Kit) -> None:
    ended = call(kit, kit.endpoint("https://api.openai.com/v1", model="")).ended()
    assert ended.fault is FaultKind.SETTINGS
    assert ended.message == "no model is set for openai"


@pytest.mark.parametrize("url", ["ftp://x/v1", "http://", "nonsense", "http://[::1/v1"])
def test_addresses_that_are_none_are_settings_errors(kit: Kit, url: str) -> None:
    assert call(kit, kit.endpoint(url)).ended().fault is FaultKind.SETTINGS


def test_without_a_key_none_is_sent_whatever_the_environment_holds(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "sk-environment-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-leak: sk-environment-secret")
    server = kit.serve(server_of(kit, "/v1/responses"))
    endpoint = kit.endpoint(server.url, model="")
    endpoint.warm()
    assert call(kit, endpoint).ended().ending is Ending.COMPLETE
    for request in server.requests:
        assert "authorization" not in request.headers
        assert "sk-environment-secret" not in repr(request)


def test_the_key_is_in_no_repr_and_no_event(kit: Kit) -> None:
    key = "sk-secret-0123456789"
    server = kit.serve(server_of(kit))
    endpoint = kit.endpoint(server.url, key=key)
    got = call(kit, endpoint)
    assert server.requests[0].headers["authorization"] == f"Bearer {key}"
    held = [endpoint, endpoint.profile, endpoint.__dict__, endpoint._peer(), got.events]
    assert key not in repr(held)


def test_warming_opens_the_connection_the_first_call_uses(kit: Kit) -> None:
    server = kit.serve(server_of(kit, "/v1/responses"))
    endpoint = kit.endpoint(server.url, key="sk-secret-0123456789")
    endpoint.warm()
    kit.until(lambda: endpoint.warmed and not kit.network._tasks)
    assert "authorization" not in server.requests[0].headers
    got = call(kit, endpoint)
    connected = next(one for one in got.events if isinstance(one, Connected))
    assert connected.reused
    assert server.connections == 1


def test_a_connection_the_server_dropped_is_replaced_without_a_word(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if server.connections == 1 and len(server.requests) == 2:
            writer.close()
            return
        await kit.send(writer, kit.sse(*RESPONSES))

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url)
    for _ in range(2):
        got = call(kit, endpoint)
        assert got.ended().ending is Ending.COMPLETE
        kit.until(lambda: not kit.network._tasks)
    assert server.connections == 2


def test_a_body_that_never_ends_does_not_hold_up_the_turn(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(*RESPONSES))
        await asyncio.get_running_loop().create_future()

    server = kit.serve(handler)
    assert call(kit, kit.endpoint(server.url)).ended().ending is Ending.COMPLETE
    kit.until(lambda: server.open == 0, 2.0)


def test_a_finished_chat_answer_without_its_formal_end_is_complete(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(CHAT[0]))
        await asyncio.get_running_loop().create_future()

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, "chat", timeouts=Timeouts(finish=0.05))
    assert call(kit, endpoint).ended().ending is Ending.COMPLETE
    kit.until(lambda: server.open == 0, 2.0)


def test_two_calls_at_once_keep_to_themselves(kit: Kit) -> None:
    server = kit.serve(server_of(kit, "/v1/responses"))
    endpoint = kit.endpoint(server.url)
    collectors = [kit.collector() for _ in range(6)]
    for one in collectors:
        endpoint.call(kit.request, one)
    for one in collectors:
        assert one.ended().ending is Ending.COMPLETE
        assert one.text == "hi"


@pytest.mark.parametrize(
    ("url", "named", "expected"),
    [
        ("https://api.openai.com/v1", "", "openai"),
        ("https://api.openai.com.evil.example/v1", "", "generic"),
        ("https://us.api.openai.com/v1", "", "openai"),
        ("https://x.openai.azure.com/openai/v1", "openai", "azure"),
        ("https://api.cerebras.ai/v1", "openai", "cerebras"),
        ("https://api.groq.com/openai/v1", "vllm", "groq"),
        ("http://localhost:11434/v1", "openai", "ollama"),
        ("http://gpu:8000/v1", "", "vllm"),
        ("http://gpu:8000/v1", "sglang", "sglang"),
        ("http://gpu:9/v1", "openai", "generic"),
        ("http://127.0.0.1:8123/v1", "simulated", "simulated"),
        ("", "openai", "openai"),
    ],
)
def test_hosts_ports_and_names_choose_the_dialect(url: str, named: str, expected: str) -> None:
    assert provider_for(url, named).name == expected


async def test_nothing_heavy_is_imported_before_the_first_call() -> None:
    code = (
        "import sys, spark_tui.services.endpoint as e\n"
        "from spark_tui.core.endpoint.wire import EndpointProfile\n"
        "e.open_endpoint(EndpointProfile('n', 'http://127.0.0.1:1/v1'))\n"
        "heavy = {'openai', 'httpx2', 'httpcore2', 'pydantic', 'orjson', 'websockets', 'anyio'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE
    )
    _, problem = await process.communicate()
    assert (process.returncode, problem) == (0, b"")


def test_an_endpoint_of_its_own_closes_its_thread() -> None:
    endpoint = open_endpoint(EndpointProfile("n", "http://127.0.0.1:1/v1", "m"))
    endpoint.warm()
    endpoint.close()
    endpoint.close()
    got: list[Any] = []
    endpoint.call(None, got.extend)  # type: ignore[arg-type]
    assert [type(one) for one in got] == [Ended]
