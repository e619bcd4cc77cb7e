"""Themes while the program runs: previewed, taken or left, followed on disk, by the ground."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from spark_tui.core.config.theme import ThemeSpec, default_theme, parse_theme
from spark_tui.core.errors import SettingsError, SparkError
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import Drive, FakeConductor, driven

DARK, LIGHT = default_theme(), default_theme(dark=False)
DUSK = parse_theme({"name": "dusk", "palette": {"ground": "#202040"}}, "dusk.toml")
THEMES = {t.name: t for t in (DARK, LIGHT, DUSK)}


def ground(drive: Drive) -> str:
    """The background of the screen's first cell, as painted."""
    strips = drive.app.screen._compositor.render_strips(drive.app.size)
    style = next(iter(strips[0])).style
    assert style is not None
    assert style.bgcolor is not None
    assert style.bgcolor.triplet is not None
    return style.bgcolor.triplet.hex


def options(theme: str = "spark-dark") -> ShellOptions:
    return ShellOptions(themes=THEMES, theme=theme)


async def test_moving_in_the_list_shows_the_theme_and_escape_keeps_the_old_one() -> None:
    async with driven(FakeConductor(), options=options()) as drive:
        await drive.press("ctrl+x", "p", "down", "down")
        assert ground(drive) == LIGHT.ground
        await drive.press("escape")
        assert ground(drive) == DARK.ground


async def test_typing_in_the_list_shows_what_is_found_and_enter_takes_it() -> None:
    async with driven(FakeConductor(), options=options()) as drive:
        await drive.press("ctrl+x", "p", *"dusk")
        assert ground(drive) == DUSK.ground
        await drive.press("enter")
        assert ground(drive) == DUSK.ground
        assert drive.app.theme == "dusk"


@pytest.mark.parametrize(("light", "seen"), [(True, LIGHT), (False, DARK)])
async def test_without_a_choice_the_ground_of_the_terminal_decides(
    *, light: bool, seen: ThemeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLORFGBG", raising=False)
    async with driven(FakeConductor(), options=options("auto")) as drive:
        drive.app.ground_is(light=light)
        await drive.painted()
        assert ground(drive) == seen.ground


async def test_a_chosen_theme_stays_whatever_the_ground_is() -> None:
    async with driven(FakeConductor(), options=options()) as drive:
        drive.app.ground_is(light=True)
        await drive.painted()
        assert ground(drive) == DARK.ground
    async with driven(FakeConductor(), options=options("auto")) as drive:
        drive.app.theming.use("dusk")
        drive.app.ground_is(light=True)
        await drive.painted()
        assert ground(drive) == DUSK.ground


async def test_a_light_ground_in_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", "0;15")
    async with driven(FakeConductor(), options=options("auto")) as drive:
        assert ground(drive) == LIGHT.ground


async def test_a_theme_file_that_changes_is_painted_and_a_wrong_one_is_told() -> None:
    news: asyncio.Queue[Mapping[str, ThemeSpec] | SparkError] = asyncio.Queue()

    async def changes() -> AsyncIterator[Mapping[str, ThemeSpec] | SparkError]:
        while True:
            yield await news.get()

    given = ShellOptions(themes=THEMES, theme="dusk", theme_changes=changes)
    async with driven(FakeConductor(), options=given) as drive:
        other = parse_theme({"name": "dusk", "palette": {"ground": "#402020"}}, "dusk.toml")
        news.put_nowait({**THEMES, "dusk": other})
        await drive.until(lambda: ground(drive) == "#402020")
        news.put_nowait(SettingsError("dusk.toml: roles.ad is not known", "nearest: add"))
        await drive.until(lambda: "roles.ad is not known" in drive.screen)
        assert ground(drive) == "#402020"
