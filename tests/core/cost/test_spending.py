"""The spend guard: what a turn will cost, and when it is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_tui.core.config.settings import parse
from spark_tui.core.cost.pricing import Price
from spark_tui.core.cost.spending import Over, SpendLimits, expected, over
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.errors import SettingsError
from spark_tui.services.spending import SpendFile

PRICED = EndpointProfile("p", "http://h/v1", "m", price=Price(10.0, 100.0))


def test_a_turn_is_estimated_by_its_input_and_the_answers_so_far() -> None:
    assert expected(EndpointProfile("p", "http://h/v1"), 1000, []) is None
    assert expected(PRICED, 1000, []) == pytest.approx(0.01 + 0.04)
    assert expected(PRICED, 1000, [0, 1000, 3000, 2000]) == pytest.approx(0.01 + 0.2)


def test_limits_are_passed_by_a_turn_or_with_it() -> None:
    limits = SpendLimits(turn=0.5, day=2.0)
    assert over(limits, 0.5, 1.5) is None
    assert over(limits, 0.51, 0.0) == Over("turn", 0.51, 0.5)
    day = over(limits, 0.5, 1.75)
    assert day == Over("day", 2.25, 2.0)
    assert over(SpendLimits(), 100.0, 100.0) is None
    assert over(limits, None, 100.0) is None


def test_the_settings_name_what_is_wrong() -> None:
    assert parse("[spend]\nturn = 0.5\n", "c.toml").spend == SpendLimits(0.5, None)
    with pytest.raises(SettingsError, match=r"unknown key 'spend\.hour'"):
        parse("[spend]\nhour = 1\n", "c.toml")
    with pytest.raises(SettingsError, match=r"spend\.day must be US dollars"):
        parse('[spend]\nday = "much"\n', "c.toml")


def test_the_day_is_summed_over_sessions_and_begins_anew(tmp_path: Path) -> None:
    day = ["2026-11-29"]
    path = tmp_path / "state" / "spend.log"
    one, two = SpendFile(path, lambda: day[0]), SpendFile(path, lambda: day[0])
    one.add(0.25)
    two.add(0.5)
    assert two.today() == pytest.approx(0.75)
    one.add(0.25)
    assert one.today() == pytest.approx(1.0)
    assert SpendFile(path, lambda: day[0]).today() == pytest.approx(1.0)
    assert path.stat().st_mode & 0o777 == 0o600
    day[0] = "2026-11-30"
    assert one.today() == 0.0
    one.add(0.1)
    assert SpendFile(path, lambda: day[0]).today() == pytest.approx(0.1)


def test_a_damaged_or_foreign_file_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "spend.log"
    path.write_bytes(b"2026-11-29 inf\n2026-11-29 x\n\xff\xfe 1\n2026-11-29 0.5")
    assert SpendFile(path, lambda: "2026-11-29").today() == pytest.approx(0.5)
    link = tmp_path / "link"
    link.symlink_to("/dev/zero")
    found = SpendFile(link, lambda: "2026-11-29")
    found.add(0.5)
    assert found.today() == pytest.approx(0.5)
