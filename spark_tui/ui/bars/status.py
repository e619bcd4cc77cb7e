"""The bottom row: endpoint, time to first token, rate, counts, our share, time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from textual.strip import Strip

from spark_tui.core.config.instrument import STATUS_ITEMS
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.events import EndpointLabel
from spark_tui.core.green.view import GreenView
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Session, Turn
from spark_tui.core.tokens import short
from spark_tui.ui.messages import green as green_words
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, RoleText

_BARS = "▁▂▃▄▅▆▇"
NONE = "–"
PER_SECOND = 10


def sparkline(history: Sequence[float], count: int = 5) -> str:
    """The last `count` rates as bars, the highest full; "" without any."""
    rates = list(history)[-count:]
    top = max(rates, default=0.0)
    if top <= 0:
        return ""
    return "".join(_BARS[min(int(r / top * len(_BARS)), len(_BARS) - 1)] for r in rates)


def rate_text(reading: Reading, *, running: bool) -> str:
    """`1,039 t/s`, `~` where tokens are estimated, `–` where no rate can be known."""
    rate = reading.live_tps if running and reading.live_tps is not None else reading.decode_tps
    if rate is None:
        return f"{NONE} t/s"
    return f"{reading.guess}{rate:,.0f} t/s"


def ttft_text(reading: Reading) -> str:
    """`ttft 87 ms`."""
    if reading.ttft_ns is None:
        return f"ttft {NONE} ms"
    return f"ttft {reading.ttft_ns / 1e6:,.0f} ms"


@dataclass(frozen=True, slots=True)
class StatusItem:
    """One item of the row: it takes `least` cells and `gap` more before the next one begins.

    A text that is longer eats into the gap, so that the items after it stay where they are.
    """

    name: str
    part: RoleText
    least: int
    gap: int

    @property
    def width(self) -> int:
        """Cells up to where the next item begins."""
        return max(self.least + self.gap, cells(self.part[1]) + 1)


DROPS = ("sparkline", "cached", "you", "in", "out", "time")
"""What goes first where the row is too narrow."""


def status_parts(
    label: EndpointLabel,
    reading: Reading,
    width: int,
    *,
    asked: bool,
    running: bool,
    ours_ns: int | None = None,
    tokens: int | None = None,
    names: Sequence[str] = STATUS_ITEMS,
    check: RoleText | None = None,
    loop: bool = False,
) -> list[RoleText]:
    """The row. Items start at fixed columns; what does not fit goes in a fixed order.

    `ours_ns` is what our client added, shown as `you`; `tokens` the estimated input, shown until
    the provider has counted; `names` the items wanted. The endpoint is always named. `check` is
    what the person's checks say of the last apply, at the end where there is room; with `loop`
    it is what a green loop does, for which figures of the answer make room.
    """
    wanted = tuple(names) if "endpoint" in names else ("endpoint", *names)
    if loop:
        wanted = tuple(name for name in wanted if name in {"endpoint", "ttft", "rate"})
    if not asked:
        wanted = tuple(name for name in wanted if name in {"endpoint", "ttft", "rate"})
    if width < 100:
        wanted = tuple(name for name in wanted if name != "cached")
    if width < 80:
        wanted = tuple(name for name in wanted if name not in {"sparkline", "you", "in", "out"})
    gap = 4 if width >= 100 else 3 if width >= 80 else 2
    texts = _texts(label, reading, running=running, ours_ns=ours_ns, tokens=tokens)
    items = []
    for name, follower in zip(wanted, (*wanted[1:], ""), strict=True):
        role = "simulated" if name == "endpoint" and label.simulated else "text"
        text, least = texts[name]
        after = 1 if follower in _JOINED.get(name, "") else gap
        after = min(after, 3) if name in {"endpoint", "ttft"} else after
        items.append(StatusItem(name, (role, text), least, after))
    for dropped in ("", *DROPS):
        items = [item for item in items if item.name != dropped]
        if 2 + _length(items) <= width:
            break
    parts: list[RoleText] = [("text", "  ")]
    for number, item in enumerate(items):
        last = number + 1 == len(items)
        parts += [item.part, ("text", "" if last else " " * (item.width - cells(item.part[1])))]
    room = width - sum(cells(text) for _, text in parts) - gap - 2
    if check is not None and check[1] and (loop or cells(check[1]) <= room):
        parts += [("text", " " * gap), (check[0], cut_end(check[1], max(room, 0)))]
    return parts


_JOINED = {"sparkline": ("rate",), "in": ("cached",)}
"""Items that stand close together when they follow each other."""


def _texts(
    label: EndpointLabel,
    reading: Reading,
    *,
    running: bool,
    ours_ns: int | None,
    tokens: int | None,
) -> dict[str, tuple[str, int]]:
    """The text of each item and the cells it usually takes."""
    into, share = f"in {NONE}", ""
    if reading.input is not None:
        into = f"in {short(reading.input)}"
        if reading.cached and reading.input:
            share = f"({100 * reading.cached / reading.input:.0f}% cached)"
    elif tokens:
        into = f"in ~{short(tokens)}"
    name = endpoint_name(label)
    out_none = f"out {NONE}"
    return {
        "endpoint": (name, cells(name)),
        "ttft": (ttft_text(reading), 10),
        "sparkline": (sparkline(reading.history), 5),
        "rate": (rate_text(reading, running=running), 9),
        "out": (
            f"out {reading.guess}{short(reading.output)}" if reading.output else out_none,
            8,
        ),
        "in": (into, 7),
        "cached": (share, 12),
        "you": (f"you {words.ms(ours_ns)}" if ours_ns is not None else f"you {NONE} ms", 8),
        "time": (f"{'▸ ' if running else ''}{reading.elapsed_ns / 1e9:.2f} s", 8 if running else 6),
    }


def _length(items: Sequence[StatusItem]) -> int:
    """Cells of the row, without the gap after the last item."""
    if not items:
        return 0
    return sum(item.width for item in items[:-1]) + cells(items[-1].part[1])


def endpoint_name(label: EndpointLabel) -> str:
    """The short name; a simulated endpoint is named `simulated`."""
    return "simulated" if label.simulated else cut_middle(safe(label.name), 24) or "no endpoint"


def check_part(session: Session) -> RoleText:
    """What the person's checks say of the last apply, "" without any."""
    failed = any(not result.ok for result in session.checks)
    said = safe(words.checks(session.checks, session.checking))
    return ("refuse" if failed else "muted" if session.checking else "ok", said)


