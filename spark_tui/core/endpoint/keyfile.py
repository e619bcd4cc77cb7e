"""What setting up an endpoint from the screen leaves behind, as the text of `keys.toml`.

A key is filed under the origin it may go to (`https://host:port`): whatever an endpoint is called,
its key follows it to that origin and to no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from spark_tui.core.config.toml import TomlFile, toml_table
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.endpoint.profiles import (
    EndpointSettings,
    as_table,
    as_text,
    origin_of,
    read_tables,
    unknown,
)
from spark_tui.core.errors import SettingsError
from spark_tui.core.regex import regex

FILE_NAME = "keys.toml"
KEYRING = "keyring"
"""What a profile says of a key that the system's keyring holds."""

MAX_KEY = 4096
"""More characters than this are no key."""

_KEY_SHAPED = regex(r"(?:sk|gsk|csk|xai|nvapi|hf)[-_][A-Za-z0-9_-]{20,}")

_HEAD = (
    "# Written by spark-tui. A key goes only to the address it stands beside.\n"
    "# Readable by you only; config.toml wins over what is set here.\n"
)
_KEYS = ("endpoint", "api_keys", "keyring", "endpoints")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`endpoint` is the one to start with, "" for none; `keys` are by origin and never shown.

    `keyring` are the origins whose key the system's keyring holds.
    """

    endpoint: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    keyring: tuple[str, ...] = ()
    endpoints: tuple[EndpointSettings, ...] = ()


def parse_keys(
    text: str,
    origin: str,
    below: Callable[[str], EndpointSettings | None] = lambda _: None,
) -> KeyFile:
    """Read `keys.toml`. Raises SettingsError, which quotes nothing of the file."""
    file = TomlFile(origin, text)
    try:
        table = toml_table(text)
    except ValueError:
        raise SettingsError(
            f"{origin} is damaged", "mend or remove it, it is written anew"
        ) from None
    for key in table:
        if key not in _KEYS:
            raise unknown(file, key, _KEYS)
    keys = as_table(table.get("api_keys", {}), file, "api_keys")
    held = table.get("keyring", [])
    if not isinstance(held, list):
        raise file.wrong("keyring", "keyring must be a list", 'keyring = ["https://…"]')
    return KeyFile(
        as_text(table.get("endpoint", ""), file, "endpoint"),
        {origin_of(o) or o: as_text(k, file, f"api_keys.{o}") for o, k in keys.items()},
        tuple(str(one) for one in held),
        read_tables(as_table(table.get("endpoints", {}), file, "endpoints"), file, below),
    )


def write_keys(saved: KeyFile) -> str:
    """The text of `keys.toml`; `parse_keys` reads back the same."""
    lines = [_HEAD]
    if saved.endpoint:
        lines.append(f"endpoint = {_quoted(saved.endpoint)}")
    if saved.keyring:
        lines.append(f"keyring = [{', '.join(_quoted(one) for one in saved.keyring)}]")
    if saved.keys:
        lines += ["", "[api_keys]"]
        lines += [f"{_quoted(origin)} = {_quoted(key)}" for origin, key in saved.keys.items()]
    for one in saved.endpoints:
        lines += ["", f"[endpoints.{_quoted(one.name)}]", f"base_url = {_quoted(one.base_url)}"]
        if one.model:
            lines.append(f"model = {_quoted(one.model)}")
    return "\n".join(lines) + "\n"


def with_endpoint(
    saved: KeyFile,
    name: str,
    origin: str,
    *,
    key: str = "",
    ring: bool = False,
    table: EndpointSettings | None = None,
) -> KeyFile:
    """`saved` with this endpoint to start with; without `key` a known one of `origin` stays.

    With `ring` the key is only noted: the keyring holds it. `table` is what is set beyond that.
    """
    keys = {o: k for o, k in saved.keys.items() if o != origin or not key}
    ringed = tuple(o for o in saved.keyring if o != origin or not key)
    if key and ring:
        ringed = (*ringed, origin)
    elif key:
        keys[origin] = key
    tables = tuple(one for one in saved.endpoints if one.name != name)
    if table is not None:
        tables = (*tables, table)
    return replace(saved, endpoint=name, keys=keys, keyring=ringed, endpoints=tables)


def usable_key(text: str) -> str:
    """`text` as a key, "" where it can't be one: a header holds printable ASCII without spaces."""
    key = text.strip()
    good = key.isascii() and key.isprintable() and not any(c.isspace() for c in key)
    return key if good and len(key) <= MAX_KEY else ""


def looks_like_key(text: str) -> bool:
    """Whether a text is shaped as providers shape their keys, and nothing else."""
    return _KEY_SHAPED.fullmatch(text.strip()) is not None


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, apart from DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
