"""The endpoints a person can choose from and set up, as values."""

from __future__ import annotations

from urllib.parse import urlsplit

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.endpoint.keyfile import FILE_NAME, usable_key
from spark_tui.core.endpoint.profiles import check_url, is_loopback, name_for, origin_of
from spark_tui.core.endpoint.wire import EndpointProfile, EndpointState, Need, Source
from spark_tui.core.errors import SettingsError
from spark_tui.core.events import EndpointLabel

SIMULATED_MODEL = "simulated"
"""How the built-in endpoint's model is named, so that it is labelled under any address."""

_WIRES = {"websocket": "ws", "responses": "sse", "chat": "chat"}


@dataclass(frozen=True, slots=True)
class EndpointChoice:
    """One row of the endpoint list.

    `ready`: it can be used as it is; else it is set up first. `fixed`: config.toml says where it
    is and which model, only its key can be set here; `movable`: its address was set here and can
    be changed. `previous`: the one in use before.
    """

    name: str
    label: EndpointLabel
    address: str = ""
    need: Need = Need.NOTHING
    ready: bool = True
    in_use: bool = False
    previous: bool = False
    fixed: bool = False
    movable: bool = False
    key_from: str = ""


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What a person gave to set up an endpoint; `name` "" for one that nobody has named yet."""

    name: str = ""
    address: str = ""
    model: str = ""
    key: str = field(default="", repr=False)


def choice_of(profile: EndpointProfile, *, in_use: bool, previous: bool) -> EndpointChoice:
    """The row of a profile."""
    untried = profile.source is Source.SHIPPED and not (profile.key or profile.key_from)
    return EndpointChoice(
        profile.name,
        label(profile),
        profile.base_url,
        profile.need,
        ready=profile.simulated or in_use or not (untried or profile.need),
        in_use=in_use,
        previous=previous,
        fixed=profile.source is Source.CONFIG,
        movable=profile.source is Source.SAVED,
        key_from=profile.key_from,
    )


def drafted(draft: EndpointDraft, known: EndpointProfile | None) -> EndpointProfile:
    """The endpoint a draft describes, to be tested; `known` is the one it changes.

    A known key goes along to its own origin only. Raises SettingsError.
    """
    url = whole_address(draft.address) if draft.address.strip() else ""
    url = url or (known.base_url if known is not None else "")
    if not url:
        raise SettingsError("an address is needed", "http://HOST:PORT/v1")
    check_url(url, "address")
    key = usable_key(draft.key)
    if draft.key.strip() and not key:
        raise SettingsError("that can't be a key", "one word, as the provider shows it")
    same = known is not None and origin_of(url) == origin_of(known.base_url)
    if known is None or (known.base_url and not same):
        known = EndpointProfile(draft.name or name_for(url), url, dialect="", source=Source.SAVED)
    if not key and known.need is Need.KEY and same:
        raise SettingsError("a key is needed", "paste it into its line")
    if not key and known.key:
        return replace(known, base_url=url, model=draft.model.strip() or known.model)
    return replace(
        known,
        base_url=url,
        model=draft.model.strip() or known.model,
        key=key,
        key_from=FILE_NAME if key else "",
        need=Need.NOTHING,
        source=Source.SAVED if known.source is not Source.CONFIG else Source.CONFIG,
    )


def whole_address(text: str) -> str:
    """An address as people type it, made whole: scheme, and `/v1` where there is no path."""
    url = text.strip().rstrip("/")
    if "://" not in url:
        local = is_loopback(f"http://{url}") or ":" in url or "." not in url
        url = f"{'http' if local else 'https'}://{url}"
    try:
        path = urlsplit(url).path
    except ValueError:
        return url
    return url if path else f"{url}/v1"


def label(profile: EndpointProfile, state: EndpointState | None = None) -> EndpointLabel:
    """What screens say about a profile, with what is known of it by now."""
    state = state or EndpointState()
    wire = _WIRES.get(state.wire or profile.wire, "")
    window = min(filter(None, (state.window, profile.window)), default=0)
    if profile.simulated:
        return EndpointLabel(
            "simulated", state.model, "built in", wire, state.warm, simulated=True, window=window
        )
    host = urlsplit(profile.base_url).hostname or ""
    provider = "openai" if host == "api.openai.com" else host
    model = state.model or profile.model
    simulated = model.startswith(SIMULATED_MODEL)
    return EndpointLabel(profile.name, model, provider, wire, state.warm, simulated, window)
