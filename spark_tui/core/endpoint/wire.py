"""What an endpoint sends, whatever the wire: small frozen events, stamped where bytes are read.

`at` is always nanoseconds of one monotonic clock (`time.monotonic_ns`), taken in the thread that
reads the socket. All events parsed from one read share its stamp.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from spark_tui.core.cost.pricing import Price
from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.remedy import Ways


class Channel(StrEnum):
    """Which part of an answer a delta belongs to. LOOK asks to see more: it is only metered."""

    TEXT = "text"
    TOOL = "tool"
    REASONING = "reasoning"
    LOOK = "look"


class Ending(StrEnum):
    """How an answer ended. Only COMPLETE may ever be written to disk without a person's key.

    COMPLETE had its terminal event; LENGTH hit a token limit; CUT broke off without a terminal
    event; STOPPED was interrupted by the person; FAILED was ended by an error; FILTERED was
    stopped or refused by the provider.
    """

    COMPLETE = "complete"
    LENGTH = "length"
    CUT = "cut"
    STOPPED = "stopped"
    FAILED = "failed"
    FILTERED = "filtered"


class FaultKind(StrEnum):
    """What went wrong at the endpoint, for choosing words and retries."""

    CONNECT = "connect"
    DNS = "dns"
    TLS = "tls"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    BAD_REQUEST = "bad-request"
    TOO_LONG = "too-long"
    RATE_LIMIT = "rate-limit"
    QUOTA = "quota"
    SERVER = "server"
    NOT_A_STREAM = "not-a-stream"
    REDIRECT = "redirect"
    MALFORMED = "malformed"
    TOO_BIG = "too-big"
    STALLED = "stalled"
    TIMEOUT = "timeout"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection is in hand. `reused` says it was already open; parts are ns, None if unknown."""

    at: int
    reused: bool
    dns_ns: int | None = None
    tcp_ns: int | None = None
    tls_ns: int | None = None


@dataclass(frozen=True, slots=True)
class RequestSent:
    """The last byte of the request was handed to the socket; `size` in bytes.

    TTFT counts from `started`, just before the first byte was written.
    """

    at: int
    started: int
    size: int


