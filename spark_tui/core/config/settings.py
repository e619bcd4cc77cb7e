"""Settings: TOML in, one frozen value out, errors that name file, key and the nearest known key.

Order, later wins: defaults, the user's file, the project's file (harmless keys only), environment,
flags. This module parses and joins; `services.places` reads the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from spark_tui.core.checks import CheckRule
from spark_tui.core.config import instrument
from spark_tui.core.config.automation import CommentSettings, read_checks, read_comments
from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.config.toml import TomlFile, toml_table, without
from spark_tui.core.cost.spending import SpendLimits, read_spend
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.endpoint.keyfile import FILE_NAME, KEYRING, KeyFile
from spark_tui.core.endpoint.profiles import (
    OPENAI_URL,
    SIMULATED,
    WIRES,
    EndpointSettings,
    as_table,
    as_text,
    check_url,
    name_for,
    origin_of,
    profile_of,
    read_tables,
    unknown,
)
from spark_tui.core.endpoint.wire import EndpointProfile, Need, Source
from spark_tui.core.errors import SettingsError, together
from spark_tui.core.journal import JournalBounds
from spark_tui.core.looks import LookSetting
from spark_tui.core.mode import Mode
from spark_tui.core.nearest import nearest
from spark_tui.core.trace.settings import TraceSettings, read_traces

__all__ = ["SIMULATED", "WIRES", "Choice", "EndpointSettings", "Settings", "choose_endpoint"]

_TOP_KEYS = (
    "endpoint",
    "mode",
    "theme",
    "prompt",
    "review",
    "looks",
    "motion",
    "endpoints",
    "keys",
    "presets",
    "traces",
    "journal",
    "checks",
    "comments",
    "race",
    "spend",
    *instrument.KEYS,
)
_PROJECT_KEYS = ("theme", "looks")
_TRUSTED_KEYS = ("theme", "looks", "checks")


AUTOMATIC = "auto"
"""The theme that suits the terminal: light on a light ground, else dark."""

FLAVOURS = ("readline", "vim")
REVIEWS = ("asked", "auto")
MOTIONS = ("full", "reduced")

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

    `theme` is AUTOMATIC for the one that suits the terminal's ground. `prompt` is the flavour of
    its keys, `review` "auto" where the first hunk of an answer takes the keyboard, `motion`
    "reduced" where whole hunks appear at once and digits come at the end.

    `presets` are (name, instruction) in the order of the keys 1 to 9; `journal` is what is kept
    for undo.
    `endpoints` are config.toml's; `saved` what was set up from the screen, `shipped` what works by
    name without any of it. `race_on` lets the loser of a race run on. `looks` says whether the
    model may read more of the repository, `trusts_folder` that the person trusts its project file
    as it is. `untrusted` are keys that a project file set and that were left out, `unused` what is
    wrong with that file. `spend` says what is asked about before it is spent.
    """

    endpoint: str = ""
    mode: Mode = Mode.ASK
    theme: str = AUTOMATIC
    prompt: str = "readline"
    review: str = "asked"
    motion: str = "full"
    endpoints: tuple[EndpointSettings, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    presets: tuple[tuple[str, str], ...] = PRESETS
    journal: JournalBounds = field(default_factory=JournalBounds)
    saved: KeyFile = field(default_factory=KeyFile)
    shipped: tuple[EndpointSettings, ...] = ()
    checks: tuple[CheckRule, ...] = ()
    comments: CommentSettings = field(default_factory=CommentSettings)
    race_on: bool = False
    looks: LookSetting = LookSetting.ON
    trusts_folder: bool = False
    untrusted: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    instrument: InstrumentSettings = field(default_factory=InstrumentSettings)
    traces: TraceSettings = field(default_factory=TraceSettings)
    spend: SpendLimits = field(default_factory=SpendLimits)

    def below(self, name: str) -> EndpointSettings | None:
        """What a table of config.toml with this name is laid over."""
        for one in (*self.saved.endpoints, *self.shipped):
            if one.name == name:
                return one
        return None


def parse_shipped(text: str, origin: str, today: str = "") -> tuple[EndpointSettings, ...]:
    """The endpoints that come with the program, priced as of `today` (ISO).

    Raises SettingsError.
    """
    file = TomlFile(origin, text)
    tables = as_table(toml_table(text).get("endpoints"), file, "endpoints")
    return read_tables(tables, file, today=today)


def parse(
    text: str,
    origin: str,
    base: Settings | None = None,
    *,
    project: bool = False,
    trusted: bool = False,
) -> Settings:
    """Settings of one TOML file laid over `base`.

    `origin` is the file's name for messages. With `project` only harmless keys are taken: a
    repository never says where requests go, nor what runs unless the person `trusted` this very
    text; `untrusted` of the result says that it tried, `unused` what else of it is not taken: a
    repository keeps nobody from starting. Raises SettingsError for any other file, with all that is
    wrong in it, each with its line.
    """
    settings = base or Settings()
    file = TomlFile(origin, text)
    try:
        table = toml_table(text)
    except ValueError as error:
        raise file.wrong("", f"{error}", "correct the line, then start again") from None
    wrong: list[SettingsError] = []
    if project:
        settings = replace(settings, trusts_folder=trusted)
    for key, value in table.items():
        if project and key in _TRUSTED_KEYS and key not in _PROJECT_KEYS and not trusted:
            settings = replace(settings, untrusted=(*settings.untrusted, key))
            continue
        settings, found = _with_good(settings, key, value, file, project=project)
        wrong += found
    if project:
        return replace(settings, unused=(*settings.unused, *(error.what for error in wrong)))
    if wrong:
        raise together(wrong)
    return settings


def _with_good(
    settings: Settings, key: str, value: object, file: TomlFile, *, project: bool
) -> tuple[Settings, list[SettingsError]]:
    """With what is good of a top key, and what is wrong below it: each is left out in turn."""
    wrong: list[SettingsError] = []
    rest = {key: deepcopy(value)}
    while key in rest:
        try:
            return _with_known(settings, key, rest[key], file, project=project), wrong
        except SettingsError as error:
            found = (error, *error.others)
            wrong += found
            gone = [without(rest, one.key) for one in found]
            if not all(gone):
                break
    return settings, wrong


def _with_known(
    settings: Settings, key: str, value: object, origin: TomlFile, *, project: bool
) -> Settings:
    known = _TOP_KEYS if not project else _TRUSTED_KEYS
    if project and key == "looks" and value != LookSetting.OFF:
        raise origin.wrong(
            key, "a project file may only turn looks off", "put it into your own config.toml"
        )
    if project and key in _TOP_KEYS and key not in _TRUSTED_KEYS:
        raise origin.wrong(
            key, f"a project file may not set {key!r}", "put it into your own config.toml"
        )
    if key == "endpoint" and isinstance(value, dict):
        raise origin.wrong(key, "unknown table 'endpoint'", "did you mean [endpoints.NAME]?")
    if key not in known:
        raise unknown(origin, key, known)
    return _with_key(settings, key, value, origin)


def _with_key(settings: Settings, key: str, value: object, origin: TomlFile) -> Settings:
    match key:
        case "endpoint":
            return replace(settings, endpoint=as_text(value, origin, key))
        case "theme":
            return replace(settings, theme=as_text(value, origin, key))
        case "mode":
            return replace(settings, mode=_mode(as_text(value, origin, key), origin))
        case "journal":
            return replace(settings, journal=_bounds(as_table(value, origin, key), origin))
        case "prompt":
            return replace(settings, prompt=_one_of(value, origin, key, FLAVOURS))
        case "looks":
            return replace(
                settings, looks=LookSetting(_one_of(value, origin, key, tuple(LookSetting)))
            )
        case "review":
            return replace(settings, review=_one_of(value, origin, key, REVIEWS))
        case "motion":
            return replace(settings, motion=_one_of(value, origin, key, MOTIONS))
        case "presets":
            return replace(settings, presets=_presets(as_table(value, origin, key), origin))
        case "checks":
            return replace(settings, checks=(*settings.checks, *read_checks(value, origin)))
        case "comments":
            return replace(settings, comments=read_comments(value, origin))
        case "race":
            return replace(settings, race_on=_keeps_loser(as_table(value, origin, key), origin))
        case "spend":
            return replace(settings, spend=read_spend(as_table(value, origin, key), origin))
        case "traces":
            return replace(settings, traces=read_traces(as_table(value, origin, key), origin))
        case "endpoints":
            given = read_tables(as_table(value, origin, key), origin, settings.below)
            names = {e.name for e in given}
            kept = tuple(e for e in settings.endpoints if e.name not in names)
            return replace(settings, endpoints=(*kept, *given))
        case "status" | "slo" | "prices" | "stats":
            table = as_table(value, origin, key)
            changed = instrument.with_table(settings.instrument, key, table, origin)
            return replace(settings, instrument=changed)
        case _:
            keys = as_table(value, origin, key)
            pairs = tuple((k, as_text(v, origin, f"keys.{k}")) for k, v in keys.items())
            return replace(settings, keys=pairs)


def _bounds(table: Mapping[str, object], origin: TomlFile) -> JournalBounds:
    known = ("entries", "megabytes")
    for key, value in table.items():
        if key not in known:
            raise unknown(origin, f"journal.{key}", tuple(f"journal.{k}" for k in known))
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise origin.wrong(
                f"journal.{key}", f"journal.{key} must be a whole number from 1", f"{key} = 1000"
            )
    return replace(JournalBounds(), **{key: int(str(value)) for key, value in table.items()})


def _keeps_loser(table: Mapping[str, object], origin: TomlFile) -> bool:
    for key in table:
        if key != "keep":
            raise unknown(origin, f"race.{key}", ("race.keep",))
    keep = table.get("keep", False)
    if not isinstance(keep, bool):
        raise origin.wrong("race.keep", "race.keep must be true or false", "keep = true")
    return keep


def _one_of(value: object, origin: TomlFile, key: str, choices: tuple[str, ...]) -> str:
    text = as_text(value, origin, key)
    if text not in choices:
        raise origin.wrong(key, f"{key} {text!r}", f"one of {', '.join(choices)}")
    return text


def _presets(table: Mapping[str, object], origin: TomlFile) -> tuple[tuple[str, str], ...]:
    given = tuple((k, as_text(v, origin, f"presets.{k}")) for k, v in table.items())
    if len(given) > MOST_PRESETS:
        raise origin.wrong(
            "presets", f"{len(given)} presets, the keys are 1 to {MOST_PRESETS}", "take some out"
        )
    empty = next((name for name, text in given if not text), "")
    if empty:
        raise origin.wrong(
            f"presets.{empty}", f"presets.{empty} says nothing", f'{empty} = "what to do"'
        )
    return given


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

    `name` (a flag) wins; then OPENAI_BASE_URL; then the file's `endpoint`; then the one set up
    last from the screen; then OPENAI_API_KEY; then the first configured one; else the simulated
    one. A key or a base URL is enough. A key set from the screen is used before an environment
    variable's. SPARK_TUI_MODEL replaces the chosen one's model. Raises SettingsError.
    """
    profiles = {e.name: _keyed(e, environment, Source.CONFIG, settings) for e in settings.endpoints}
    everything = dict(profiles)
    from_environment = _environment_profile(environment, settings)
    if from_environment is not None:
        everything.setdefault(from_environment.name, from_environment)
    everything[SIMULATED] = EndpointProfile(
        SIMULATED,
        "",
        simulated=True,
        dialect="simulated",
        wire="responses",
        source=Source.BUILT_IN,
    )
    for source, tables in (
        (Source.SAVED, settings.saved.endpoints),
        (Source.SHIPPED, settings.shipped),
    ):
        for table in tables:
            everything.setdefault(table.name, _keyed(table, environment, source, settings))
    wanted = name or ("" if environment.get("OPENAI_BASE_URL") else settings.endpoint)
    last = settings.saved.endpoint
    fallback = False
    if wanted:
        if wanted not in everything:
            close = nearest(wanted, tuple(everything))
            hint = f"did you mean {close!r}?" if close else f"one of {', '.join(everything)}"
            raise SettingsError(
                f"no endpoint is named {wanted!r}", f"{hint} (config.toml names them)"
            )
        chosen = everything[wanted]
    elif from_environment is not None and environment.get("OPENAI_BASE_URL"):
        chosen = from_environment
    elif last in everything:
        chosen = everything[last]
    elif from_environment is not None:
        chosen = everything[from_environment.name]
    elif profiles:
        chosen = next(iter(profiles.values()))
    else:
        chosen, fallback = everything[SIMULATED], True
    model = environment.get("SPARK_TUI_MODEL", "").strip()
    if model and model != chosen.model and not chosen.simulated:
        chosen = replace(chosen, model=model, family="", window=0, price=None)
    rest = [p for p in everything.values() if p.name != chosen.name]
    return Choice(tuple(_priced(p, settings.instrument) for p in (chosen, *rest)), fallback)


def _priced(profile: EndpointProfile, known: InstrumentSettings) -> EndpointProfile:
    """With the person's own price for it, where they set one."""
    own = known.price(profile.name, profile.model)
    return profile if own is None else replace(profile, price=own)


def _environment_profile(
    environment: Mapping[str, str], settings: Settings
) -> EndpointProfile | None:
    url = environment.get("OPENAI_BASE_URL", "").strip()
    key = environment.get("OPENAI_API_KEY", "").strip()
    if not url and not key:
        return None
    if url:
        check_url(url, "OPENAI_BASE_URL")
    name = name_for(url or OPENAI_URL)
    table = EndpointSettings(name, url or OPENAI_URL, key_variable="OPENAI_API_KEY")
    known = settings.below(name)
    if known is not None and origin_of(known.base_url) == origin_of(table.base_url):
        table = replace(known, base_url=table.base_url)
    found = _keyed(table, environment, Source.ENVIRONMENT, settings)
    return replace(found, need=Need.NOTHING)  # an address in the environment may need no key


def _keyed(
    table: EndpointSettings, environment: Mapping[str, str], source: Source, settings: Settings
) -> EndpointProfile:
    """The profile of a table, with the key that was set from the screen where there is one."""
    profile = profile_of(table, environment, source)
    return with_saved_key(profile, settings.saved)


def with_saved_key(profile: EndpointProfile, saved: KeyFile) -> EndpointProfile:
    """`profile` with the key filed under its origin, if any; the keyring's is fetched later."""
    origin = origin_of(profile.base_url)
    if profile.simulated or profile.sign_in or not origin:
        return profile
    if origin in saved.keyring:
        return replace(profile, key="", key_from=KEYRING, need=Need.NOTHING)
    key = saved.keys.get(origin, "")
    if not key:
        return profile
    return replace(profile, key=key, key_from=FILE_NAME, need=Need.NOTHING)


def _mode(value: str, origin: TomlFile) -> Mode:
    try:
        return Mode(value)
    except ValueError:
        choices = ", ".join(Mode)
        raise origin.wrong("mode", f"mode {value!r}", f"one of {choices}") from None
