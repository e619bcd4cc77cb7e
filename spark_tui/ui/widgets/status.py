"""The bottom row: endpoint, time to first token, rate, counts, our share, time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from textual.strip import Strip

from spark_tui.core.events import EndpointLabel
from spark_tui.core.meter import Exactness, Reading
from spark_tui.core.session import Session, Turn
from spark_tui.ui import words
from spark_tui.ui.paint import cells, safe
from spark_tui.ui.widgets.painted import Painted, Part

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


def short_count(number: int) -> str:
    """`388`, `2.1k`, `31k`."""
    if number < 1000:
        return str(number)
    if number < 9950:
        return f"{number / 1000:.1f}k"
    return f"{number / 1000:.0f}k"


def rate_text(reading: Reading, *, running: bool) -> str:
    """`1,039 t/s`, `~` where tokens are estimated, `–` where no rate can be known."""
    rate = reading.live_tps if running and reading.live_tps is not None else reading.decode_tps
    if rate is None:
        return f"{NONE} t/s"
    guess = "~" if reading.exactness is Exactness.ESTIMATED else ""
    return f"{guess}{rate:,.0f} t/s"


def ttft_text(reading: Reading) -> str:
    """`ttft 87 ms`."""
    if reading.ttft_ns is None:
        return f"ttft {NONE} ms"
    return f"ttft {reading.ttft_ns / 1e6:,.0f} ms"


def status_parts(
    label: EndpointLabel,
    reading: Reading,
    width: int,
    *,
    asked: bool,
    running: bool,
    ours_ns: int | None = None,
    check: Part | None = None,
) -> list[Part]:
    """The row. Items start at fixed columns; what does not fit goes in a fixed order.

    `ours_ns` is what our client added, shown as `you`; `check` what the person's checks say of the
    last apply, at the end where there is room.
    """
    name: Part = ("simulated" if label.simulated else "text", endpoint_name(label))
    rate = rate_text(reading, running=running)
    bars = sparkline(reading.history)
    narrow = width < 100
    items: list[tuple[str, Part, int]] = [
        ("name", name, cells(name[1])),
        ("ttft", ("text", ttft_text(reading)), 10),
        ("rate", ("text", rate), 9),
    ]
    if asked:
        guess = "~" if reading.exactness is Exactness.ESTIMATED else ""
        out = f"out {guess}{short_count(reading.output)}"
        cached = reading.cached
        share = (
            f" ({100 * cached / reading.input:.0f}% cached)"
            if cached and reading.input and not narrow
            else ""
        )
        into = f"in {short_count(reading.input)}" if reading.input is not None else f"in {NONE}"
        you = f"you {words.ms(ours_ns)}" if ours_ns is not None else f"you {NONE} ms"
        clock = f"{'▸ ' if running else ''}{reading.elapsed_ns / 1e9:.2f} s"
        items += [
            ("out", ("text", out), 8),
            ("in", ("text", into + share), 7 if not share else 19),
            ("you", ("text", you), 8),
            ("time", ("text", clock), 8 if running else 6),
        ]
        items[2] = ("rate", ("text", f"{bars + ' ' if bars else ''}{rate}"), 15)
    if width < 80:
        items = [item for item in items if item[0] not in {"you", "in", "out"}]
    gap = 4 if not narrow else 3 if width >= 80 else 2
    for dropped in ("", "bars", "cached", "you", "in", "out", "time"):
        items = _without(items, dropped, rate, reading)
        if _length(items, gap) + 2 <= width:
            break
    parts: list[Part] = [("text", "  ")]
    for number, (key, (role, text), least) in enumerate(items):
        last = number + 1 == len(items)
        pad = 0 if last else max(least - cells(text), 0) + _gap(key, gap)
        parts += [(role, text), ("text", " " * pad)]
    room = width - sum(cells(text) for _, text in parts) - gap - 2
    if check is not None and check[1] and cells(check[1]) <= room:
        parts += [("text", " " * gap), check]
    return parts


def endpoint_name(label: EndpointLabel) -> str:
    """The short name; a simulated endpoint is named `simulated`."""
    return "simulated" if label.simulated else safe(label.name) or "no endpoint"


def _without(
    items: list[tuple[str, Part, int]], dropped: str, rate: str, reading: Reading
) -> list[tuple[str, Part, int]]:
    if dropped == "bars":
        return [(k, ("text", rate), 9) if k == "rate" else (k, p, w) for k, p, w in items]
    if dropped == "cached":
        into = f"in {short_count(reading.input)}" if reading.input is not None else f"in {NONE}"
        return [(k, ("text", into), 7) if k == "in" else (k, p, w) for k, p, w in items]
    return [item for item in items if item[0] != dropped]


def _length(items: list[tuple[str, Part, int]], gap: int) -> int:
    widths = [max(cells(text), least) + _gap(key, gap) for key, (_, text), least in items]
    return sum(widths) - _gap(items[-1][0], gap)


def _gap(key: str, gap: int) -> int:
    return min(gap, 3) if key in {"name", "ttft"} else gap


def check_part(session: Session) -> Part:
    """What the person's checks say of the last apply, "" without any."""
    failed = any(not result.ok for result in session.checks)
    said = safe(words.checks(session.checks, session.checking))
    return ("refuse" if failed else "muted" if session.checking else "ok", said)


class Status(Painted):
    """Paints `status_parts` of the newest turn; before the first one of the endpoint alone.

    While an answer runs its figures change `PER_SECOND` times a second: nobody reads faster.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        super().__init__(id="status")
        self._label = EndpointLabel("", "", "")
        self._turn: Turn | None = None
        self._ours_ns: int | None = None
        self._check: Part | None = None
        self._clock = clock
        self._news: tuple[object, ...] = ()
        self._due = 0
        self._timer: asyncio.TimerHandle | None = None

    def show(
        self,
        label: EndpointLabel,
        turn: Turn | None,
        ours_ns: int | None = None,
        check: Part | None = None,
    ) -> None:
        """Take the newest values; paints at once what is new, figures that grow a little later."""
        self._check = check
        self._label = label
        self._ours_ns = ours_ns
        self._turn = turn
        known = None if turn is None else turn.reading.ttft_ns
        news = (label, ours_ns, known, turn and turn.id, turn and turn.ending, check)
        if news != self._news or turn is None or not turn.running:
            self._news = news
            self._paint()
        elif self._timer is None:
            wait = (self._due - self._clock()) / 1e9
            if wait > 0:
                self._timer = asyncio.get_running_loop().call_later(wait, self._paint)
            else:
                self._paint()

    def _paint(self) -> None:
        self.on_unmount()
        self._due = self._clock() + 1_000_000_000 // PER_SECOND
        self.repaint()

    def on_unmount(self) -> None:
        """Nothing is left to paint."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        turn = self._turn
        reading = turn.reading if turn else Reading()
        running = turn is not None and turn.running
        label = self._label
        asked = turn is not None
        parts = status_parts(
            label,
            reading,
            width,
            asked=asked,
            running=running,
            ours_ns=self._ours_ns,
            check=self._check,
        )
        return [self.line(*parts)]