class Status(PaintedWidget):
    """Paints `status_parts` of the newest turn; before the first one of the endpoint alone.

    While an answer runs its figures change `PER_SECOND` times a second: nobody reads faster.
    Figures of another endpoint are not shown as the chosen one's.
    """

    DIRECT = True

    def __init__(
        self,
        clock: Callable[[], int] = time.monotonic_ns,
        items: Sequence[str] = STATUS_ITEMS,
    ) -> None:
        super().__init__(id="status")
        self._items = tuple(items)
        self._label = EndpointLabel("", "", "")
        self._turn: Turn | None = None
        self._ours_ns: int | None = None
        self._check: RoleText | None = None
        self._green: GreenView | None = None
        self._clock = clock
        self._news: tuple[object, ...] = ()
        self._due = 0
        self._timer: asyncio.TimerHandle | None = None

    def show(
        self,
        label: EndpointLabel,
        turn: Turn | None,
        ours_ns: int | None = None,
        check: RoleText | None = None,
        green: GreenView | None = None,
    ) -> None:
        """Take the newest values; paints at once what is new, figures that grow a little later."""
        self._check = check
        self._green = green if green is not None and green.running else None
        if turn is not None and not turn.running and turn.endpoint.name != label.name:
            turn = None
        self._label = label
        self._ours_ns = ours_ns
        self._turn = turn
        known = None if turn is None else turn.reading.ttft_ns
        news = (
            label,
            ours_ns,
            known,
            turn and turn.id,
            turn and turn.ending,
            check,
            id(self._green),
        )
        if news != self._news or turn is None or not turn.running:
            self._news = news
            self._paint()
        elif self._timer is None:
            wait = (self._due - self._clock()) / 1e9
            if wait > 0:
                self._timer = asyncio.get_running_loop().call_later(wait, self._paint)
            else:
                self._paint()

    def tick(self) -> None:
        """Time passes while an answer is waited for."""
        if self._turn is not None and self._turn.running and self._timer is None:
            self._paint()

    def _paint(self) -> None:
        self.on_unmount()
        self._due = self._clock() + 1_000_000_000 // PER_SECOND
        self.repaint()
        if self._green is not None:  # its time goes on while no answer comes
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(1 / PER_SECOND, self._paint)

    def on_unmount(self) -> None:
        """Nothing is left to paint."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        turn, green = self._turn, self._green
        reading = turn.reading if turn else Reading()
        running = turn is not None and turn.running
        if turn is not None and running and reading.ttft_ns is None:
            reading = replace(reading, elapsed_ns=max(self._clock() - turn.asked_at, 0))
        parts = status_parts(
            self._label,
            reading,
            width,
            asked=turn is not None,
            running=running,
            ours_ns=self._ours_ns,
            tokens=turn.tokens if turn is not None else None,
            names=self._items,
            check=self._check
            if green is None
            else ("writing", green_words.status(green, self._clock())),
            loop=green is not None,
        )
        return [self.line(*parts)]
