"""Errors in the words of real providers: what each means, and what is learnt from it.

The bodies are made here in the shapes and wordings of public references and reports.
"""

# ruff: noqa: E501 - a case on a line of its own, whatever its length

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import Ending, FaultKind, Retrying
from spark_tui.services.endpoint import ModelEndpoint, Retries
from spark_tui.services.endpoint.capabilities import Learnt, Memory
from spark_tui.services.endpoint.faults.error_body import fit_in_text
from spark_tui.services.endpoint.faults.faults import Peer
from spark_tui.services.endpoint.faults.statuses import from_event, from_status
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages.remedies import on_screen

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Kit
else:
    Kit = Got = Collector = Any

PEER = Peer("who", "host", "m", "sk-key-of-a-person")
PAGE = "<!DOCTYPE html><html><head><title>{}</title></head></html>"
DONE = [
    json.dumps({"type": "response.output_text.delta", "delta": "hi"}),
    json.dumps({"type": "response.completed", "response": {"id": "r", "status": "completed"}}),
]


def nested(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


def behind(raw: object, status: int, **more: Any) -> dict[str, Any]:
    meta = {"raw": raw, "provider_name": "Google", **more}
    return nested("Provider returned error", code=status, metadata=meta)


MEANINGS: list[tuple[str, int, Any, FaultKind, str, str]] = [
    # the key
    ("flat, wrong key at 400", 400,
     {"code": "invalid-argument", "error": "Incorrect API key provided: xa***"},
     FaultKind.AUTH, "refused the key", "F3 sets a new one"),
    ("reason in details", 400,
     [nested("API key not valid. Please pass a valid API key.", code=400,
             status="INVALID_ARGUMENT", details=[{"reason": "API_KEY_INVALID"}])],
     FaultKind.AUTH, "refused the key", "F3"),
    ("missing key at 403", 403, nested("Missing API key"), FaultKind.AUTH, "refused the key", "F3"),
    # money
    ("402", 402, nested("Insufficient Balance", type="unknown_error", code="invalid_request_error"),
     FaultKind.QUOTA, "quota is used up: Insufficient Balance", "F3 another"),
    ("402 without words", 402, {}, FaultKind.QUOTA, "quota", "F3 another"),
    ("credits", 402, nested("This request requires more credits, or fewer max_tokens.", code=402),
     FaultKind.QUOTA, "requires more credits", "F3 another"),
    ("credits at 403", 403, {"detail": "Cloud credits expired - please contact sales"},
     FaultKind.QUOTA, "credits expired", "F3 another"),
    ("quota at 429", 429, nested("You exceeded your current quota, check your plan and billing."),
     FaultKind.QUOTA, "quota", "F3 another"),
    ("a minute's quota at 429", 429,
     nested("You exceeded your current quota. Please retry in 34.07s.", code=429,
            status="RESOURCE_EXHAUSTED", details=[{"retryDelay": "34s"}]),
     FaultKind.RATE_LIMIT, "limit reached", "tries again"),
    # the model
    ("decommissioned", 400, nested("The model `old` has been decommissioned", code="model_decommissioned"),
     FaultKind.NOT_FOUND, "no model 'm'", "F3 sets the model"),
    ("no valid id", 400, nested("a/b is not a valid model ID", code=400),
     FaultKind.NOT_FOUND, "no model 'm'", "F3 sets the model"),
    ("model not found, flat", 400, {"code": "Some requested entity was not found", "error": "Model not found: m"},
     FaultKind.NOT_FOUND, "no model 'm'", "F3 sets the model"),
    ("by type", 400, {"object": "error", "message": "Invalid model: m", "type": "invalid_model", "code": "1500"},
     FaultKind.NOT_FOUND, "no model 'm'", "F3 sets the model"),
    ("names of models", 400, nested("Model Not Exist, supported API model names are a or b"),
     FaultKind.NOT_FOUND, "no model 'm'", "F3 sets the model"),
    ("deployment", 404, nested("The API deployment does not exist.", code="DeploymentNotFound"),
     FaultKind.NOT_FOUND, "no model 'm'", "F3 sets the model"),
    # too long
    ("by type beside a number", 400,
     nested("the request exceeds the available context size", code=400, type="exceed_context_size_error"),
     FaultKind.TOO_LONG, "longer than m takes", "name fewer"),
    ("prompt too long", 400, nested("prompt is too long: 210000 tokens > 200000 maximum"),
     FaultKind.TOO_LONG, "longer than", "name fewer"),
    # a gateway's words round the provider's
    ("raw text", 429, behind("m is temporarily rate-limited upstream, add your own key", 429),
     FaultKind.RATE_LIMIT, "Google: m is temporarily rate-limited", "tries again"),
    ("raw object", 400, behind(json.dumps(nested("bad schema", code=400)), 400),
     FaultKind.BAD_REQUEST, "Google: bad schema", "F3 another"),
    ("moderation", 403,
     nested("Your input was flagged", code=403,
            metadata={"reasons": ["violence"], "provider_name": "Google"}),
     FaultKind.FORBIDDEN, "Google: violence", ""),
    # filters
    ("prompt filtered", 400,
     nested("The response was filtered due to the prompt triggering content management policy.",
            code="content_filter"),
     FaultKind.FORBIDDEN, "content filter stopped it", "F3 another"),
    # busy, loading, limits
    ("loading", 503, nested("Loading model", code=503, type="unavailable_error"),
     FaultKind.SERVER, "still loading the model", "tries again"),
    ("capacity", 498, nested("Flex capacity exceeded", code="capacity_exceeded"),
     FaultKind.SERVER, "overloaded", "tries again"),
    # outage pages
    ("502 page", 502, PAGE.format("502 Bad Gateway"), FaultKind.SERVER, "who is down (502)", "tries again"),
    ("520 page", 520, PAGE.format("Web server"), FaultKind.SERVER, "who is down (520)", "tries again"),
    ("504 page", 504, PAGE.format("nginx"), FaultKind.SERVER, "who is down (504)", "tries again"),
    ("429 page", 429, PAGE.format("1015"), FaultKind.RATE_LIMIT, "limit reached", "tries again"),
    ("413 page", 413, PAGE.format("nginx"), FaultKind.TOO_LONG, "longer than", "name fewer"),
    ("403 page", 403, PAGE.format("Just a moment"), FaultKind.FORBIDDEN, "blocks the request", "F3 shows the address"),
    # others
    ("plain text", 400, "no such luck", FaultKind.BAD_REQUEST, "no such luck", "F3 another"),
    ("nested in words", 400, nested('upstream said {"error": {"message": "seed must be positive"}}'),
     FaultKind.BAD_REQUEST, "seed must be positive", "F3 another"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "words", "remedy"),
    [case[1:] for case in MEANINGS],
    ids=[case[0] for case in MEANINGS],
)
def test_an_error_is_known_by_what_it_says(
    status: int, body: Any, kind: FaultKind, words: str, remedy: str
) -> None:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    fault = from_status(status, {"content-type": ""}, data, PEER)
    assert (fault.kind, words in fault.message) == (kind, True), fault.message
    assert remedy in on_screen("", fault.remedies).text(Where.PROMPT, Keymap())


IN_A_200 = [
    {"error": {"message": "out of credits", "code": 402}},
    {"error": "out of credits"},
    {"detail": "out of credits"},
    {"message": "out of credits"},
    {"msg": "out of credits"},
    {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance: out of credits"}},
    [{"error": {"message": "out of credits"}}],
]


@pytest.mark.parametrize("body", IN_A_200, ids=str)
def test_an_error_with_status_200_keeps_its_words(kit: Kit, body: Any) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, json.dumps(body).encode(), kind="application/json")

    got = kit.ask(kit.serve(handler).url)
    assert "out of credits" in got.ended().message
    assert got.ended().fault is FaultKind.QUOTA


REFUSALS: list[tuple[str, Any]] = [
    ("store", nested("store: property 'store' is unsupported", param="store")),
    ("store", nested("property 'store' is unsupported")),
    ("store", {"code": "invalid-argument", "error": "Argument not supported: store"}),
    ("reasoning", nested("x", param="reasoning", code="unsupported_parameter")),
    ("store", nested("Unrecognized request argument supplied: store")),
    ("store", {"detail": "Unsupported parameter: store"}),
    ("store", [nested('Invalid JSON payload received. Unknown name "store": Cannot find field.')]),
    ("store", nested("[{'type': 'extra_forbidden', 'loc': ('body', 'store'), 'msg': 'Extra'}]")),
    ("store", {"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Extra"}]}),
    ("store", nested("unknown field `store`, expected one of `model`, `input`")),
    ("store", nested("Additional properties are not allowed ('store' was unexpected)")),
    ("store", nested("create() got an unexpected keyword argument 'store'")),
    ("store", nested("body.store: Extra inputs are not permitted")),
    ("store", nested("store is not supported with this model")),
    ("text.verbosity", nested("Unsupported value: 'low' is not supported", param="text.verbosity")),
    ("text.verbosity", nested("Unknown parameter: 'text.verbosity'.")),
]
ADDED = {"store": False, "reasoning": {"effort": "low"}, "text": {"verbosity": "low", "format": 1}}


