"""What is sent is what the `openai` SDK sends for it, byte for byte but for who it says it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from spark_tui.core.config.settings import Settings, choose_endpoint, parse_shipped
from spark_tui.core.endpoint.wire import EndpointProfile, FaultKind
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.limits import Bounds, Timeouts
from spark_tui.services.endpoint.providers import Provider, provider_for
from spark_tui.services.endpoint.wires.http import HttpClient
from spark_tui.services.places import shipped_endpoints
from tests.services.endpoint.conftest import Got, Kit
from tests.services.endpoint.test_requests import HERE, PINNED

SHIPPED = parse_shipped(shipped_endpoints().read_text(encoding="utf-8"), "endpoints.toml")
PEER = Peer("them", "127.0.0.1")
WHO = ("user-agent", "host")
"""And all `x-stainless-*`: which library asks, and on which machine."""
AMBIENT = ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS")
STREAM = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}


async def by_sdk(
    profile: EndpointProfile, provider: Provider, url: str, path: str, body: dict[str, Any]
) -> None:
    """The requests of one profile as the SDK makes them."""
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit

    address, _, query = url.partition("?")
    # For others what the environment holds for OpenAI is left out, a missing key for all.
    names = ["OpenAI-Organization", "OpenAI-Project", "X-Mine"]
    hidden: dict[str, Any] = {} if provider.name == "openai" else {name: Omit() for name in names}
    unsigned: dict[str, Any] = {"Authorization": Omit()}
    headers: dict[str, Any] = hidden | ({} if profile.key else unsigned)
    async with AsyncOpenAI(
        api_key=profile.key or "none",
        admin_api_key="",
        base_url=address,
        default_query=dict(parse_qsl(query, keep_blank_values=True)),
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(follow_redirects=False, trust_env=False),
    ) as sdk:
        await sdk.get("/models", cast_to=object, options={"headers": headers})
        await sdk.get("/models", cast_to=object, options={"headers": headers | unsigned})
        await sdk.post(path, cast_to=object, body=body, options={"headers": headers | STREAM})


async def by_us(
    profile: EndpointProfile, provider: Provider, url: str, path: str, body: dict[str, Any]
) -> None:
    """The same requests as they are made here."""
    client = HttpClient(profile, provider, url, Timeouts(), Bounds())
    try:
        await client.models(PEER)
        await client.connect()
        response = await client.post(path, body, PEER)
        await response.aread()
    finally:
        await client.aclose()


def told(got: Got) -> tuple[Any, ...]:
    """A request without what names the library."""
    headers = {
        name: value
        for name, value in got.headers.items()
        if name not in (*WHO, "content-length") and not name.startswith("x-stainless-")
    }
    return got.method, got.path, headers, orjson.loads(got.body) if got.body else None


async def same(kit: Kit, profile: EndpointProfile, url: str, body: dict[str, Any]) -> list[Got]:
    """What both sent, which is the same, to a server in the place of `url`."""

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, b"{}", kind="application/json")

    server = kit.serve(handler)
    provider = provider_for(profile.base_url, profile.dialect)
    there = urlsplit(url)._replace(scheme="http", netloc=f"127.0.0.1:{server.port}").geturl()
    path = "/chat/completions" if profile.wire == "chat" else "/responses"
    await by_sdk(profile, provider, there, path, body)
    await by_us(profile, provider, there, path, body)
    reference, ours = server.requests[:3], server.requests[3:]
    assert [told(got) for got in ours] == [told(got) for got in reference]
    assert {got.headers["user-agent"].split("/")[0] for got in ours} == {"spark-tui"}
    return ours


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*AMBIENT, "OPENAI_ADMIN_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", [one.name for one in SHIPPED])
async def test_a_shipped_endpoint_gets_what_the_sdk_would_send_it(
    name: str, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, variable in enumerate(AMBIENT):
        monkeypatch.setenv(variable, f"X-Mine: {number}")
    one = choose_endpoint(Settings(shipped=SHIPPED), HERE, name).chosen
    provider = provider_for(one.base_url, one.dialect)
    url = one.base_url or provider.base_url
    ours = await same(kit, replace(one, key="sk-1"), url, PINNED[name])
    assert [got.headers.get("authorization") for got in ours] == [
        "Bearer sk-1",
        None,
        "Bearer sk-1",
    ]
    assert all(("x-mine" in got.headers) == (provider.name == "openai") for got in ours)


@pytest.mark.parametrize("key", ["", "sk-1"])
@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("http://h/v1?api-version=2026-11&tenant=a%20b&tenant=c+d&empty=", {}),
        ("http://h/deep/er/v1/", {"OPENAI_ORG_ID": "org"}),
        ("http://h", {"OPENAI_CUSTOM_HEADERS": "Authorization: Bearer other\nX-Mine:a: b \nno"}),
        ("http://h/ü/v1", {"OPENAI_CUSTOM_HEADERS": "accept: text/plain"}),
    ],
)
async def test_addresses_and_the_environment_mean_what_they_mean_to_the_sdk(
    url: str, environment: dict[str, str], key: str, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    profile = EndpointProfile("n", "https://api.openai.com/v1", "m", key=key)
    await same(kit, profile, url, {"model": "m", "input": "é 🐝 \u2028"})


@pytest.mark.parametrize("key", ["", "sk-1"])
async def test_where_an_endpoint_says_so_the_sdk_sends_and_its_answer_is_read_as_any(
    key: str, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, variable in enumerate(AMBIENT):
        monkeypatch.setenv(variable, f"X-Mine: {number}")
    status = ["200 OK"]

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, b"{}", kind="application/json", status=status[0])

    server = kit.serve(handler)
    url = f"http://127.0.0.1:{server.port}/v1?tenant=a"
    profile = EndpointProfile("n", url, "m", key=key, dialect="vllm")
    provider = provider_for(url, "vllm")
    body = {"model": "m", "input": "é"}
    await by_us(profile, provider, url, "/responses", body)
    by_sdk_too = replace(profile, client="sdk")
    await by_us(by_sdk_too, provider, url, "/responses", body)
    assert [told(got) for got in server.requests[3:]] == [told(got) for got in server.requests[:3]]
    assert all("x-stainless-lang" in got.headers for got in server.requests[3:])
    status[0] = "401 Unauthorized"
    client = HttpClient(by_sdk_too, provider, url, Timeouts(), Bounds())
    with pytest.raises(FaultError) as refused:
        await client.post("/responses", body, PEER)
    assert refused.value.kind is FaultKind.AUTH
    await client.aclose()
    gone = HttpClient(by_sdk_too, provider, "http://127.0.0.1:9/v1", Timeouts(), Bounds())
    with pytest.raises(FaultError) as refused:
        await gone.post("/responses", body, PEER)
    assert refused.value.kind is FaultKind.CONNECT
    await gone.aclose()
