"""The latency overlay above the rule: off, one line, or the waterfall. Never takes focus."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from textual.strip import Strip

from spark_tui.core.events import Decided, Event, Flushed, TurnEnded
from spark_tui.core.meter import Reading
from spark_tui.core.session import Session
from spark_tui.core.waterfall import (
    Owner,
    Span,
    Track,
    bar,
    connect_ns,
    decode_ns,
    follow,
    ours_ns,
    percentile,
    server_wait_ns,
    short_verdict,
    spans,
    verdict,
)
from spark_tui.ui.paint import cells, cut_end, safe
from spark_tui.ui.widgets.painted import Painted, Part
from spark_tui.ui.widgets.status import NONE, endpoint_name

ROOMY = 8
SECONDS_FROM = 2_000_000_000
_ROLES = {Owner.OURS: "ok", Owner.NETWORK: "link", Owner.SERVER: "writing", Owner.YOU: "outside"}


class Form(StrEnum):
    """How much the overlay shows."""

    OFF = "off"
    LINE = "line"
    FULL = "full"


def ms(ns: int | None) -> str:
    """`81`, `0.3`, or a dash; milliseconds."""
    if ns is None:
        return NONE
    return f"{ns / 1e6:,.0f}" if ns >= 950_000 or ns == 0 else f"{ns / 1e6:.1f}"


def p95_ttft(session: Session) -> int | None:
    """The 95th percentile of the times to first token of this session, ns."""
    known = [float(t.reading.ttft_ns) for t in session.turns if t.reading.ttft_ns is not None]
    found = percentile(known, 0.95)
    return None if found is None else int(found)


def line_text(track: Track, reading: Reading, session: Session) -> str:
    """The one-row form."""
    parts = [
        f"prefill+queue {ms(server_wait_ns(track, reading))}",
        f"decode {ms(decode_ns(track, reading))}",
        f"ours {ms(ours_ns(track, reading))}",
        f"p95 {ms(p95_ttft(session))} ms",
        short_verdict(track, reading),
    ]
    return " · ".join(parts)


def span_parts(span: Span, total: int, width: int, first: bool) -> list[Part]:
    """One row of the waterfall: owner, name, bar, time, where the figure is from."""
    note = "" if width < 80 else span.note
    room = max(width - 36 - 10 - (26 if note else 0), 8)
    drawn = bar(span, total, room)
    shown = f"{ms(span.length)} ms"
    if span.length is not None and span.length >= SECONDS_FROM:
        shown = f"{span.length / 1e9:.1f} s"
    owner = span.owner.value if first else ""
    name = cut_end(span.name, 24)
    return [
        ("muted", f"  {owner:<8} "),
        ("text", name + " " * max(25 - cells(name), 1)),
        (_ROLES[span.owner], drawn + " " * max(room - cells(drawn), 0)),
        ("text", f"{shown:>10}"),
        ("muted", f"   {cut_end(safe(note), 23)}" if note else ""),
    ]


def tail_texts(reading: Reading, session: Session) -> list[tuple[str, str]]:
    """The rows under the waterfall: gaps between reads, and the session so far."""
    gaps = "none measured"
    if reading.gaps_ns is not None:
        p50, p95, most = (f"{ns / 1e6:.1f}" for ns in reading.gaps_ns)
        gaps = f"p50 {p50}   p95 {p95}   max {most} ms"
        if reading.reads:
            gaps += f"   {reading.output / reading.reads:.0f} tokens a read"
    turns = session.turns
    ttfts = [float(t.reading.ttft_ns) for t in turns if t.reading.ttft_ns is not None]
    rates = [t.reading.decode_tps for t in turns if t.reading.decode_tps is not None]
    low, high = percentile(ttfts, 0.5), percentile(ttfts, 0.95)
    rate = percentile(rates, 0.5)
    said = f"{len(turns)} turn{'s' * (len(turns) != 1)}"
    said += f"   ttft p50 {ms(int(low) if low else None)} p95 {ms(int(high) if high else None)} ms"
    said += f"   {f'{rate:,.0f}' if rate else NONE} t/s"
    return [("gaps", gaps), ("session", said)]


class Overlay(Painted):
    """Follows the newest turn's stamps; without a timer of its own."""

    def __init__(self) -> None:
        super().__init__(id="overlay")
        self.form = Form.OFF
        self.display = False
        self.track = Track()
        self._session = Session()

    def cycle(self) -> None:
        """Off, line, full, off."""
        order = (Form.OFF, Form.LINE, Form.FULL)
        self.set_form(order[(order.index(self.form) + 1) % len(order)])

    def set_form(self, form: Form) -> None:
        """Show that form."""
        self.form = form
        self.fit()
        self.display = form is not Form.OFF
        self.repaint()

    def fit(self) -> None:
        """Take one row, or as many as the waterfall needs and the screen gives."""
        room = max(self.screen.size.height - 8, 3)
        wanted = len(spans(self.track, self._reading())) + 5
        self.styles.height = 1 if self.form is Form.LINE else min(wanted, room)

    def feed(self, batch: Sequence[Event], session: Session) -> None:
        """Take a frame's events."""
        for event in batch:
            self.track = follow(self.track, event)
        self._session = session
        if self.form is Form.OFF:
            return
        if any(isinstance(event, TurnEnded | Decided | Flushed) for event in batch):
            self.fit()
        self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:
        """The line, or the waterfall."""
        reading = self._reading()
        if self.form is Form.LINE:
            text = line_text(self.track, reading, self._session)
            return [self.line(("muted", f" {cut_end(text, width - 2)}"))]
        out = [self._title(width)]
        out.append(self.line(("text", f"  {cut_end(verdict(self.track, reading), width - 3)}")))
        if height > ROOMY:
            out.append(self.line(("text", "")))
        rows = self._spans(reading, small=width < 80)
        total = max(
            reading.elapsed_ns, max((s.start or 0) + (s.length or 0) for s in rows) if rows else 0
        )
        owner: Owner | None = None
        for span in rows:
            out.append(self.line(*span_parts(span, total, width, span.owner is not owner)))
            owner = span.owner
        for name, text in tail_texts(reading, self._session):
            out.append(self.line(("muted", f"  {name:<8} "), ("text", cut_end(text, width - 12))))
        return out[:height]

    def _reading(self) -> Reading:
        turn = self._session.turn
        return turn.reading if turn is not None else Reading()

    def _spans(self, reading: Reading, *, small: bool) -> Sequence[Span]:
        found = spans(self.track, reading)
        if not small:
            return found
        return [s for s in found if s.name.startswith(("queue", "decode", "first hunk", "prefill"))]

    def _title(self, width: int) -> Strip:
        turn = self._session.turn
        what = f" · turn {turn.id} · {endpoint_name(turn.endpoint)}" if turn is not None else ""
        note = " F2 closes "
        warm = " cold" if connect_ns(self.track) else ""
        used = 3 + len("latency") + cells(what) + cells(warm) + 1 + cells(note) + 2
        return self.line(
            ("rule", "── "),
            ("focus", "latency"),
            ("muted", f"{what}{warm} "),
            ("rule", "─" * max(width - used, 1)),
            ("muted", note),
            ("rule", "──"),
        )
