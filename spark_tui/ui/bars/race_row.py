"""The row above the two columns of a race: each side's endpoint, figures and what is open."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.session import Turn
from spark_tui.ui.bars.status import rate_text, ttft_text
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, RoleText


@dataclass(frozen=True, slots=True)
class RaceSide:
    """One column: the endpoint's name, its turn as far as it has come, hunks gone with a twin."""

    name: str
    turn: Turn | None = None
    twins: int = 0
    chosen: bool = False


def side_parts(side: RaceSide, width: int) -> list[RoleText]:
    """One side in `width` cells; the chosen one is marked. Figures go last."""
    mark = "▸ " if side.chosen else "  "
    turn = side.turn
    simulated = turn is not None and turn.endpoint.simulated
    named = cut_middle(safe(side.name), max(width // 4, 10))
    texts = [words.race_simulated(named) if simulated else named]
    if turn is not None:
        running = turn.running
        texts += [ttft_text(turn.reading), rate_text(turn.reading, running=running)]
        if (state := _state(turn)) != "":
            texts.append(state)
        opened = sum(h.asks for h in turn.hunks)
        if opened:
            texts.append(f"{opened} open")
        if side.twins:
            texts.append(words.twins_gone(side.twins))
    first = texts[0]
    room = max(width - cells(mark) - cells(first), 0)
    rest = _joined(texts[1:])
    if cells(rest) > room and turn is not None and not turn.running:
        texts = [text for text in texts if text != _state(turn)]
        rest = _joined(texts[1:])
    if cells(rest) > room and len(texts) > 1:
        rest = _joined([texts[1].removeprefix("ttft "), *texts[2:]])
    rest = cut_end(rest, room)
    pad = " " * max(room - cells(rest), 0)
    role = "focus" if side.chosen else "muted"
    return [(role, f"{mark}{first}"), ("text" if side.chosen else "muted", f"{rest}{pad}")]


def _joined(texts: Sequence[str]) -> str:
    return "".join(f" · {text}" for text in texts)


def _state(turn: Turn) -> str:
    if turn.ending is None:
        return "waiting" if turn.reading.ttft_ns is None else "writing"
    if turn.ending is Ending.COMPLETE:
        return f"{turn.reading.elapsed_ns / 1e9:.2f} s"
    return "stopped" if turn.ending is Ending.STOPPED else "broke off"


class RaceRow(PaintedWidget):
    """One row while a race is on the screen, none otherwise."""

    def __init__(self) -> None:
        super().__init__(id="race")
        self._sides: tuple[RaceSide, ...] = ()
        self.display = False

    def show(self, sides: tuple[RaceSide, ...]) -> None:
        """Take both sides, none for no race; paints only what differs."""
        if sides != self._sides:
            self._sides = sides
            if self.display != bool(sides):
                self.display = bool(sides)
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        if len(self._sides) != 2:
            return []
        left = (width - 1) // 2
        one, two = self._sides
        parts = [*side_parts(one, left), ("rule", "│"), *side_parts(two, width - 1 - left)]
        return [self.line(*parts)]


class Divider(PaintedWidget):
    """The line between the columns."""

    DEFAULT_CSS = "Divider { width: 1; height: 100%; }"

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """A line from top to bottom."""
        return [self.line(("rule", "│")) for _ in range(height)]
