"""Settings: TOML in, one frozen value out, errors that name file, key and the nearest known key.

Order, later wins: defaults, the user's file, the project's file (harmless keys only), environment,
flags. This module parses and joins; `services.places` reads the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from spark_tui.core.context import nearest
from spark_tui.core.errors import SettingsError
from spark_tui.core.events import Mode
from spark_tui.core.wire import EndpointProfile

SIMULATED = "sim"
"""The built-in simulated endpoint's name; it can't be configured away."""

WIRES = ("auto", "responses", "websocket", "chat")

_ENDPOINT_KEYS = ("base_url", "model", "wire", "key_variable", "dialect", "options")
_TOP_KEYS = ("endpoint", "mode", "theme", "endpoints", "keys", "presets")
_PROJECT_KEYS = ("theme",)


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One `[endpoints.NAME]` table: where a model is and how to ask it."""

    name: str
    base_url: str
    model: str = ""
    wire: str = "auto"
    key_variable: str = ""
    dialect: str = ""
    options: tuple[tuple[str, str], ...] = ()


PRESETS = (
    ("docstring", "add a docstring"),
    ("types", "add type hints"),
    ("simplify", "simplify this, it must do the same as before"),
    ("guard None", "guard against None"),
)
"""What `1` to `4` say in the code view until `[presets]` says something else."""

MOST_PRESETS = 9


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `keys` maps a command's id to the key that runs it.

    `presets` are (name, instruction) in the order of the keys 1 to 9.
    """

    endpoint: str = ""
    mode: Mode = Mode.ASK
    theme: str = "spark-dark"
    endpoints: tuple[EndpointSettings, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    presets: tuple[tuple[str, str], ...] = PRESETS


def parse(
    text: str, origin: str, base: Settings | None = None, *, project: bool = False
) -> Settings:
    """Settings of one TOML file laid over `base`.

    `origin` is the file's name for messages. With `project` only harmless keys are taken: a
    repository never says where requests go or what runs. Raises SettingsError.
    """
    settings = base or Settings()
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{origin}: {error}", "correct the line, then start again") from None
    known = _PROJECT_KEYS if project else _TOP_KEYS
    if isinstance(table.get("endpoint"), dict):
        raise SettingsError(f"{origin}: unknown table 'endpoint'", "did you mean [endpoints.NAME]?")
    for key, value in table.items():
        if project and key in _TOP_KEYS and key not in _PROJECT_KEYS:
            raise SettingsError(
                f"{origin}: a project file may not set {key!r}", "put it into your own config.toml"
            )
        if key not in known:
            raise _unknown(origin, key, known)
        settings = _with_key(settings, key, value, origin)
    return settings


def _with_key(settings: Settings, key: str, value: object, origin: str) -> Settings:
    match key:
        case "endpoint":
            return replace(settings, endpoint=_text(value, origin, key))
        case "theme":
            return replace(settings, theme=_text(value, origin, key))
        case "mode":
            return replace(settings, mode=_mode(_text(value, origin, key), origin))
        case "presets":
            return replace(settings, presets=_presets(_table(value, origin, key), origin))
        case "endpoints":
            tables = _table(value, origin, key)
            given = tuple(_endpoint(n, t, origin) for n, t in tables.items())
            names = {e.name for e in given}
            kept = tuple(e for e in settings.endpoints if e.name not in names)
            return replace(settings, endpoints=(*kept, *given))
        case _:
            keys = _table(value, origin, key)
            pairs = tuple((k, _text(v, origin, f"keys.{k}")) for k, v in keys.items())
            return replace(settings, keys=pairs)


def _presets(table: Mapping[str, object], origin: str) -> tuple[tuple[str, str], ...]:
    given = tuple((k, _text(v, origin, f"presets.{k}")) for k, v in table.items())
    if len(given) > MOST_PRESETS:
        raise SettingsError(
            f"{origin}: {len(given)} presets, the keys are 1 to {MOST_PRESETS}", "take some out"
        )
    empty = next((name for name, text in given if not text), "")
    if empty:
        raise SettingsError(f"{origin}: presets.{empty} says nothing", f'{empty} = "what to do"')
    return given


def _endpoint(name: str, value: object, origin: str) -> EndpointSettings:
    where = f"endpoints.{name}"
    if name == SIMULATED:
        raise SettingsError(f"{origin}: {where}: {SIMULATED!r} is built in", "choose another name")
    table = _table(value, origin, where)
    for key in table:
        if key not in _ENDPOINT_KEYS:
            raise _unknown(origin, f"{where}.{key}", tuple(f"{where}.{k}" for k in _ENDPOINT_KEYS))
    texts = {
        key: _text(item, origin, f"{where}.{key}")
        for key, item in table.items()
        if key != "options"
    }
    url = texts.get("base_url", "https://api.openai.com/v1")
    check_url(url, f"{origin}: {where}.base_url")
    wire = texts.get("wire", "auto")
    if wire not in WIRES:
        raise SettingsError(f"{origin}: {where}.wire: {wire!r}", f"one of {', '.join(WIRES)}")
    options = _table(table.get("options", {}), origin, f"{where}.options")
    return EndpointSettings(
        name,
        url,
        texts.get("model", ""),
        wire,
        texts.get("key_variable", ""),
        texts.get("dialect", ""),
        tuple((k, v if isinstance(v, str) else str(v).lower()) for k, v in options.items()),
    )


def check_url(url: str, where: str) -> None:
    """Raise SettingsError unless `url` is an http(s) URL with a host and without credentials."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise SettingsError(f"{where}: {url!r} is not a web address", "http://HOST:PORT/v1")
    if parts.username or parts.password:
        raise SettingsError(f"{where}: no credentials in the address", "use key_variable")


