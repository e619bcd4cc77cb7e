"""Which theme the screen is painted in: chosen, looked at, followed on disk, or by the ground."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from textual.theme import Theme

from spark_tui.core.config.settings import AUTOMATIC
from spark_tui.core.config.theme import (
    SUITS_DARK,
    SUITS_LIGHT,
    ThemeSpec,
    default_theme,
    ground_of_environment,
)
from spark_tui.core.errors import SparkError
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Sayable
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.style.palette import Palette, textual_theme

ThemeChanges = AsyncIterator[Mapping[str, ThemeSpec] | SparkError]
"""All themes again after each change on disk, or what is wrong with one."""


class ThemedApp(Protocol):
    """The application, as far as its theme goes."""

    palette: Palette

    def register_theme(self, theme: Theme) -> None:
        """Make a theme known to the framework."""

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles anew."""

    def paint_in(self, spec: ThemeSpec) -> None:
        """Paint everything in this theme."""

    def say(self, message: Sayable, *, error: bool = False) -> None:
        """Show a message in the keys row."""


class Theming:
    """All themes by name, and the way from one to another. `wanted` may be AUTOMATIC."""

    def __init__(self, app: ThemedApp, themes: Mapping[str, ThemeSpec], wanted: str) -> None:
        self.app = app
        self.themes = themes or {SUITS_DARK: default_theme()}
        self._by_ground = wanted == AUTOMATIC

    def first(self, wanted: str, colorfgbg: str) -> ThemeSpec:
        """The theme to start with; `colorfgbg` is the environment's word on the ground."""
        if wanted == AUTOMATIC:
            light = ground_of_environment(colorfgbg) is True
            wanted = SUITS_LIGHT if light else SUITS_DARK
        return self.themes[wanted if wanted in self.themes else min(self.themes)]

    def register(self, spec: ThemeSpec) -> None:
        """Make a theme known to the framework, before it is painted in."""
        self.app.register_theme(textual_theme(spec))

    @property
    def current(self) -> str:
        """The name of the theme on the screen."""
        return self.app.palette.spec.name

    def use(self, name: str) -> None:
        """Paint everything in another theme, at once, and say how to keep it."""
        self._by_ground = False
        self.app.paint_in(self.themes[name])
        self.app.say(words.theme_for_now(name))

    def preview(self, name: str) -> None:
        """Paint everything in a theme that is only looked at."""
        if name in self.themes and name != self.current:
            self.app.paint_in(self.themes[name])

    def ground_is(self, *, light: bool) -> None:
        """The terminal told its ground; without a chosen theme the one that suits it is taken."""
        if self._by_ground:
            self.preview(SUITS_LIGHT if light else SUITS_DARK)

    async def follow(self, changes: Callable[[], ThemeChanges]) -> None:
        """Theme files that change are painted at once; a wrong one is told and left out."""
        async for found in changes():
            if isinstance(found, SparkError):
                self.app.say(on_screen(found.what, found.remedies, error=True))
                continue
            self.themes = {**self.themes, **found}
            if self.themes[self.current] != self.app.palette.spec:
                self.app.paint_in(self.themes[self.current])
                self.app.refresh_css(animate=False)