@dataclass(frozen=True, slots=True)
class HeadersRead:
    """The response head arrived (or the WebSocket accepted the request)."""

    at: int
    status: int
    model: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class FirstEvent:
    """The first event of the stream, whatever it is, was read."""

    at: int


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer. `tokens` is exact when the provider counts it, else None."""

    at: int
    text: str
    channel: Channel = Channel.TEXT
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class LookAsked:
    """The model called one of the request's `tools`; `arguments` as it wrote them."""

    at: int
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts from the provider. `output` includes `reasoning` and `unsent`.

    `unsent` are tokens that came as no text: audio, images, predictions that were rejected.
    `exact` is False where the counts contradict each other.
    """

    at: int
    input: int
    output: int
    cached: int = 0
    reasoning: int = 0
    unsent: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True)
class ServerTimings:
    """The provider's own account, ns; None where it does not say."""

    at: int
    queue_ns: int | None = None
    prefill_ns: int | None = None
    decode_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The lane (service tier) an answer was served in, where one was asked for."""

    at: int
    tier: str
    asked: str

    @property
    def other(self) -> bool:
        """Whether it is another one than what was asked for. `fast` is echoed as `priority`."""
        same = {"fast": "priority"}
        return same.get(self.tier, self.tier) != same.get(self.asked, self.asked)


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request will be sent again in `wait_s` seconds because of `why`; cancel still works.

    `fault` is the kind of what failed, None where another wire is taken without a failed answer.
    """

    at: int
    wait_s: float
    why: str
    attempt: int
    fault: FaultKind | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit of the provider: `remaining` of `limit`, full again in `reset_ns`."""

    limit: int
    remaining: int
    reset_ns: int


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What the provider says is left of its limits; None where it does not say."""

    at: int
    tokens: Allowance | None = None
    requests: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is over. For FAILED, `fault` and `message` say what, `remedies` what to do.

    Exactly one Ended closes every request, cancelled ones included. `certain` is False for a
    COMPLETE answer whose provider named no reason, or never closed its stream in form: an edit
    that is not closed then broke off.
    """

    at: int
    ending: Ending
    fault: FaultKind | None = None
    message: str = ""
    remedies: Ways = ()
    response_id: str = ""
    certain: bool = True


WireEvent = (
    Connected
    | RequestSent
    | HeadersRead
    | FirstEvent
    | Delta
    | LookAsked
    | Usage
    | ServerTimings
    | Served
    | Retrying
    | RateLimits
    | Ended
)


NOTHING: Mapping[str, Any] = MappingProxyType({})
"""No fields."""


class Source(StrEnum):
    """Where an endpoint comes from."""

    BUILT_IN = "built in"
    SHIPPED = "shipped"
    SAVED = "set up here"
    CONFIG = "config.toml"
    ENVIRONMENT = "environment"


class Need(StrEnum):
    """What an endpoint lacks before anything can be sent."""

    NOTHING = ""
    KEY = "key"
    ADDRESS = "address"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class EndpointProfile:
    """Where and how to ask. Configuration, never a constant.

    `wire` is "responses", "chat", "websocket" or "auto"; `key` is "" for none and is never shown,
    logged or put into an error; `label` is the short name on screen; `simulated` makes every
    screen say so. `dialect` names the provider's quirks (see services.endpoint.providers).
    `options` are shared settings by name, `send` fields sent as they are, `never` fields
    (`outer.inner`) left out. `key_from` says where the key was found. `family` says which edit
    format the model knows best, "" for what its name suggests; `window` how many tokens input and
    output may come to together, 0 for unknown; `price` what they cost, None where nobody looked.
    `sign_in` names the account one signs in with instead of a key ("chatgpt"), "" for none.
    `client` is what sends its requests: "http", or "sdk" for the `openai` SDK.
    """

    name: str
    base_url: str
    model: str = ""
    wire: str = "auto"
    key: str = ""
    key_variable: str = ""
    dialect: str = "openai"
    simulated: bool = False
    options: tuple[tuple[str, str], ...] = ()
    send: Mapping[str, Any] = field(default_factory=lambda: NOTHING, hash=False)
    never: tuple[str, ...] = ()
    source: Source = Source.CONFIG
    need: Need = Need.NOTHING
    key_from: str = ""
    family: str = ""
    window: int = 0
    price: Price | None = None
    sign_in: str = ""
    client: str = "http"

    def __repr__(self) -> str:
        """Everything but the key."""
        return (
            f"EndpointProfile(name={self.name!r}, base_url={self.base_url!r}, model={self.model!r},"
            f" wire={self.wire!r}, key={'set' if self.key else 'none'})"
        )

    def output_limit(self, asked: int) -> int:
        """The tokens an answer may have: as `asked`, at most the option `max_output_tokens`."""
        named = dict(self.options).get("max_output_tokens", "")
        return min(asked, int(named)) if named.isdecimal() and int(named) > 0 else asked


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What is known of an endpoint by now: "" where nothing is. `warm`: a connection is open.

    `window` is how many tokens its model reads at once, as the server said; 0 while it did not.
    """

    model: str = ""
    wire: str = ""
    warm: bool = False
    window: int = 0


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call: its name, what it does, its arguments as a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Looked:
    """A call of a tool, and what the model is shown for it."""

    call_id: str
    name: str
    arguments: str
    result: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a request: role is "user" or "assistant".

    With `looks` it is an answer that called tools, and what it was shown; `response_id` is what
    the server calls that answer, "" where that is not known.
    """

    role: str
    text: str
    looks: tuple[Looked, ...] = ()
    response_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A request in no wire's terms: each wire writes it its own way.

    `instructions` is the stable prefix (system text); `messages` end with the user's. With
    `patch_tool` the model may answer through a freeform `apply_patch` tool where the wire has it.
    `steer` is what to say where the request takes a running answer's place and the wire can steer
    it, "" where only the whole request will do. `follows` is the id of an answer after which
    `steer` is all there is to tell, for a wire whose server still has it. `max_output_tokens`
    bounds the answer, reasoning included. `cache_key` routes prompt caching. `tools` may be called,
    unless `must_answer`.
    """

    instructions: str
    messages: tuple[ChatMessage, ...]
    max_output_tokens: int
    patch_tool: bool = False
    cache_key: str = ""
    prediction: str = ""
    steer: str = ""
    follows: str = ""
    tools: tuple[Tool, ...] = ()
    must_answer: bool = False
