"""Settings of the latency instrument: status items, objectives, prices, what to compare with.

[status]
items = ["endpoint", "ttft", "sparkline", "rate", "out", "in", "cached", "you", "time"]

[slo]                    # what counts as good: milliseconds
ttft_ms = 400
hunk_ms = 700

[prices.spark]           # see `core.cost.price_table`
input = 1.25
output = 10.0

[stats]
against = "mainstream"   # the endpoint whose medians others are compared with
"""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.config.toml import TomlFile
from spark_tui.core.cost.price_table import read_price
from spark_tui.core.cost.pricing import Price
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.nearest import nearest

STATUS_ITEMS = ("endpoint", "ttft", "sparkline", "rate", "out", "in", "cached", "you", "time")
"""Every item of the status line, in the order of the default."""

KEYS = ("status", "slo", "prices", "stats")
"""The top-level tables of this module."""


@dataclass(frozen=True, slots=True)
class Objectives:
    """A turn is good when it meets both: request to first token, Enter to first hunk on screen."""

    ttft_ms: float = 400.0
    hunk_ms: float = 700.0


@dataclass(frozen=True, slots=True)
class InstrumentSettings:
    """All of it. `prices` are by endpoint or model name; `against` is "" for none named."""

    items: tuple[str, ...] = STATUS_ITEMS
    slo: Objectives = Objectives()
    prices: tuple[tuple[str, Price], ...] = ()
    against: str = ""

    def price(self, endpoint: str, model: str) -> Price | None:
        """The price of an endpoint, else of its model, else None."""
        table = dict(self.prices)
        return table.get(endpoint) or table.get(model)


def with_table(
    settings: InstrumentSettings, key: str, table: Mapping[str, object], origin: TomlFile
) -> InstrumentSettings:
    """`settings` after one of the tables in `KEYS`. Raises SettingsError."""
    if key == "status":
        origin.no_others(table, ("items",), "status")
        return replace(settings, items=_items(table.get("items", list(STATUS_ITEMS)), origin))
    if key == "slo":
        origin.no_others(table, ("ttft_ms", "hunk_ms"), "slo")
        given = {name: origin.number(value, f"slo.{name}") for name, value in table.items()}
        return replace(settings, slo=replace(settings.slo, **given))
    if key == "stats":
        origin.no_others(table, ("against",), "stats")
        against = table.get("against", "")
        if not isinstance(against, str):
            raise origin.wrong("stats.against", "stats.against must be a text", 'against = "NAME"')
        return replace(settings, against=against.strip())
    prices = {
        name: read_price(value, f"prices.{name}", origin, today="") for name, value in table.items()
    }
    return replace(settings, prices=tuple({**dict(settings.prices), **prices}.items()))


def _items(value: object, origin: TomlFile) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        hint = f"items = [{', '.join(repr(one) for one in STATUS_ITEMS[:3])}, …]"
        raise origin.wrong("status.items", "status.items must be a list of texts", hint)
    for one in value:
        if one not in STATUS_ITEMS:
            close = nearest(one, STATUS_ITEMS)
            hint = f"did you mean {close!r}?" if close else f"one of {', '.join(STATUS_ITEMS)}"
            raise origin.wrong("status.items", f"status.items: there is no {one!r}", hint)
    return tuple(dict.fromkeys(value))
