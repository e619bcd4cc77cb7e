from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from spark_tui.core.config.settings import Settings, choose_endpoint, parse_shipped
from spark_tui.core.endpoint.wire import ChatMessage, EndpointProfile, ModelRequest
from spark_tui.services.endpoint.providers import provider_for
from spark_tui.services.endpoint.wires.chat import chat_body
from spark_tui.services.endpoint.wires.responses import responses_body
from spark_tui.services.places import shipped_endpoints

SHIPPED = parse_shipped(shipped_endpoints().read_text(encoding="utf-8"), "endpoints.toml")
REQUEST = ModelRequest(
    "Edit.", (ChatMessage("user", "go"),), 20_000, cache_key="c", prediction="def f(): ..."
)


def profile(name: str, **changes: Any) -> EndpointProfile:
    return replace(choose_endpoint(Settings(shipped=SHIPPED), {}, name).chosen, **changes)


def body_of(one: EndpointProfile) -> dict[str, Any]:
    dialect = provider_for(one.base_url, one.dialect)
    build = chat_body if one.wire == "chat" else responses_body
    return build(REQUEST, one, dialect, one.model)


def test_spark_is_never_asked_for_a_reasoning_summary() -> None:
    spark = profile("spark", send={"reasoning": {"summary": "auto"}})
    assert body_of(spark)["reasoning"] == {"effort": "low"}
    others = replace(spark, name="own", never=())  # by its model too, whatever it is called
    assert body_of(others)["reasoning"] == {"effort": "low"}
    sol = replace(others, model="gpt-5.6-sol")
    assert body_of(sol)["reasoning"] == {"effort": "low", "summary": "auto"}


@pytest.mark.parametrize("tier", ["ultrafast", "priority", "flex"])
def test_tier_effort_verbosity_and_cache_key_go_where_the_wire_has_them(tier: str) -> None:
    options = (
        ("service_tier", tier),
        ("reasoning_effort", "high"),
        ("verbosity", "low"),
        ("prompt_cache_key", "mine"),
    )
    body = body_of(profile("openai", options=options))
    assert body["service_tier"] == tier
    assert (body["reasoning"], body["text"]) == ({"effort": "high"}, {"verbosity": "low"})
    assert body["prompt_cache_key"] == "mine"


def test_ultrafast_asks_for_its_tier() -> None:
    assert body_of(profile("ultrafast"))["service_tier"] == "ultrafast"


def test_a_limit_that_is_reserved_ahead_is_kept_small() -> None:
    assert body_of(profile("groq"))["max_completion_tokens"] == 16384
    large = profile("groq", options=())
    assert body_of(large)["max_completion_tokens"] == 20_000


def test_predicted_output_goes_along_where_it_is_taken_and_can_be_turned_off() -> None:
    cerebras = profile("cerebras")
    assert body_of(cerebras)["prediction"]["content"] == REQUEST.prediction
    off = replace(cerebras, options=(("predicted_outputs", "false"),))
    assert "prediction" not in body_of(off)
    assert "prediction" not in body_of(profile("groq"))


def test_fields_of_the_profile_are_sent_and_left_out() -> None:
    vllm = profile(
        "vllm",
        send={"chat_template_kwargs": {"enable_thinking": False}},
        never=("stream_options.continuous_usage_stats",),
    )
    body = body_of(vllm)
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert body["stream_options"] == {"include_usage": True}
    assert provider_for(vllm.base_url, "vllm").chat_extra["stream_options"] == {
        "include_usage": True,
        "continuous_usage_stats": True,
    }
    assert body_of(profile("openrouter"))["provider"] == {"sort": "throughput"}
