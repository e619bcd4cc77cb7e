"""The latency overlay above the rule: off, one line, or the waterfall. Never takes focus."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from textual.strip import Strip

from spark_tui.core import events
from spark_tui.core.events import Event
from spark_tui.core.latency.stats import Sample
from spark_tui.core.latency.track import connect_ns
from spark_tui.core.latency.verdict import verdict
from spark_tui.core.latency.waterfall import Owner, SpanKind, spans
from spark_tui.ui.bars.status import endpoint_name
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.latency.instrument import Instrument
from spark_tui.ui.latency.overlay_rows import (
    client_text,
    extent,
    fitting,
    gaps_text,
    line_text,
    session_text,
    span_parts,
)
from spark_tui.ui.latency.report import limits_text
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_end, cut_middle
from spark_tui.ui.style.painted import PaintedWidget

PER_SECOND = 8
"""Repaints while an answer streams: figures that change faster are read by nobody."""

_NEWS = (
    events.Asked,
    events.Painted,
    events.Handled,
    events.TurnEnded,
    events.SocketClosed,
    events.Decided,
    events.Flushed,
)
"""What is painted at once: nothing may come after it for a while."""

_ROOMY = 48
"""Rows of a screen that has room for a list and the overlay."""

_OTHERS = 8
"""Rows of the screen that stay visible beside the overlay."""


class OverlayForm(StrEnum):
    """How much the overlay shows."""

    OFF = "off"
    LINE = "line"
    FULL = "full"


class Overlay(PaintedWidget):
    """Paints what the instrument knows; without a timer of its own."""

    def __init__(
        self,
        instrument: Instrument,
        keymap: Keymap,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        super().__init__(id="overlay")
        self.instrument = instrument
        self._keymap = keymap
        self.form = OverlayForm.OFF
        self.display = False
        self._clock = clock
        self._due = 0
        self._height = 1  # as in spark.tcss

    def cycle(self) -> None:
        """Off, line, full, off."""
        order = (OverlayForm.OFF, OverlayForm.LINE, OverlayForm.FULL)
        self.set_form(order[(order.index(self.form) + 1) % len(order)])

    def set_form(self, form: OverlayForm) -> None:
        """Show that form."""
        self.form = form
        self.fit()
        self.step_aside(False)

    def step_aside(self, aside: bool) -> None:
        """Leave a small screen to a list while it is open (`aside`), and come back."""
        small = self.screen.size.height < _ROOMY
        self.display = self.form is not OverlayForm.OFF and not (aside and small)
        self.repaint()

    def fit(self) -> None:
        """Take one row, or as many as the waterfall needs and the screen gives.

        While a turn runs the height only grows: rows above must not move back and forth.
        """
        if self.form is not OverlayForm.FULL:
            self._set_height(1)
            return
        room = max(self.screen.size.height - _OTHERS, 3)
        size = self.screen.size
        if size.width < 80:
            wanted = 6
        else:
            known = self.instrument
            said = verdict(known.track, known.reading).text
            rows = len(spans(known.track, known.reading, self._now()))
            head = 2 + len(_wrapped(said, size.width - 4))
            wanted = head + rows + len(self._tails(self._samples(), size.width))
        turn = self.instrument.session.turn
        if turn is not None and turn.running:
            wanted = max(wanted, self._height)
        self._set_height(min(wanted, room))

    def _now(self) -> int | None:
        """What lets waits grow; a replay has its own time."""
        return self._clock() if self.instrument.stamps else None

    def _set_height(self, height: int) -> None:
        if height != self._height:
            self._height = height
            self.styles.height = height

    def handle(self, events: Sequence[Event]) -> None:
        """The instrument took a frame's events: paint news at once, growth a little later."""
        if self.form is OverlayForm.OFF:
            return
        told = any(isinstance(one, _NEWS) for one in events)
        if told or self._clock() >= self._due:
            self._paint()

    def tick(self) -> None:
        """Time passes while an answer is waited for, or the end of one is on the screen."""
        if self.form is not OverlayForm.OFF:
            self._paint()

    def _paint(self) -> None:
        if not self.is_attached:
            return  # a frame that comes while the screen is taken down
        self._due = self._clock() + 1_000_000_000 // PER_SECOND
        self.fit()
        self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:
        """The line, or the waterfall."""
        known = self.instrument
        track, reading, samples = known.track, known.reading, self._samples()
        if self.form is OverlayForm.LINE:
            text = line_text(track, reading, samples, width)
            return [self.line(("muted", f" {cut_end(text, width - 2)}"))]
        said = verdict(track, reading)
        out = [self._title(width)]
        out += [self.line(("text", f"  {text}")) for text in _wrapped(said.text, width - 4)]
        if width < 80:
            return [*out, *self._small(width)][:height]
        tails = self._tails(samples, width)
        room = height - len(out) - len(tails)
        if room > 8:
            out.append(self.line(("text", "")))
            room -= 1
        rows = fitting(spans(track, reading, self._now()), room)
        total = max(reading.elapsed_ns, extent(rows))
        owner: Owner | None = None
        for span in rows:
            out.append(self.line(*span_parts(span, total, width, span.owner is not owner)))
            owner = span.owner
        for name, text in tails:
            out.append(self.line(("muted", f"  {name:<8} "), ("text", cut_end(text, width - 12))))
        return out[:height]

    def _small(self, width: int) -> list[Strip]:
        """The smallest screen: prefill, decode, ours, p95."""
        known = self.instrument
        rows = spans(known.track, known.reading, self._now())
        total = max(known.reading.elapsed_ns, extent(rows))
        wanted = [s for s in rows if s.kind in (SpanKind.PREFILL, SpanKind.DECODE)]
        out = [self.line(*span_parts(span, total, width, True)) for span in wanted]
        line = line_text(known.track, known.reading, self._samples(), width)
        text = " · ".join(line.split(" · ")[-2:])
        return [*out, self.line(("muted", f"  {cut_end(text, width - 3)}"))]

    def _tails(self, samples: Sequence[Sample], width: int) -> list[tuple[str, str]]:
        """The rows under the waterfall."""
        known = self.instrument
        turn = known.session.turn
        out = [
            ("gaps", gaps_text(known.reading, width)),
            ("client", client_text(known.client, width)),
            ("session", session_text(samples, width)),
        ]
        limits = known.limits.get(turn.endpoint.name) if turn is not None else None
        if limits is None:
            return out
        now = self._now() or limits.at
        return [*out, ("limits", limits_text(limits, known.track.reserve, now))]

    def _samples(self) -> list[Sample]:
        """The finished turns of the newest turn's endpoint."""
        turn = self.instrument.session.turn
        name = turn.endpoint.name if turn is not None else ""
        return [one for one in self.instrument.samples() if one.endpoint == name]

    def _title(self, width: int) -> Strip:
        known = self.instrument
        turn = known.session.turn
        what = f" · turn {turn.id} · {endpoint_name(turn.endpoint)}" if turn is not None else ""
        warm = " · cold" if connect_ns(known.track) else ""
        closes = f" {words.OVERLAY_CLOSES.text(Where.PROMPT, self._keymap)} "
        note = f" {words.OVERLAY_KEYS.text(Where.PROMPT, self._keymap)} "
        room = width - 3 - len("latency") - cells(warm) - 2 - 2
        if cells(what) > room - cells(note):
            note = closes
            what = cut_middle(what, room - cells(note))
        used = 3 + len("latency") + cells(what) + cells(warm) + 1 + cells(note) + 2
        return self.line(
            ("rule", "── "),
            ("focus", "latency"),
            ("muted", f"{what}{warm} "),
            ("rule", "─" * max(width - used, 1)),
            ("muted", note),
            ("rule", "──"),
        )


def _wrapped(text: str, width: int) -> list[str]:
    """A sentence on at most two rows."""
    if cells(text) <= width:
        return [text]
    at = text.rfind(" ", 0, width)
    if at <= 0:
        return [cut_end(text, width)]
    return [text[:at], cut_end(text[at + 1 :], width)]
