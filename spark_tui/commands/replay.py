"""`spark-tui replay TRACE`: a recorded turn in the session's screen, at its own pace."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from spark_tui.commands.arguments import Arguments
from spark_tui.core.errors import UsageError

SLOWEST, FASTEST = 0.001, 1000.0


def replay(args: Sequence[str]) -> int:
    """Play a trace; returns the exit status."""
    parser = Arguments(
        prog="spark-tui replay",
        description="Plays a recorded turn: the last one, one of `trace list`, or a file.",
    )
    parser.add_argument("trace", metavar="TRACE", nargs="?", default="last")
    parser.add_argument("--speed", type=float, default=1.0, help="0.1 takes ten times as long")
    parser.add_argument("--theme", default="")
    given = parser.parse_args(args)
    if not SLOWEST <= given.speed <= FASTEST:
        raise UsageError(f"--speed {given.speed:g}", f"a number from {SLOWEST:g} to {FASTEST:g}")

    from spark_tui.core.config.settings import AUTOMATIC
    from spark_tui.core.trace.decode import parse
    from spark_tui.services import places
    from spark_tui.services.trace import Traces, read_trace

    path = Traces(places.state_dir()).find(given.trace)
    trace = parse(read_trace(path), path.name)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a replay needs a terminal", "in a pipe: spark-tui trace show")
    settings = places.load_settings(None)
    themes = places.load_themes()
    theme = given.theme or settings.theme
    if theme != AUTOMATIC and theme not in themes:
        raise UsageError(f"no theme is named {theme!r}", f"one of {', '.join(sorted(themes))}")

    from spark_tui.pair.ports import Conductor
    from spark_tui.ui.app import run
    from spark_tui.ui.messages import words
    from spark_tui.ui.options import ShellOptions

    def conductor() -> Conductor:
        from time import monotonic_ns

        from spark_tui.pair.replay import Replay

        return Replay(trace, monotonic_ns, speed=given.speed, name=path.name)

    return run(
        conductor,
        ShellOptions(
            themes=themes,
            theme=theme,
            keys=dict(settings.keys),
            receipt=False,
            recorded=words.replaying(text=trace.header.text),
            instrument=settings.instrument,
        ),
    )
