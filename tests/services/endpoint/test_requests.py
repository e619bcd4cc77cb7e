"""What each shipped endpoint is sent, field by field: a change here is a change on somebody's wire.

Every line says which document of the provider demands, allows or forbids the field; all were read
in November 2026. `asks` has a patch tool, a cache key and a prediction, so that whoever takes one
of them shows it.
"""

from __future__ import annotations

from typing import Any

import pytest

from spark_tui.core.config.settings import Settings, choose_endpoint, parse_shipped
from spark_tui.core.endpoint.wire import ChatMessage, ModelRequest
from spark_tui.services.endpoint.providers import provider_for
from spark_tui.services.endpoint.wires.chat import chat_body
from spark_tui.services.endpoint.wires.responses import responses_body
from spark_tui.services.places import shipped_endpoints

SHIPPED = parse_shipped(shipped_endpoints().read_text(encoding="utf-8"), "endpoints.toml")
HERE = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com"}
ASKS = ModelRequest(
    "Rules.",
    (ChatMessage("user", "Do it."),),
    16_384,
    patch_tool=True,
    cache_key="key",
    prediction="old",
)

_RESPONSES: dict[str, Any] = {
    # Responses API reference: input items; instructions apart from them, to head the cache.
    "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Do it."}]}
    ],
    "instructions": "Rules.",
    "max_output_tokens": 16_384,  # Responses API reference: bounds reasoning and output together
    "store": False,  # Responses API reference: nothing is kept beyond the answer
    "stream": True,
}
_PATCH_TOOL = {
    # Function calling guide, "custom tools": freeform text, no JSON to escape; not everywhere.
    "type": "custom",
    "name": "apply_patch",
    "description": "Edit files of the repository: write one patch, as plain text, not as JSON.",
    "format": {"type": "text"},
}
_OPENAI: dict[str, Any] = {
    **_RESPONSES,
    "tools": [_PATCH_TOOL],
    "prompt_cache_key": "key",  # prompt caching guide: routes requests with one beginning together
    # Responses streaming reference: padding against eavesdroppers costs bytes; TLS is enough here.
    "stream_options": {"include_obfuscation": False},
    "reasoning": {"effort": "low"},  # reasoning guide: `none` is refused by gpt-6.2-sol
    # Reasoning guide: with `store: false` the reasoning comes encrypted, to be told back.
    "include": ["reasoning.encrypted_content"],
}
_CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Rules."},
        {"role": "user", "content": "Do it."},
    ],
    "stream": True,
    # Chat Completions reference: without it a stream has no exact count; every one here takes it.
    "stream_options": {"include_usage": True},
}

PINNED: dict[str, dict[str, Any]] = {
    # `reasoning.summary` must not be there: refused for this model (openai/codex#32537).
    "spark": {**_OPENAI, "model": "gpt-5.3-codex-spark"},
    "ultrafast": {
        **_OPENAI,
        "model": "gpt-6.2-sol",  # ultrafast guide: one of the four models that have the tier
        "service_tier": "ultrafast",  # ultrafast guide: set on each response.create
        "text": {"verbosity": "low"},  # Responses API reference; codex models refuse it
    },
    "openai": {**_OPENAI, "model": "gpt-6.2-sol", "text": {"verbosity": "low"}},
    # Models and inference page: the public Responses API, with an access token for a key. What a
    # plan refuses beyond that (`max_output_tokens`, say) is learnt from its refusal.
    "chatgpt": {**_OPENAI, "model": "gpt-6.2-sol"},
    "cerebras": {
        **_CHAT,
        "model": "gpt-oss-120b",
        # Predicted outputs page: beside a prediction `max_completion_tokens` is refused.
        "prediction": {"type": "content", "content": "old"},
        "prompt_cache_key": "key",  # chat reference: allowed since there is prompt caching
        "reasoning_effort": "low",  # reasoning page: low, medium, high for gpt-oss
    },
    "groq": {
        **_CHAT,
        "model": "openai/gpt-oss-120b",
        "max_completion_tokens": 16_384,  # chat reference: `max_tokens` is deprecated
        "reasoning_effort": "low",  # reasoning page; `reasoning_format` is not for gpt-oss there
    },
    "openrouter": {
        **_CHAT,
        "model": "openai/gpt-oss-120b",
        "max_tokens": 16_384,  # parameters page: the name every provider behind it is mapped from
        "provider": {"sort": "throughput"},  # provider routing page
    },
    "xai": {
        **_RESPONSES,
        "model": "grok-4.7",
        "prompt_cache_key": "key",  # docs.x.ai/developers/grok-4-7: highly recommended
        "reasoning": {"effort": "low"},  # the same page: low to xhigh; no custom tools there
    },
    "azure": {
        **_RESPONSES,
        "model": "mine",
        "tools": [_PATCH_TOOL],
        "prompt_cache_key": "key",  # v1 API reference; `stream_options` is not documented there
    },
    "nim": {**_CHAT, "model": "openai/gpt-oss-120b", "max_tokens": 16_384},
    "ollama": {**_CHAT, "model": "mine", "max_tokens": 16_384},
    "llama.cpp": {
        **_CHAT,
        "model": "mine",
        "max_tokens": 16_384,
        "timings_per_token": True,  # server README: exact live counts and times in every chunk
        "cache_prompt": True,  # server README: reuse of the slot's prefix
    },
    "vllm": {
        **_CHAT,
        "model": "mine",
        "max_tokens": 16_384,
        # OpenAI-compatible server page: cumulative usage in every chunk
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    },
    "sglang": {
        **_CHAT,
        "model": "mine",
        "max_tokens": 16_384,
        # its protocol has the same option
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    },
    "tensorrt-llm": {**_CHAT, "model": "mine", "max_tokens": 16_384},
}


@pytest.mark.parametrize("name", [one.name for one in SHIPPED])
def test_a_shipped_endpoint_is_sent_exactly_these_fields(name: str) -> None:
    one = choose_endpoint(Settings(shipped=SHIPPED), HERE, name).chosen
    dialect = provider_for(one.base_url, one.dialect)
    build = chat_body if one.wire == "chat" else responses_body
    assert build(ASKS, one, dialect, one.model or "mine") == PINNED[name]


def test_every_pinned_request_is_of_a_shipped_endpoint() -> None:
    assert set(PINNED) == {one.name for one in SHIPPED}
