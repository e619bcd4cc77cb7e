"""The documentation says what the data says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spark_tui.core.checks import CheckRule
from spark_tui.core.config.settings import Settings, choose_endpoint, parse, parse_shipped
from spark_tui.core.dataclass import replace
from spark_tui.core.green.limits import GreenLimits
from spark_tui.core.green.loop import GreenEnding
from spark_tui.services.endpoint.providers import PROVIDERS
from spark_tui.services.places import shipped_endpoints

DOCS = Path(shipped_endpoints().parent / "docs" / "endpoints.md").read_text(encoding="utf-8")
SHIPPED = parse_shipped(shipped_endpoints().read_text(encoding="utf-8"), "endpoints.toml")
ROWS = {
    cells[0].strip("`"): cells
    for line in DOCS.splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_every_shipped_endpoint_is_in_the_table_as_it_is(one: object) -> None:
    given = next(e for e in SHIPPED if e is one)
    _, model, address, key, wire, sent = ROWS[given.name]
    assert model in (given.model, "the first it lists", "yours")
    assert (model == given.model) is bool(given.model)
    assert address.strip("`") in given.base_url
    assert given.key_variable in key
    assert wire == given.wire
    said = sent.replace("effort and verbosity", "reasoning_effort verbosity")
    for name, value in given.options:
        assert value in said, name
    for name in (*given.send, *given.never):
        assert name in said


def test_the_example_of_the_documentation_is_a_valid_file() -> None:
    [text] = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    settings = parse(text, "config.toml", Settings(shipped=SHIPPED))
    spark = choose_endpoint(settings, {"OPENAI_API_KEY": "k"}, "spark").chosen
    assert (spark.model, spark.wire) == ("its-successor", "websocket")


def test_the_settings_of_a_check_are_documented_as_they_are() -> None:
    page = Path(shipped_endpoints().parent / "docs" / "green.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    [rule] = parse(text, "config.toml").checks
    usual = CheckRule(rule.run)
    limits = GreenLimits(3, 180.0, 40_000, 1, 0.5)
    assert (rule.seconds, rule.fix, rule.limits) == (usual.seconds, usual.fix, limits)
    assert replace(rule.limits, seconds=None, usd=None) == usual.limits
    assert (rule.quick, rule.tries) == ("pytest -q -x {file}", True)
    assert (rule.report, rule.protect) == ("build/junit.xml", ("golden/", "*.sql"))
    for ending in GreenEnding:
        assert ending in page


def test_every_place_where_a_provider_tells_more_is_documented() -> None:
    for provider in PROVIDERS.values():
        assert not provider.timings or f"`{provider.timings}`" in DOCS


def test_the_command_line_names_every_shipped_endpoint() -> None:
    from spark_tui.cli import HELP

    for one in SHIPPED:
        assert one.name in HELP
