"""The spend guard: what a turn will about cost, and when to ask before it goes out.

[spend]          # US dollars; off where nothing is set
turn = 0.5       # a turn that comes to more is asked about
day = 5.0        # so is one with which today's turns on this machine come to more
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from spark_tui.core.config.toml import TomlFile
from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import EndpointProfile

TYPICAL_OUTPUT = 400
"""Tokens an answer is taken to have before any of the session is known."""


@dataclass(frozen=True, slots=True)
class SpendLimits:
    """US dollars a turn and a day may cost without a question, None for no limit."""

    turn: float | None = None
    day: float | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """A limit a turn would pass: "turn" or "day", what it comes to, and the limit, US dollars."""

    span: str
    dollars: float
    limit: float


class Ledger(Protocol):
    """What was spent today on this machine."""

    def today(self) -> float:
        """US dollars so far; from memory, never blocks."""

    def add(self, dollars: float) -> None:
        """A turn cost so much. May block: call it in a thread."""


def expected(profile: EndpointProfile, tokens: int, outputs: Sequence[int]) -> float | None:
    """US dollars a request of `tokens` about comes to, None without a price.

    The answer is taken to be as long as the session's usually are; nothing counts as cached.
    """
    if profile.price is None:
        return None
    known = [one for one in outputs if one]
    from statistics import median  # heavy, for a shell's commands

    output = round(median(known)) if known else TYPICAL_OUTPUT
    tier = dict(profile.options).get("service_tier", "")
    return profile.price.of(tokens, 0, output, tier=tier)


def over(limits: SpendLimits, cost: float | None, today: float) -> Over | None:
    """The limit that a turn of `cost` would pass, None for none or where no price is known."""
    if cost is None:
        return None
    if limits.turn is not None and cost > limits.turn:
        return Over("turn", cost, limits.turn)
    if limits.day is not None and today + cost > limits.day:
        return Over("day", today + cost, limits.day)
    return None


def read_spend(table: Mapping[str, object], origin: TomlFile) -> SpendLimits:
    """The `[spend]` table. Raises SettingsError naming `origin` and the key."""
    found: dict[str, float] = {}
    for key, value in table.items():
        if key not in ("turn", "day"):
            raise origin.wrong(f"spend.{key}", f"unknown key 'spend.{key}'", "known: turn, day")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            raise origin.wrong(f"spend.{key}", f"spend.{key} must be US dollars", f"{key} = 0.5")
        found[key] = float(value)
    return SpendLimits(found.get("turn"), found.get("day"))