def present(body: Any, name: str) -> bool:
    for part in name.split("."):
        if not isinstance(body, dict) or part not in body:
            return False
        body = body[part]
    return True


@pytest.mark.parametrize(("field", "refusal"), REFUSALS, ids=lambda v: str(v)[:60])
def test_a_refused_field_is_left_out_on_the_same_turn_and_kept_in_mind(
    kit: Kit, tmp_path: Path, field: str, refusal: Any
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if present(json.loads(got.body), field):
            data = json.dumps(refusal).encode()
            await kit.send(writer, data, status="400 No", kind="application/json")
        else:
            await kit.send(writer, kit.sse(*DONE))

    server = kit.serve(handler)
    kept = tmp_path / "learnt.json"
    for wanted in (2, 3):  # the second endpoint knows it from the start
        from dataclasses import replace

        made = kit.endpoint(server.url)
        profile = replace(made.profile, send=ADDED)
        endpoint = ModelEndpoint(profile, kit.network, memory=Memory(kept, today=20_000))
        got = kit.collector()
        endpoint.call(kit.request, got)
        assert got.ended().ending is Ending.COMPLETE
        assert len(server.requests) == wanted
        assert f"{field} is left out" in endpoint.learnt.said()
    last = json.loads(server.requests[-1].body)
    assert present(last, "text.format")  # what stands beside a refused part stays


def test_what_was_learnt_long_ago_is_tried_again(tmp_path: Path) -> None:
    kept = tmp_path / "learnt.json"
    memory = Memory(kept, today=20_000)
    memory.of("http://host/v1", "m").dropped.add("store")
    memory.keep("http://host/v1", "m")
    assert Memory(kept, today=20_030).of("http://host/v1", "m").dropped == {"store"}
    assert Memory(kept, today=20_031).of("http://host/v1", "m").dropped == set()
    kept.write_text("[" * 100_000)
    assert Memory(kept, today=20_000).of("http://host/v1", "m").said() == []
    kept.write_text(json.dumps({"http://host/v1 m": {"day": 20_000, "dropped": ["model", 3]}}))
    assert Memory(kept, today=20_000).of("http://host/v1", "m").said() == []


SIZES = [
    ("'max_tokens' is too large: 2062. This model's maximum context length is 2048 tokens and your "
     "request has 40 input tokens (2062 > 2048 - 40).", (2048, 40, 0)),
    ("This model's maximum context length is 16384 tokens. However, you requested 18048 tokens "
     "(7000 in the messages, 11048 in the completion).", (16384, 7000, 0)),
    ("Requested token count exceeds the model's maximum context length of 2048 tokens. You requested "
     "a total of 2102 tokens: 40 tokens from the input messages and 2062 tokens for the completion.",
     (2048, 40, 0)),
    ("The sum of prompt length (40.0) and max_tokens (2062) should not exceed max_seq_len (2048)",
     (2048, 40, 0)),
    ("max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas "
     "you provided 100000.", (0, 0, 16384)),
    ("`max_completion_tokens` must be less than or equal to `8192`", (0, 0, 8192)),
    ("something else went wrong", (0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sizes"), SIZES, ids=lambda v: str(v)[:40])
def test_sizes_are_read_from_words(text: str, sizes: tuple[int, int, int]) -> None:
    fit = fit_in_text(text)
    assert (fit.window, fit.input, fit.most) == sizes


@pytest.mark.parametrize("text", [text for text, sizes in SIZES[:6]], ids=lambda v: v[:30])
def test_a_limit_that_is_too_large_is_fitted_and_sent_again(kit: Kit, text: str) -> None:
    sizes = fit_in_text(text)
    most = sizes.most or sizes.window - sizes.input

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if json.loads(got.body)["max_output_tokens"] > most:
            data = json.dumps(nested(text)).encode()
            await kit.send(writer, data, status="400 No", kind="application/json")
        else:
            await kit.send(writer, kit.sse(*DONE))

    from dataclasses import replace

    server = kit.serve(handler)
    got = kit.collector()
    endpoint = kit.endpoint(server.url)
    endpoint.call(replace(kit.request, max_output_tokens=32_000), got)
    assert got.ended().ending is Ending.COMPLETE
    asked = [json.loads(r.body)["max_output_tokens"] for r in server.requests]
    assert asked[0] == 32_000
    assert most - 32 <= asked[1] <= most
    again = kit.collector()
    endpoint.call(replace(kit.request, max_output_tokens=32_000), again)
    assert again.ended().ending is Ending.COMPLETE
    if sizes.most:
        assert len(server.requests) == 3  # known from the start by now


def test_a_request_that_leaves_no_room_for_an_answer_is_too_long() -> None:
    sizes = fit_in_text(SIZES[1][0])
    from dataclasses import replace

    body = {"max_tokens": 12_000}
    assert Learnt().fit(sizes, body, 0)
    assert not Learnt().fit(replace(sizes, input=16_300), body, 0)


def test_a_limit_is_no_more_than_what_the_minute_still_allows() -> None:
    body = {"max_tokens": 16_384}
    assert Learnt().apply(body, 3_000, left=12_000)["max_tokens"] == 12_000 - 1_000 - 16
    assert Learnt().apply(body, 3_000, left=2_500) is body  # no room worth it: the server tells
    assert Learnt().apply(body, 3_000, left=None) is body


def test_what_is_left_of_the_minute_is_read_from_the_last_answer(kit: Kit) -> None:
    chunk = {"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}
    limits = (
        "x-ratelimit-limit-tokens-minute: 30000\r\nx-ratelimit-remaining-tokens-minute: 9000\r\n"
        "x-ratelimit-reset-tokens-minute: 3600\r\n"
    )

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(json.dumps(chunk), "[DONE]"), headers=limits)

    from dataclasses import replace

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, "chat", dialect="cerebras")
    for _ in range(2):
        got = kit.collector()
        endpoint.call(replace(kit.request, max_output_tokens=16_384), got)
        assert got.ended().ending is Ending.COMPLETE
    asked = [json.loads(r.body)["max_completion_tokens"] for r in server.requests]
    assert asked[0] == 16_384
    assert 8_900 <= asked[1] <= 9_200


def test_a_server_that_loads_its_model_is_waited_for(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) <= 6:
            data = json.dumps(nested("Loading model", code=503)).encode()
            await kit.send(writer, data, status="503 No", kind="application/json")
        else:
            await kit.send(writer, kit.sse(*DONE))

    server = kit.serve(handler)
    got = kit.collector()
    kit.endpoint(server.url, retries=Retries(backoff=0.001)).call(kit.request, got)
    assert got.ended().ending is Ending.COMPLETE
    assert "still loading" in next(e.why for e in got.events if isinstance(e, Retrying))


def test_a_wait_of_nothing_is_no_loop_without_pauses(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        data = json.dumps(nested("slow down")).encode()
        headers = "retry-after: 0\r\n"
        await kit.send(writer, data, status="429 No", kind="application/json", headers=headers)

    got = kit.collector()
    kit.endpoint(kit.serve(handler).url, retries=Retries(backoff=0.01)).call(kit.request, got)
    assert got.ended().fault is FaultKind.RATE_LIMIT
    waits = [e.wait_s for e in got.events if isinstance(e, Retrying)]
    assert waits == pytest.approx([0.002, 0.004, 0.008, 0.016])


def test_an_api_under_v1_is_found_there(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if got.path.startswith("/v1/chat"):
            chunk = {"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}
            await kit.send(writer, kit.sse(json.dumps(chunk), "[DONE]"))
        else:
            await kit.send(writer, b"404 page not found", status="404 No", kind="text/plain")

    server = kit.serve(handler)
    got = kit.collector()
    endpoint = kit.endpoint(server.url.removesuffix("/v1"), "auto", dialect="generic")
    endpoint.call(kit.request, got)
    assert got.ended().ending is Ending.COMPLETE
    assert [r.path for r in server.requests] == [
        "/responses", "/chat/completions", "/v1/responses", "/v1/chat/completions",
    ]  # fmt: skip
    assert endpoint.base_url.endswith("/v1")
    assert any("asking there" in e.why for e in got.events if isinstance(e, Retrying))


@pytest.mark.parametrize("behind", ["?api-version=2025-01-01", "/?tenant=a"])
def test_a_query_stays_behind_the_path(kit: Kit, behind: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*DONE))

    server = kit.serve(handler)
    for url in (server.url + behind, server.url.replace("http:", "HTTP:") + behind):
        assert kit.ask(url).ended().ending is Ending.COMPLETE
    query = behind.partition("?")[2]
    assert {r.path for r in server.requests} == {f"/v1/responses?{query}"}


SLIPS = ["sk–abc", "sk-abc\u200b", "“sk-abc”", "abc\ndef", "abc\x00"]


@pytest.mark.parametrize("key", SLIPS, ids=ascii)
def test_a_key_no_header_can_carry_is_named_and_nothing_is_sent(kit: Kit, key: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(*DONE))

    server = kit.serve(handler)
    got = kit.collector()
    kit.endpoint(server.url, key=key).call(kit.request, got)
    assert got.ended().fault is FaultKind.SETTINGS
    assert "the key from the settings holds" in got.ended().message
    assert not server.requests


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SSL_CERT_FILE", "/nonexistent.pem", "SSL_CERT_FILE names /nonexistent.pem, which is not"),
        ("SSL_CERT_FILE", "/dev/null", "SSL_CERT_FILE names /dev/null, which holds no"),
        ("https_proxy", "http://127.0.0.1:port", "https_proxy is no proxy address"),
        ("https_proxy", ":::", "https_proxy is no proxy address"),
        ("https_proxy", "socks5://127.0.0.1:1", "https_proxy: only http://"),
    ],
)
def test_a_setting_of_this_machine_is_blamed_by_its_name(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    got = kit.ask("https://gpu.invalid/v1")
    assert got.ended().fault is FaultKind.SETTINGS
    assert words in got.ended().message


def test_an_event_that_is_an_error_tells_its_status() -> None:
    fault = from_event({"error": {"message": "slow down", "code": 429}}, PEER)
    assert fault.kind is FaultKind.RATE_LIMIT
    fault = from_event({"error": {"message": "x"}, "status_code": 503}, PEER)
    assert fault.kind is FaultKind.SERVER
