"""`[endpoints.NAME]` tables: what one says, how one is laid over another, what it comes to.

Shipped ones (`endpoints.toml`), those set up from the screen (`core.keyfile`) and those of
config.toml share one syntax, so that any of them can change what an earlier one said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from spark_tui.core.config.toml import TomlFile
from spark_tui.core.cost.price_table import read_price
from spark_tui.core.cost.pricing import Price
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.endpoint.wire import NOTHING, EndpointProfile, Need, Source
from spark_tui.core.errors import SettingsError
from spark_tui.core.nearest import nearest
from spark_tui.core.regex import regex

SIMULATED = "sim"
"""The built-in simulated endpoint's name; it can't be configured away."""

WIRES = ("auto", "responses", "websocket", "chat")
OPENAI_URL = "https://api.openai.com/v1"

_TEXTS = (
    "base_url",
    "model",
    "wire",
    "key_variable",
    "dialect",
    "family",
    "checked",
    "sign_in",
    "client",
)
_KEYS = (*_TEXTS, "window", "price", "options", "send", "never")
CLIENTS = ("http", "sdk")

_OURS = frozenset({"model", "messages", "input", "instructions", "stream"})
"""Request fields that say what is asked: no setting writes over them."""

_VARIABLE = regex(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One `[endpoints.NAME]` table: where a model is and how to ask it.

    `base_url` may name environment variables as `${NAME}`. `options` are the settings providers
    share, by name; `send` are request fields sent as they are; `never` are fields (`outer.inner`)
    that are left out whatever asked for them. `family` says which edit format the model knows best
    ("openai" or another maker's), `window` the tokens that input and output may come to together,
    0 for unknown; `price` what they cost; all of them are the model's and go with it. `checked` is
    the day (ISO) somebody last looked whether they still hold. `sign_in` is "chatgpt" where one
    signs in with a ChatGPT plan instead of a key; it holds for OpenAI's own address only. `client`
    is what sends the requests: "http", or "sdk" for the `openai` SDK.
    """

    name: str
    base_url: str
    model: str = ""
    wire: str = "auto"
    key_variable: str = ""
    dialect: str = ""
    options: tuple[tuple[str, str], ...] = ()
    send: Mapping[str, Any] = field(default_factory=lambda: NOTHING, hash=False)
    never: tuple[str, ...] = ()
    family: str = ""
    window: int = 0
    price: Price | None = None
    checked: str = ""
    sign_in: str = ""
    client: str = "http"


def origin_of(url: str) -> str:
    """`https://host:port` of an address, "" where it has none: what a key is bound to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in ("http", "https"):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, usual) else "")


def is_loopback(url: str) -> bool:
    """Whether an address never leaves this machine."""
    try:
        return (urlsplit(url).hostname or "") in _LOOPBACK
    except ValueError:
        return False


def normal_url(url: str) -> str:
    """`url` with scheme and host as everybody writes them, as it is where that is not clear."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=user + at + host.lower()))


def name_for(url: str) -> str:
    """A short name for an address nobody named: the host, with the port on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "api.openai.com":
        return "openai"
    return f"{host}:{parts.port}" if host in _LOOPBACK and parts.port else host


def check_url(url: str, where: str) -> None:
    """Raise SettingsError unless `url` is an http(s) URL with a host and without credentials."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise SettingsError(f"{where}: {url!r} is not a web address", "http://HOST:PORT/v1")
    if parts.username or parts.password:
        raise SettingsError(f"{where}: no credentials in the address", "use key_variable")


def read_tables(
    tables: Mapping[str, object],
    origin: TomlFile,
    below: Callable[[str], EndpointSettings | None] = lambda _: None,
    *,
    today: str = "",
) -> tuple[EndpointSettings, ...]:
    """The `[endpoints.*]` tables of a file, each laid over what `below` gives for its name.

    `today` (ISO) decides which of dated prices hold. Raises SettingsError naming `origin` and the
    key.
    """
    return tuple(_read(name, table, origin, below(name), today) for name, table in tables.items())


