"""The `[traces]` table of the user's settings."""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.config.toml import TomlFile
from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.profiles import unknown

MOST = 10_000
_KEYS = ("text", "keep")


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """Whether traces hold text, and how many are kept (0: none is written)."""

    text: bool = False
    keep: int = 200


def read_traces(table: Mapping[str, object], origin: TomlFile) -> TraceSettings:
    """The table's settings. Raises SettingsError naming `origin` and the key."""
    for key in table:
        if key not in _KEYS:
            raise unknown(origin, f"traces.{key}", tuple(f"traces.{k}" for k in _KEYS))
    usual = TraceSettings()
    text, keep = table.get("text", usual.text), table.get("keep", usual.keep)
    if not isinstance(text, bool):
        raise origin.wrong("traces.text", "traces.text must be true or false", "text = true")
    if not isinstance(keep, int) or isinstance(keep, bool) or not 0 <= keep <= MOST:
        raise origin.wrong("traces.keep", f"traces.keep must be 0 to {MOST:,}", "keep = 200")
    return TraceSettings(text, keep)
