"""Price tables of settings in, prices out. A shipped price without a day is refused.

[prices.NAME]            # an endpoint's or a model's name; US dollars a million tokens
input = 2.0
cached = 0.1             # input read from the provider's cache; missing: as any input
cache_write = 2.5        # input written to the cache, where that is billed apart
output = 10.0
checked = "2026-11-29"   # the day somebody looked; shipped prices must have one
[prices.NAME.tiers]      # what a service tier multiplies all of it by
ultrafast = 3.0
[prices.NAME.later]      # tiers that are priced otherwise from a day on
from = "2027-03-01"
ultrafast = 6.0
[prices.NAME.long]       # requests of more input than `over` cost so many times as much
over = 272000
input = 2.0
output = 1.5
"""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.config.toml import TomlFile
from spark_tui.core.cost.pricing import Price
from spark_tui.core.regex import regex

_DAY = regex(r"\d{4}-\d\d-\d\d")
_KEYS = ("input", "cached", "cache_write", "output", "checked", "tiers", "later", "long")


def read_price(
    value: object, where: str, origin: TomlFile, *, today: str, dated: bool = False
) -> Price:
    """The price of a table. `today` (ISO) decides between tiers of now and `later`.

    With `dated` it must say when it was checked. Raises SettingsError naming `origin` and the key.
    """
    if not isinstance(value, dict):
        raise origin.wrong(where, f"{where} must be a table", f"[{where}]")
    origin.no_others(value, _KEYS, where)
    checked = value.get("checked", "")
    if not isinstance(checked, str) or ((checked or dated) and not _DAY.fullmatch(checked)):
        raise origin.wrong(
            f"{where}.checked", f"{where}.checked must be a day", 'checked = "2026-11-29"'
        )
    plain = {
        key: origin.number(value[key], f"{where}.{key}")
        for key in ("input", "cached", "cache_write", "output")
        if key in value
    }
    tiers = _numbers(value.get("tiers", {}), f"{where}.tiers", origin)
    later = dict(_table(value.get("later", {}), f"{where}.later", origin))
    start = later.pop("from", "")
    changed = _numbers(later, f"{where}.later", origin)
    if isinstance(start, str) and start and today >= start:
        tiers = {**tiers, **changed}
    long = _numbers(value.get("long", {}), f"{where}.long", origin)
    origin.no_others(long, ("over", "input", "output"), f"{where}.long")
    return Price(
        **plain,
        tiers=tuple(tiers.items()),
        long_over=int(long.get("over", 0)),
        long_input=long.get("input", 1.0),
        long_output=long.get("output", 1.0),
        checked=checked,
    )


def _table(value: object, where: str, origin: TomlFile) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise origin.wrong(where, f"{where} must be a table", f"[{where}]")
    return value


def _numbers(value: object, where: str, origin: TomlFile) -> dict[str, float]:
    table = _table(value, where, origin)
    return {key: origin.number(one, f"{where}.{key}") for key, one in table.items()}
