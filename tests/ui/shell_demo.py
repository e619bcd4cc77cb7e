"""Plays the session screen with a scripted conductor.

Usage: python -m tests.ui.shell_demo [SCRIPT] [THEME]

SCRIPT: start (no key set), stream (the answer stops half-way), done (all of it).
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from spark_tui.ui.terminal.first_paint import Skeleton


def main(script: str, theme: str, skeleton: Skeleton) -> int:
    """Run one script."""
    from spark_tui.core.config.theme import parse_theme
    from spark_tui.core.endpoint.wire import Ending
    from spark_tui.core.events import Event, TurnEnded
    from spark_tui.ui.app import run
    from spark_tui.ui.options import ShellOptions
    from tests.ui import scripted as s

    folder = Path(__file__).resolve().parents[2] / "themes"
    themes = {}
    for file in sorted(folder.glob("*.toml")):
        spec = parse_theme(tomllib.loads(file.read_text()), file.name)
        themes[spec.name] = spec

    def play(turn: int, at: int) -> Sequence[Event]:
        events: list[Event] = [*s.first_events(turn, at), *s.later_events(turn, at)]
        if script == "stream":
            return events
        ended = TurnEnded(at + 470 * s.MS, turn, Ending.COMPLETE, s.FINISHED)
        return [*events, *s.last_events(turn, at), ended]

    def conductor() -> s.FakeConductor:
        endpoint = s.SIMULATED if script == "start" else s.SPARK
        return s.FakeConductor(endpoint=endpoint, script=play)

    return run(conductor, ShellOptions(themes=themes, theme=theme, skeleton=skeleton))


if __name__ == "__main__":
    given = [*sys.argv[1:], *("start", "spark-dark")[len(sys.argv) - 1 :]]
    with Skeleton() as first_paint:
        status = main(given[0], given[1], first_paint)
    sys.exit(status)