@dataclass(frozen=True, slots=True)
class Choice:
    """The endpoints a session can use, the chosen one first, and why it was chosen.

    `fallback` is True when nothing is configured and the simulated one serves.
    """

    profiles: tuple[EndpointProfile, ...] = field(default=())
    fallback: bool = False

    @property
    def chosen(self) -> EndpointProfile:
        """The endpoint in use."""
        return self.profiles[0]


def choose_endpoint(settings: Settings, environment: Mapping[str, str], name: str = "") -> Choice:
    """Which endpoint a session starts on.

    `name` (a flag) wins; then OPENAI_BASE_URL; then the file's `endpoint`; then OPENAI_API_KEY;
    then the first configured one; else the simulated one. A key or a base URL is enough.
    SPARK_TUI_MODEL replaces the chosen one's model. Raises SettingsError.
    """
    profiles = {e.name: _profile(e, environment) for e in settings.endpoints}
    from_environment = _environment_profile(environment)
    simulated = EndpointProfile(
        SIMULATED, "", simulated=True, dialect="simulated", wire="responses"
    )
    everything = dict(profiles)
    if from_environment is not None:
        everything.setdefault(from_environment.name, from_environment)
    everything[SIMULATED] = simulated
    wanted = name or ("" if environment.get("OPENAI_BASE_URL") else settings.endpoint)
    fallback = False
    if wanted:
        if wanted not in everything:
            close = nearest(wanted, tuple(everything))
            hint = f"did you mean {close!r}?" if close else f"one of {', '.join(everything)}"
            raise SettingsError(
                f"no endpoint is named {wanted!r}", f"{hint} (config.toml names them)"
            )
        chosen = everything[wanted]
    elif from_environment is not None:
        chosen = from_environment
    elif profiles:
        chosen = next(iter(profiles.values()))
    else:
        chosen, fallback = simulated, True
    model = environment.get("SPARK_TUI_MODEL", "").strip()
    if model and not chosen.simulated:
        chosen = replace(chosen, model=model)
    rest = tuple(p for p in everything.values() if p.name != chosen.name)
    return Choice((chosen, *rest), fallback)


def _environment_profile(environment: Mapping[str, str]) -> EndpointProfile | None:
    url = environment.get("OPENAI_BASE_URL", "").strip()
    key = environment.get("OPENAI_API_KEY", "").strip()
    if not url and not key:
        return None
    if url:
        check_url(url, "OPENAI_BASE_URL")
    else:
        url = "https://api.openai.com/v1"
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = "openai" if host == "api.openai.com" else host
    if host in ("localhost", "127.0.0.1", "::1") and parts.port:
        name = f"{host}:{parts.port}"
    return EndpointProfile(name, url, key=key, key_variable="OPENAI_API_KEY", dialect="")


def _profile(given: EndpointSettings, environment: Mapping[str, str]) -> EndpointProfile:
    variable = given.key_variable
    if not variable and urlsplit(given.base_url).hostname == "api.openai.com":
        variable = "OPENAI_API_KEY"
    return EndpointProfile(
        given.name,
        given.base_url,
        given.model,
        given.wire,
        environment.get(variable, "").strip() if variable else "",
        variable,
        given.dialect,
        options=given.options,
    )


def _unknown(origin: str, key: str, known: tuple[str, ...]) -> SettingsError:
    if key.endswith(("api_key", ".key", ".token")):
        hint = 'key_variable = "NAME": the environment variable that holds the key'
        return SettingsError(f"{origin}: unknown key {key!r}", hint)
    close = nearest(key, known)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(known)}"
    return SettingsError(f"{origin}: unknown key {key!r}", hint)


def _text(value: object, origin: str, key: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{origin}: {key} must be a text", f'{key} = "…"')
    return value.strip()


def _table(value: object, origin: str, key: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(f"{origin}: {key} must be a table", f"[{key}]")
    return value


def _mode(value: str, origin: str) -> Mode:
    try:
        return Mode(value)
    except ValueError:
        choices = ", ".join(Mode)
        raise SettingsError(f"{origin}: mode {value!r}", f"one of {choices}") from None
