"""Each main screen in three themes, as SVG.

After a change that is meant, look at the new pictures and keep them:
`python -m pytest tests/ui/test_snapshots.py --snapshot-update`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from spark_tui.core.config.theme import parse_theme
from spark_tui.ui.app import SparkApp
from spark_tui.ui.input.focus import Where
from spark_tui.ui.latency import instrument
from spark_tui.ui.options import OneShot, ShellOptions
from spark_tui.ui.style import highlight
from spark_tui.ui.style.highlight import Colourist
from tests.ui.scripted import FINISHED, SIMULATED, Drive, FakeConductor

FOLDER = Path(__file__).parents[2] / "themes"
THEMES = {
    name: parse_theme(tomllib.loads((FOLDER / f"{name}.toml").read_text()), name)
    for name in ("spark-dark", "spark-light", "high-contrast")
}
OURS_NS = 9_000_000

Steps = Callable[[Drive], Awaitable[None]]


async def welcome(drive: Drive) -> None:
    """Nothing asked, no key set."""


async def running(drive: Drive) -> None:
    """Two hunks are there, the third is being written."""
    await drive.ask("make backoff() honour Retry-After, at most 8 s, and test it")
    await drive.first()
    await drive.later()


async def typing(drive: Drive) -> None:
    """The answer is complete, the next instruction is being typed."""
    await running(drive)
    await drive.complete()
    await drive.press(*"and say so in the changelog")


async def review(drive: Drive) -> None:
    """The answer is complete, one hunk is kept."""
    await running(drive)
    await drive.complete()
    await drive.review()
    await drive.press("y")
    await drive.settled()


async def palette(drive: Drive) -> None:
    """Every command."""
    await drive.press("ctrl+p")


async def code(drive: Drive) -> None:
    """A file with selected lines."""
    await drive.press("ctrl+x", "f", *"net/retry.py", "enter")
    await drive.until(lambda: drive.where is Where.CODE)
    await drive.press("G", *"kkkkk", "v", "k")
    await drive.until(lambda: bool(drive.app.desk.code.saying.would_send))


async def finder(drive: Drive) -> None:
    """Files found by letters."""
    await drive.press("ctrl+x", "f", *"retry")


async def say(drive: Drive) -> None:
    """The instruction box on selected lines."""
    await code(drive)
    await drive.press("enter", *"cap it at 8 seconds")


async def one_edit(drive: Drive) -> None:
    """The screen of `spark-tui edit`, one hunk to decide."""
    await drive.settled()
    await drive.first()
    drive.fake.finish(FINISHED)
    await drive.settled()
    await drive.until(lambda: drive.app.desk.body.current is not None)


ONE_SHOT = OneShot("net/retry.py", (41, 42), "cap it at 8 seconds")

SCREENS: dict[str, tuple[Steps, tuple[int, int]]] = {
    "welcome": (welcome, (80, 24)),
    "running": (running, (120, 36)),
    "typing": (typing, (80, 24)),
    "review": (review, (80, 24)),
    "small": (review, (60, 16)),
    "palette": (palette, (80, 24)),
    "code": (code, (80, 24)),
    "finder": (finder, (80, 24)),
    "say": (say, (80, 24)),
    "one-edit": (one_edit, (80, 24)),
}


@pytest.fixture(autouse=True)
def _the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours come in the same frame as the text, however slow the machine is."""

    def warm(colourist: Colourist, paths: Sequence[str], then: object = None) -> None:
        colourist._ready |= {highlight.language(path) for path in paths} - {""}

    monkeypatch.setattr(Colourist, "warm", warm)
    monkeypatch.setattr(highlight, "SLICE_NS", 10**10)
    # What this machine needed to paint is the one figure that is not scripted.
    monkeypatch.setattr(instrument, "ours_ns", lambda *_: OURS_NS)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", SCREENS)
def test_the_screen_looks_as_it_did(
    screen: str, theme: str, snap_compare: Callable[..., bool]
) -> None:
    steps, size = SCREENS[screen]
    fake = FakeConductor(endpoint=SIMULATED) if screen == "welcome" else FakeConductor()
    one_shot = replace(ONE_SHOT) if screen == "one-edit" else None
    app = SparkApp(lambda: fake, ShellOptions(themes=THEMES, theme=theme, one_shot=one_shot))

    async def before(pilot: Pilot[Any]) -> None:
        drive = Drive(app, pilot, fake)
        await drive.until(lambda: app.desk.attached)
        await steps(drive)
        await drive.painted()

    assert snap_compare(app, terminal_size=size, run_before=before)
