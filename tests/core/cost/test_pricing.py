"""Prices: tables in, dollars out, to the cent."""

from __future__ import annotations

import random
import tomllib
from fractions import Fraction

import pytest

from spark_tui.core.config.settings import Settings, choose_endpoint, parse, parse_shipped
from spark_tui.core.config.toml import TomlFile
from spark_tui.core.cost.price_table import read_price
from spark_tui.core.cost.pricing import Price, dollars
from spark_tui.core.errors import SettingsError
from spark_tui.services.places import shipped_endpoints

TEXT = shipped_endpoints().read_text(encoding="utf-8")


def shipped(day: str) -> dict[str, Price | None]:
    return {one.name: one.price for one in parse_shipped(TEXT, "endpoints.toml", day)}


def test_fifty_usages_cost_what_the_table_says() -> None:
    numbers = random.Random(50)
    table = tomllib.loads(TEXT)["endpoints"]
    priced = [name for name, one in table.items() if "price" in one]
    prices = shipped("2026-11-29")
    for _ in range(50):
        name = numbers.choice(priced)
        said = table[name]["price"]
        given = numbers.choice([120, 8_000, 199_999, 200_001, 272_000, 272_001, 900_000])
        cached = numbers.randrange(given)
        written = numbers.randrange(given - cached + 1)
        output = numbers.randrange(60_000)
        tier = numbers.choice(["", "default", *said.get("tiers", {})])
        rate = {key: Fraction(str(said[key])) for key in said if key not in ("checked", "tiers",
                "later", "long")}  # fmt: skip
        into = (given - cached - written) * rate["input"]
        into += cached * rate.get("cached", rate["input"])
        into += written * rate.get("cache_write", rate["input"])
        out = output * rate["output"]
        long = said.get("long")
        if long and given > long["over"]:
            into, out = into * Fraction(long["input"]), out * Fraction(long["output"])
        wanted = (into + out) * Fraction(str(said.get("tiers", {}).get(tier, 1))) / 1_000_000
        price = prices[name]
        assert price is not None
        got = price.of(given, cached, output, written=written, tier=tier)
        assert abs(Fraction(got) - wanted) < Fraction(1, 10_000)  # a hundredth of a cent


def test_a_tier_is_priced_as_of_the_day() -> None:
    before, after = shipped("2027-02-28")["ultrafast"], shipped("2027-03-01")["ultrafast"]
    assert before is not None
    assert after is not None
    assert before.of(8_000, 0, 400, tier="ultrafast") == pytest.approx(0.06)
    assert after.of(8_000, 0, 400, tier="ultrafast") == pytest.approx(0.12)
    assert after.of(8_000, 0, 400, tier="default") == pytest.approx(0.02)


def test_every_shipped_price_and_model_says_when_it_was_looked_up() -> None:
    for one in parse_shipped(TEXT, "endpoints.toml"):
        if one.price is not None:
            assert one.price.checked
        if one.model:
            assert one.checked, one.name
            assert one.window, one.name
            assert one.family, one.name


def test_an_undated_price_is_refused_and_an_unknown_word_named() -> None:
    with pytest.raises(SettingsError, match="checked must be a day"):
        read_price({"input": 1}, "p", TomlFile("x.toml"), today="", dated=True)
    with pytest.raises(SettingsError, match=r"unknown key 'p\.inptu'"):
        read_price({"inptu": 1}, "p", TomlFile("x.toml"), today="")
    with pytest.raises(SettingsError, match=r"p\.tiers\.fast must be a number"):
        read_price({"tiers": {"fast": "x"}}, "p", TomlFile("x.toml"), today="")


def test_what_is_said_of_a_model_goes_with_it() -> None:
    base = Settings(shipped=parse_shipped(TEXT, "endpoints.toml"))
    mine = parse('[endpoints.groq]\nmodel = "other"\n', "config.toml", base)
    groq = next(p for p in choose_endpoint(mine, {}, "groq").profiles if p.name == "groq")
    assert (groq.price, groq.window, groq.family) == (None, 0, "")
    by_variable = choose_endpoint(base, {"SPARK_TUI_MODEL": "other"}, "groq").chosen
    assert (by_variable.price, by_variable.window) == (None, 0)
    assert choose_endpoint(base, {}, "groq").chosen.window == 131_072


def test_the_persons_own_price_wins() -> None:
    base = Settings(shipped=parse_shipped(TEXT, "endpoints.toml"))
    mine = parse("[prices.groq]\ninput = 9\noutput = 9\n", "config.toml", base)
    assert choose_endpoint(mine, {}, "groq").chosen.price == Price(9.0, 9.0)


@pytest.mark.parametrize(
    ("cost", "text"), [(0.0163, "$0.016"), (0.00042, "$0.0004"), (1.239, "$1.24"), (0.0, "$0.0000")]
)
def test_money_is_short(cost: float, text: str) -> None:
    assert dollars(cost) == text
