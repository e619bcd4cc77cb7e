"""A program for a pseudo-terminal: streams a long seeded answer, then says DONE 1.

Arguments: SEED. Key `m` streams another one and says DONE 2; key `r` repaints everything through
Textual and says AGAIN. While it streams a popup opens and closes, and a neighbour changes.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState, TaggedLine
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    HunkGrew,
    HunksSet,
    HunkStarted,
    Said,
    TurnEnded,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Session
from spark_tui.ui.frame import FramePump, writer_backlog
from spark_tui.ui.style.palette import Palette, textual_theme
from spark_tui.ui.transcript.widget import Transcript

WORDS = (
    *("wait", "retry", "日本", "reply\tserver", "naïve", "e\u0301", "attempt", "→"),
    *("\x1b[31mred\u202e", "never"),
)
CODE = ["def f(x):", "    return x  # 日本語", "\tif x is None:", "", "class A:", "    '''doc'''"]


def storm(seed: int, part: int) -> Iterator[Event]:
    """Prose and hunks, longer than any screen, with decisions in between."""
    chance = random.Random(seed * 100 + part)
    label = EndpointLabel("sim", "", "built in")
    for turn in range(part * 10, part * 10 + 3):
        yield Asked(0, turn, f"turn {turn}", (), 100, label)
        for _ in range(chance.randrange(60, 200)):
            end = "\n\n" if chance.random() < 0.1 else " "
            yield Said(0, turn, chance.choice(WORDS) + end)
        for file in range(1, 4):
            hunk = HunkId(turn, file, "1")
            yield HunkStarted(0, turn, hunk, f"src/f{file}.py", FileOp.CREATE)
            lines = [chance.choice(CODE) for _ in range(chance.randrange(2, 60))]
            for text in lines:
                for n in range(0, len(text), 5):
                    yield HunkGrew(0, turn, hunk, (), text[:n], "+")
                yield HunkGrew(0, turn, hunk, (TaggedLine("+", text),), "", "+")
            new = tuple(line + "\n" for line in lines)
            done = Hunk(
                hunk, f"src/f{file}.py", FileOp.CREATE, HunkState.OPEN,
                base_span=(0, 0), new=new, added=len(new),
            )  # fmt: skip
            yield HunksSet(0, turn, (done,))
            if chance.random() < 0.6:
                yield Decided(0, turn, (hunk,), HunkState.KEPT)
        yield TurnEnded(0, turn, Ending.COMPLETE, Reading(output=99, elapsed_ns=10**9))


class Side(Widget):
    """A neighbour with something on each row."""

    DEFAULT_CSS = "Side { width: 12; height: 1fr; }"
    count = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        style = self.rich_style
        rows = [f"| {n if n % 3 else self.count}" for n in range(self.size.height)]
        strips = [Strip([Segment(r.ljust(self.size.width), style)]) for r in rows]
        return strips[crop.y : crop.bottom]


class Program(App[None]):
    """Header, body with a neighbour, foot."""

    CSS = """
    Screen { layers: base above; }
    Static { height: 1; }
    Horizontal { height: 1fr; }
    #over { layer: above; dock: bottom; height: 6; background: red; display: none; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        ("r", "again", "repaint"),
        ("m", "more", "more"),
    ]

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        look = Palette()
        self.register_theme(textual_theme(look.spec))
        self.theme = look.spec.name
        self.body = Transcript(look)
        self.side = Side()
        self.foot = Static("RUNNING", markup=False)
        self.over = Static("over", id="over", markup=False)
        self.rounds = 0
        self.pump = FramePump(self.body.handle, Session(), backlog=lambda: writer_backlog(self))

    def compose(self) -> ComposeResult:
        yield Static("head", markup=False)
        with Horizontal():
            yield self.body
            yield self.side
        yield self.foot
        yield self.over

    def on_mount(self) -> None:
        self.action_more()

    def action_more(self) -> None:
        """Stream."""
        self.rounds += 1
        self.run_worker(self.play())

    async def play(self) -> None:
        """Feed a few events at a time, scroll now and then."""
        chance = random.Random(self.seed + self.rounds)
        batch: list[Event] = []
        for event in storm(self.seed, self.rounds):
            batch.append(event)
            if len(batch) >= chance.randrange(1, 30):
                self.pump.handle(batch)
                batch = []
                await asyncio.sleep(0.002)
                if chance.random() < 0.02:
                    self.body.scroll_by(chance.randrange(-9, 9))
                if chance.random() < 0.02 and self.pump.flushes < 100 * self.rounds:
                    self.side.count += 1
                    self.side.refresh()
                if chance.random() < 0.03:
                    self.over.display = not self.over.display
        self.over.display = False
        self.pump.handle(batch)
        while not (self.pump.idle and self.body.settled):  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.005)
        # Said when what Textual itself still had to paint is on the screen.
        self.call_after_refresh(self.foot.update, f"DONE {self.rounds}")

    def action_again(self) -> None:
        """Everything once more, by Textual."""
        self.screen.refresh(layout=True)
        self.refresh(layout=True)
        self.call_after_refresh(self.foot.update, "AGAIN")


if __name__ == "__main__":
    Program(int(sys.argv[1])).run()
