"""Providers as data: which host takes what, what to send it, what never to send.

Sources: each provider's public API reference and client library, as of 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from spark_tui.core.dataclass import dataclass, field

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's ways.

    `hosts` are host names, suffixes of them (`.example.com`), or `:port` for servers known by their
    default port. `wire` is what "auto" means: a wire, or "auto" to try Responses, then Chat.
    `chat_limit` names the field that bounds an answer. `chat_extra` and `responses_extra` are sent
    along, live token counts where they exist among them; `never` is removed again, whatever asked
    for it. `options` are the settings passed through by name. `usage_in_stream`:
    `stream_options.include_usage` is understood. `custom_tools`: freeform tools are, on Responses.
    `needs_model`: the first of its models is no choice. `predicts`: predicted output is taken, on
    Chat. `cache_key`: `prompt_cache_key` routes prompt caching. `never_for` names fields that some
    models refuse: a part of the model's name, and the fields. `timings` is where an answer carries
    the server's own times, "" for nowhere. `open_models`: models are listed without a key.
    `books_output`: input and the whole output limit count against the minute from the start.
    `names_reasons`: a finished answer always has its finish reason, so that a stream closed without
    one broke off. `reasoning_beside`: on Chat, output tokens do not include those of reasoning.
    `continues`: a turn may follow an answer by its id though nothing is stored. `asks_for` are
    fields for models with a part of their name: how they are to send what they think. `replays`
    are parts of the names of models that want their reasoning and the phase of their messages back.
    `socket_headers` go with the WebSocket's handshake.
    """

    name: str
    title: str
    hosts: tuple[str, ...] = ()
    key_variable: str = ""
    base_url: str = ""
    wire: str = "auto"
    chat_limit: str = "max_tokens"
    chat_extra: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    responses_extra: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    never: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    usage_in_stream: bool = True
    custom_tools: bool = False
    needs_model: bool = False
    predicts: bool = False
    cache_key: bool = False
    never_for: tuple[tuple[str, frozenset[str]], ...] = ()
    timings: str = ""
    open_models: bool = False
    books_output: bool = False
    names_reasons: bool = False
    reasoning_beside: bool = False
    continues: bool = True
    asks_for: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    replays: tuple[str, ...] = ()
    socket_headers: tuple[tuple[str, str], ...] = ()


_COMMON_OPTIONS = frozenset({"temperature", "top_p", "seed", "reasoning_effort", "service_tier"})

_OPENAI_REASONERS = ("codex", "gpt-5.4", "gpt-5.5", "gpt-5.6", "gpt-6")
"""OpenAI's models that write phases, by parts of their names (reference of October 2026)."""

_PARSED: Mapping[str, Any] = MappingProxyType({"reasoning_format": "parsed"})