def _read(
    name: str, value: object, origin: TomlFile, below: EndpointSettings | None, today: str
) -> EndpointSettings:
    where = f"endpoints.{name}"
    if name == SIMULATED:
        raise origin.wrong(where, f"{where}: {SIMULATED!r} is built in", "choose another name")
    table = as_table(value, origin, where)
    for key in table:
        if key not in _KEYS:
            raise unknown(origin, f"{where}.{key}", tuple(f"{where}.{k}" for k in _KEYS))
    texts = {key: as_text(table[key], origin, f"{where}.{key}") for key in _TEXTS if key in table}
    url = texts.get("base_url", "")
    if url and not _VARIABLE.search(url):
        try:
            check_url(url, f"{where}.base_url")
        except SettingsError as error:
            raise origin.wrong(f"{where}.base_url", error.what, *error.remedies) from None
    if url and below is not None and not _VARIABLE.search(below.base_url):
        same = origin_of(url) == origin_of(below.base_url)
        below = below if same else None  # elsewhere neither its key nor its ways are meant
    base = below or EndpointSettings(name, OPENAI_URL)
    if texts.get("model", base.model) != base.model:  # what is said of a model goes with it
        base = replace(base, family="", window=0, price=None, checked="")
    window = table.get("window", base.window)
    if isinstance(window, bool) or not isinstance(window, int) or window < 0:
        raise origin.wrong(f"{where}.window", f"{where}.window must be a number", "window = 131072")
    price = base.price
    if "price" in table:
        price = read_price(table["price"], f"{where}.price", origin, today=today, dated=True)
    wire = texts.get("wire", base.wire)
    if wire not in WIRES:
        raise origin.wrong(f"{where}.wire", f"{where}.wire: {wire!r}", f"one of {', '.join(WIRES)}")
    client = texts.get("client", base.client)
    if client not in CLIENTS:
        raise origin.wrong(
            f"{where}.client", f"{where}.client: {client!r}", f"one of {', '.join(CLIENTS)}"
        )
    options = as_table(table.get("options", {}), origin, f"{where}.options")
    given = {k: v if isinstance(v, str) else str(v).lower() for k, v in options.items()}
    send = as_table(table.get("send", {}), origin, f"{where}.send")
    for key in send:
        if key in _OURS:
            raise origin.wrong(
                f"{where}.send.{key}", f"{where}.send: {key!r} can't be set", "leave it out"
            )
    never = table.get("never", list(base.never))
    if not isinstance(never, list) or not all(isinstance(one, str) for one in never):
        raise origin.wrong(
            f"{where}.never", f"{where}.never must be a list of texts", 'never = ["…"]'
        )
    return replace(
        base,
        **texts,
        options=tuple({**dict(base.options), **given}.items()),
        send={**base.send, **send},
        never=tuple(never),
        window=window,
        price=price,
    )


def profile_of(
    given: EndpointSettings, environment: Mapping[str, str], source: Source
) -> EndpointProfile:
    """What a table comes to with these environment variables."""
    url = _expanded(given.base_url, environment)
    variable = given.key_variable
    if not variable and not given.sign_in and urlsplit(url).hostname == "api.openai.com":
        variable = "OPENAI_API_KEY"
    key = environment.get(variable, "").strip() if variable else ""
    need = Need.NOTHING
    if not url:
        need = Need.ADDRESS
    elif given.sign_in:
        need = Need.SIGN_IN
    elif variable and not key and not is_loopback(url):
        need = Need.KEY
    return EndpointProfile(
        given.name,
        url,
        given.model,
        given.wire,
        key,
        variable,
        given.dialect,
        options=given.options,
        send=given.send,
        never=given.never,
        source=source,
        need=need,
        key_from=variable if key else "",
        family=given.family,
        window=given.window,
        price=given.price,
        client=given.client,
        sign_in=given.sign_in if origin_of(url) == origin_of(OPENAI_URL) else "",
    )


def variables_in(url: str) -> tuple[str, ...]:
    """The environment variables an address names."""
    return tuple(_VARIABLE.findall(url))


def _expanded(url: str, environment: Mapping[str, str]) -> str:
    """The address with its variables filled in, "" where one is missing or it is none then."""
    values = {
        name: environment.get(name, "").strip().rstrip("/") for name in _VARIABLE.findall(url)
    }
    if not all(values.values()):
        return ""
    filled = _VARIABLE.sub(lambda found: values[found[1]], url)
    if values:
        check_url(filled, " and ".join(values))
    return filled


def unknown(origin: TomlFile, key: str, known: tuple[str, ...], at: str = "") -> SettingsError:
    """The error for a key that does not exist, with the nearest one that does.

    `at` is its place in the file where that is more than its name: a table in an array.
    """
    if key.endswith(("api_key", ".key", ".token")):
        hint = 'key_variable = "NAME": the environment variable that holds the key'
        return origin.wrong(at or key, f"unknown key {key!r}", hint)
    close = nearest(key, known)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(known)}"
    return origin.wrong(at or key, f"unknown key {key!r}", hint)


def as_text(value: object, origin: TomlFile, key: str, at: str = "") -> str:
    """`value` as text; `at` as in `unknown`. Raises SettingsError."""
    if not isinstance(value, str):
        raise origin.wrong(at or key, f"{key} must be a text", f'{key} = "…"')
    return value.strip()


def as_table(value: object, origin: TomlFile, key: str, at: str = "") -> dict[str, object]:
    """`value` as a table; `at` as in `unknown`. Raises SettingsError."""
    if not isinstance(value, dict):
        raise origin.wrong(at or key, f"{key} must be a table", f"[{key}]")
    return value
