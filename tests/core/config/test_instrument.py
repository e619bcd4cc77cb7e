"""The instrument's tables in config.toml."""

from __future__ import annotations

import pytest

from spark_tui.core.config.instrument import STATUS_ITEMS, Objectives
from spark_tui.core.config.settings import Settings, parse
from spark_tui.core.cost.pricing import Price
from spark_tui.core.errors import SettingsError

GOOD = """
[status]
items = ["endpoint", "rate", "time"]
[slo]
ttft_ms = 250
[prices.spark]
input = 1.25
output = 10
[stats]
against = "mainstream"
"""


def test_tables_are_read_over_the_defaults() -> None:
    found = parse(GOOD, "config.toml").instrument
    assert found.items == ("endpoint", "rate", "time")
    assert found.slo == Objectives(250.0, 700.0)
    assert found.price("spark", "") == Price(1.25, 10.0)
    assert found.price("other", "spark") == Price(1.25, 10.0)
    assert found.price("other", "x") is None
    assert found.against == "mainstream"
    assert parse("", "config.toml").instrument.items == STATUS_ITEMS


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ('[status]\nitems = ["tft"]', "there is no 'tft'", "did you mean 'ttft'?"),
        ('[status]\nitems = "ttft"', "must be a list", "items = ["),
        ("[status]\nitem = []", "unknown key 'status.item'", "did you mean 'items'?"),
        ("[slo]\nttft_ms = 'fast'", "slo.ttft_ms must be a number", "ttft_ms = 1.5"),
        ("[slo]\nttft_ms = true", "slo.ttft_ms must be a number", "ttft_ms = 1.5"),
        ("[prices]\nspark = 3", "prices.spark must be a table", "[prices.spark]"),
        ("[prices.spark]\ninputs = 3", "unknown key 'prices.spark.inputs'", "'input'"),
        ("[prices.spark]\ninput = -1", "prices.spark.input must be a number", "input = 1.5"),
        ("[stats]\nagainst = 1", "stats.against must be a text", "against ="),
    ],
)
def test_wrong_tables_are_told_in_one_line(text: str, what: str, remedy: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(text, "config.toml")
    assert what in raised.value.what
    assert remedy in raised.value.remedies[0]


def test_a_project_file_sets_none_of_it() -> None:
    settings = parse(GOOD, ".spark.toml", project=True)
    assert settings.unused
    assert settings.instrument == Settings().instrument
