"""The keys that were set up from the screen: a file only its owner reads, or the system's keyring.

The keyring is used where the optional `keyring` package is installed and has a place to keep
secrets. It is imported only when a key is in it or is saved: asking it may unlock it first.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from contextlib import suppress
from pathlib import Path

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.keyfile import (
    FILE_NAME,
    KEYRING,
    parse_keys,
    with_endpoint,
    write_keys,
)
from spark_tui.core.endpoint.profiles import EndpointSettings, origin_of
from spark_tui.core.endpoint.wire import EndpointProfile, Need
from spark_tui.core.errors import SettingsError
from spark_tui.services.home import shortened
from spark_tui.services.plain_files import SETTINGS_MOST, is_there, read_plain, write_private

SERVICE = "spark-tui"
"""The name our keys have in the keyring."""

KEYRING_WAIT_S = 5.0
"""A locked keyring asks its owner; nothing waits longer than this for the answer."""


def with_keyring(profile: EndpointProfile) -> EndpointProfile:
    """`profile` with its key, where the keyring has it. May block `KEYRING_WAIT_S`."""
    if profile.key_from != KEYRING or profile.key:
        return profile
    key = _from_keyring(origin_of(profile.base_url))
    return replace(profile, key=key, need=Need.NOTHING if key else Need.KEY)


def save(
    folder: Path, name: str, base_url: str, key: str = "", table: EndpointSettings | None = None
) -> str:
    """Keep an endpoint to start with, and its key; says where, for a person.

    `folder` is made with mode 0700, the file always has mode 0600. Raises SettingsError.
    """
    path = folder / FILE_NAME
    origin = origin_of(base_url)
    try:
        text = read_plain(path, SETTINGS_MOST, links=True).decode() if is_there(path) else ""
        ringed = bool(key) and _into_keyring(origin, key)
        known = parse_keys(text, str(path))
        saved = with_endpoint(known, name, origin, key=key, ring=ringed, table=table)
        write_private(path.resolve(), write_keys(saved).encode())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "not UTF-8 text"
        raise SettingsError(f"cannot write {path}: {reason}", "nothing is saved") from None
    shown = shortened(path)
    return f"in the keyring of this system, and {shown}" if ringed else shown


def loose(path: Path) -> bool:
    """Whether others may read the file."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def _from_keyring(origin: str) -> str:
    """The key the keyring holds, "" where it holds none or does not answer in time."""
    found: list[str] = []

    def ask() -> None:
        with suppress(Exception):  # backends raise errors of their own; none is worth a crash
            keyring = importlib.import_module("keyring")
            found.append(keyring.get_password(SERVICE, origin) or "")

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_WAIT_S)
    return found[0] if found else ""


def _into_keyring(origin: str, key: str) -> bool:
    """Whether the keyring took the key."""
    if importlib.util.find_spec("keyring") is None:
        return False
    try:
        keyring = importlib.import_module("keyring")
        keyring.set_password(SERVICE, origin, key)
        return bool(keyring.get_password(SERVICE, origin) == key)
    except Exception:  # noqa: BLE001 - no backend, a locked one, a refusal: the file serves
        return False