_ALL = (
    Provider(
        "openai",
        "openai",
        hosts=("api.openai.com", ".openai.com"),
        key_variable="OPENAI_API_KEY",
        base_url="https://api.openai.com/v1",
        wire="responses",
        chat_limit="max_completion_tokens",
        chat_extra={"store": False},
        responses_extra={"stream_options": {"include_obfuscation": False}},
        options=_COMMON_OPTIONS | {"verbosity", "prompt_cache_key"},
        custom_tools=True,
        needs_model=True,
        predicts=True,
        cache_key=True,
        never_for=(("codex-spark", frozenset({"reasoning.summary"})),),
        names_reasons=True,
        replays=_OPENAI_REASONERS,
        socket_headers=(("x-responsesapi-include-timing-metrics", "true"),),
    ),
    Provider(
        "azure",
        "azure",
        hosts=(".openai.azure.com", ".services.ai.azure.com"),
        key_variable="AZURE_OPENAI_API_KEY",
        wire="responses",
        chat_limit="max_completion_tokens",
        options=_COMMON_OPTIONS | {"verbosity", "prompt_cache_key"},
        custom_tools=True,
        needs_model=True,
        cache_key=True,
        names_reasons=True,
        replays=_OPENAI_REASONERS,
    ),
    Provider(
        "xai",
        "xai",
        hosts=("api.x.ai",),
        key_variable="XAI_API_KEY",
        base_url="https://api.x.ai/v1",
        wire="responses",
        chat_limit="max_completion_tokens",
        options=_COMMON_OPTIONS | {"prompt_cache_key"},
        cache_key=True,
        names_reasons=True,
        reasoning_beside=True,
        continues=False,
    ),
    Provider(
        "cerebras",
        "cerebras",
        hosts=("api.cerebras.ai",),
        key_variable="CEREBRAS_API_KEY",
        base_url="https://api.cerebras.ai/v1",
        wire="chat",
        chat_limit="max_completion_tokens",
        options=_COMMON_OPTIONS | {"disable_reasoning", "reasoning_format", "prompt_cache_key"},
        books_output=True,
        predicts=True,
        cache_key=True,
        timings="time_info",
        names_reasons=True,
        asks_for=(("qwen", _PARSED), ("glm", _PARSED)),
    ),
    Provider(
        "groq",
        "groq",
        hosts=("api.groq.com",),
        key_variable="GROQ_API_KEY",
        base_url="https://api.groq.com/openai/v1",
        wire="chat",
        chat_limit="max_completion_tokens",
        options=_COMMON_OPTIONS | {"reasoning_format", "include_reasoning"},
        books_output=True,
        timings="x_groq.usage",
        names_reasons=True,
        asks_for=(("qwen", _PARSED), ("qwq", _PARSED), ("deepseek-r1", _PARSED)),
    ),
    Provider(
        "openrouter",
        "openrouter",
        hosts=("openrouter.ai",),
        key_variable="OPENROUTER_API_KEY",
        base_url="https://openrouter.ai/api/v1",
        wire="chat",
        options=_COMMON_OPTIONS,
        needs_model=True,
        open_models=True,
    ),
    Provider(
        "vllm",
        "vllm",
        hosts=(":8000",),
        key_variable="VLLM_API_KEY",
        base_url="http://127.0.0.1:8000/v1",
        wire="chat",
        chat_extra={"stream_options": {"include_usage": True, "continuous_usage_stats": True}},
        options=_COMMON_OPTIONS - {"service_tier"},
        timings="metrics",
        names_reasons=True,
    ),
    Provider(
        "sglang",
        "sglang",
        hosts=(":30000",),
        key_variable="SGLANG_API_KEY",
        base_url="http://127.0.0.1:30000/v1",
        wire="chat",
        chat_extra={"stream_options": {"include_usage": True, "continuous_usage_stats": True}},
        options=_COMMON_OPTIONS - {"service_tier"},
        names_reasons=True,
    ),
    Provider(
        "tensorrt-llm",
        "tensorrt-llm",
        base_url="http://127.0.0.1:8000/v1",
        wire="chat",
        options=_COMMON_OPTIONS - {"service_tier"},
        names_reasons=True,
    ),
    Provider(
        "llama.cpp",
        "llama.cpp",
        hosts=(":8080",),
        key_variable="LLAMA_API_KEY",
        base_url="http://127.0.0.1:8080/v1",
        wire="chat",
        chat_extra={"timings_per_token": True, "cache_prompt": True},
        options=_COMMON_OPTIONS - {"service_tier"},
        timings="timings",
        names_reasons=True,
    ),
    Provider(
        "ollama",
        "ollama",
        hosts=(":11434",),
        base_url="http://127.0.0.1:11434/v1",
        wire="chat",
        options=_COMMON_OPTIONS - {"service_tier"},
    ),
    Provider(
        "nim",
        "nvidia",
        hosts=("integrate.api.nvidia.com", ".api.nvidia.com"),
        key_variable="NVIDIA_API_KEY",
        base_url="https://integrate.api.nvidia.com/v1",
        wire="chat",
        options=_COMMON_OPTIONS - {"service_tier"},
        open_models=True,
        names_reasons=True,
    ),
    Provider(
        "minimax",
        "minimax",
        hosts=("api.minimax.io", "api.minimaxi.com"),
        key_variable="MINIMAX_API_KEY",
        base_url="https://api.minimax.io/v1",
        wire="chat",
        options=_COMMON_OPTIONS - {"service_tier", "reasoning_effort"},
        names_reasons=True,
        asks_for=(("", MappingProxyType({"reasoning_split": True})),),
    ),
    Provider(
        "simulated",
        "simulated",
        wire="responses",
        options=_COMMON_OPTIONS,
        custom_tools=True,
        names_reasons=True,
    ),
    Provider("generic", "", options=_COMMON_OPTIONS),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({one.name: one for one in _ALL})
"""Every known provider by name; "generic" is any unknown host."""


def host_of(base_url: str) -> str:
    """The host name in `base_url` without user, port and path; "" where there is none."""
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def provider_for(base_url: str, named: str = "") -> Provider:
    """The provider of an endpoint: by its host, else the one named in the settings, else generic.

    A known host wins over a name, because the name "openai" is also the settings' default; a name
    wins over a port, because anything may listen on a port.
    """
    host = host_of(base_url).lower()
    for one in _ALL:
        for suffix in one.hosts:
            if suffix[0] != ":" and (
                host == suffix.lstrip(".") or host.endswith("." + suffix.lstrip("."))
            ):
                return one
    if named and named != "openai" and named in PROVIDERS:
        return PROVIDERS[named]
    try:
        port = urlsplit(base_url).port
    except ValueError:
        port = None
    for one in _ALL:
        if port is not None and f":{port}" in one.hosts:
            return one
    return PROVIDERS["generic"] if host else PROVIDERS["openai"]


def forbidden_fields(provider: Provider, model: str) -> frozenset[str]:
    """Top-level and dotted request fields this provider answers with an error for `model`."""
    refused = (fields for part, fields in provider.never_for if part in model)
    return provider.never.union(*refused)


def asked_for(provider: Provider, model: str) -> dict[str, Any]:
    """Fields by which `model` sends its thoughts apart from its answer."""
    lowered = model.lower()
    return next((dict(fields) for part, fields in provider.asks_for if part in lowered), {})


def wants_back(provider: Provider, model: str) -> bool:
    """Whether `model` wants its reasoning and the phase of its messages told back."""
    lowered = model.lower()
    return any(part in lowered for part in provider.replays)


def pick_options(
    provider: Provider, options: tuple[tuple[str, str], ...]
) -> dict[str, str | int | float | bool]:
    """The settings of a profile this provider understands, with numbers and booleans as such."""
    out: dict[str, str | int | float | bool] = {}
    for name, value in options:
        if name in provider.options:
            out[name] = _typed(value)
    return out


def _typed(value: str) -> str | int | float | bool:
    lowered = value.strip().lower()
    if lowered in {"true", "false"}:
        return lowered == "true"
    for kind in (int, float):
        try:
            return kind(lowered)
        except ValueError:
            continue
    return value
