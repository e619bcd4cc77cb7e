"""The rows of the latency overlay as text: pure functions of what the instrument knows."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.latency.client_cost import Client
from spark_tui.core.latency.meter import Reading
from spark_tui.core.latency.stats import Sample
from spark_tui.core.latency.track import Track, decode_ns, ours_ns, server_wait_ns
from spark_tui.core.latency.verdict import verdict
from spark_tui.core.latency.waterfall import Owner, SpanKind, TimingSpan, percentile
from spark_tui.ui.bars.status import NONE, sparkline
from spark_tui.ui.style.cells import cells, cut_end, safe
from spark_tui.ui.style.painted import RoleText

SECONDS_FROM = 2_000_000_000
NAME_CELLS = 23
_ROLES = {Owner.OURS: "ok", Owner.NETWORK: "kept", Owner.SERVER: "writing", Owner.YOU: "outside"}


def ms(ns: float | None) -> str:
    """`81`, `0.3`, or a dash; milliseconds."""
    if ns is None:
        return NONE
    return f"{ns / 1e6:,.0f}" if ns >= 9_950_000 or ns == 0 else f"{ns / 1e6:.1f}"


def line_text(track: Track, reading: Reading, samples: Sequence[Sample], width: int) -> str:
    """The one-row form; on a small screen the verdict comes first, and the rest may be cut."""
    ttfts = [float(one.ttft_ns) for one in samples if one.ttft_ns is not None]
    parts = [
        f"prefill+queue {ms(server_wait_ns(track, reading))}",
        f"decode {ms(decode_ns(track, reading))}",
        f"ours {ms(ours_ns(track, reading))}",
        f"p95 {ms(percentile(ttfts, 0.95))} ms",
    ]
    said = verdict(track, reading).short
    return " · ".join([said, *parts] if width < 80 else [*parts, said])


def bar(span: TimingSpan, total: int, width: int) -> str:
    """The span as a bar in `width` cells of `total` ns; at least a thin mark, "" without place."""
    if span.start is None or span.length is None or total <= 0 or not span.length:
        return ""
    left = min(int(span.start / total * width), width - 1)
    cells = round(span.length / total * width)
    body = "█" * min(cells, width - left) if cells else "▏"
    return " " * left + body


def span_parts(span: TimingSpan, total: int, width: int, first: bool) -> list[RoleText]:
    """One row of the waterfall: owner, name, bar, time, whose clock it was."""
    noted = 28 if width >= 100 else 17 if width >= 80 else 0
    name_cells = NAME_CELLS if width >= 80 else 18
    room = max(width - 11 - name_cells - 11 - noted, 6)
    drawn = span.word or bar(span, total, room)
    shown = f"{ms(span.length)} ms"
    if span.length is not None and span.length >= SECONDS_FROM:
        shown = f"{span.length / 1e9:.1f} s"
    owner = span.owner.value if first else ""
    name = cut_end(span.name, name_cells - 1)
    said = safe(span.note if width >= 100 else span.note.split(", ")[0])
    note = f"   {cut_end(said, noted - 3)}" if noted else ""
    return [
        ("muted", f"  {owner:<8} "),
        ("text", name + " " * (name_cells - cells(name))),
        ("muted" if span.word else _ROLES[span.owner], drawn + " " * max(room - cells(drawn), 0)),
        ("text", f"{shown:>11}"),
        ("muted", note),
    ]


def extent(rows: Sequence[TimingSpan]) -> int:
    """Where the last of the rows that have a place ends, ns from Enter."""
    return max((s.start + (s.length or 0) for s in rows if s.start is not None), default=0)


def fitting(rows: Sequence[TimingSpan], room: int) -> list[TimingSpan]:
    """At most `room` of the rows: the shortest go first, prefill and decode never."""
    kept = list(rows)
    spare = sorted(
        (span for span in kept if span.kind not in (SpanKind.PREFILL, SpanKind.DECODE)),
        key=lambda span: span.length or 0,
    )
    for span in spare:
        if len(kept) <= room:
            break
        kept.remove(span)
    return kept


def gaps_text(reading: Reading, width: int) -> str:
    """The course of the gaps between reads, and their percentiles."""
    if reading.gaps_ns is None:
        return "none measured: two reads are needed"
    p50, p95, most = (ms(ns) for ns in reading.gaps_ns)
    bars = sparkline([float(ns) for ns in reading.gap_course], 32 if width >= 100 else 16)
    text = f"{bars}   p50 {p50}   p95 {p95}   max {most} ms"
    forms = [f"{text}   (ICL, as AIPerf names it)", text]
    if reading.reads:
        each = (reading.output - reading.hidden) / reading.reads
        said = f"{reading.guess}{each:.{1 if each < 10 else 0}f}"
        long = f"{text}   {said} tokens a read"
        forms = [f"{long}   (ICL, as AIPerf names it)", long, f"{text}   {said} t/read", text]
    return next((form for form in forms if cells(form) <= width - 12), forms[-1])


def client_text(client: Client, width: int) -> str:
    """What the interface costs, in the longest form that fits."""
    parts = [
        f"key to paint p95 {ms(client.key_ns)} ms",
        f"frame p95 {ms(client.frame_ns)} ms",
        f"loop lag p95 {ms(client.lag_ns)} ms",
        f"behind {client.behind:,} bytes",
        f"Esc to closed socket {ms(client.esc_ns)} ms",
    ]
    short = (
        f"p95: key {ms(client.key_ns)}  frame {ms(client.frame_ns)}"
        f"  loop {ms(client.lag_ns)} ms   behind {client.behind:,} B   Esc {ms(client.esc_ns)} ms"
    )
    forms = ("   ".join(parts), "  ".join(parts), short)
    return next((form for form in forms if cells(form) <= width - 12), short)


def session_text(samples: Sequence[Sample], width: int) -> str:
    """The endpoint's turns so far."""
    ttfts = [float(one.ttft_ns) for one in samples if one.ttft_ns is not None]
    rates = [one.rate for one in samples if one.rate is not None]
    rate = percentile(rates, 0.5)
    counted = f" of {len(rates)}" if rates and any(one.guessed for one in samples) else ""
    limited = sum(one.limited for one in samples)
    if width < 100:
        return (
            f"{len(samples)} turn{'s' * (len(samples) != 1)}"
            f"  ttft {ms(percentile(ttfts, 0.5))}, p95 {ms(percentile(ttfts, 0.95))}"
            f"  {f'{rate:,.0f}' if rate else NONE} t/s{counted}"
            f"  cold {_felt(samples, cold=True)}  429s {limited or 'none'}"
        )
    return (
        f"{len(samples)} turn{'s' * (len(samples) != 1)}"
        f"   ttft p50 {ms(percentile(ttfts, 0.5))} p95 {ms(percentile(ttfts, 0.95))} ms"
        f"   {f'{rate:,.0f}' if rate else NONE} t/s{counted and f'{counted} counted'}"
        f"   cold {_felt(samples, cold=True)}, warm {_felt(samples, cold=False)} ms"
        f"   429s {limited or 'none'}"
    )


def _felt(samples: Sequence[Sample], *, cold: bool) -> str:
    felt = [float(one.felt_ns) for one in samples if one.felt_ns is not None and one.cold is cold]
    return ms(percentile(felt, 0.5))
