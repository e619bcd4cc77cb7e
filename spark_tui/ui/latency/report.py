"""The session view as lines of text: figures of every endpoint, and plots of its turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.cost.pricing import dollars
from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.rate_limits import Forecast, forecast
from spark_tui.core.endpoint.wire import RateLimits
from spark_tui.core.latency.stats import (
    REFERENCE_TPS,
    Percentiles,
    Sample,
    Summary,
    against,
    compared_with,
    summaries,
)
from spark_tui.core.tokens import short
from spark_tui.ui.latency.plot import dots

NONE = "–"
_PLOT_ROWS = 4
_FEWEST_CELLS, _PLOT_CELLS = 24, 48
_EMPTY = chr(0x2800)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line; a heading names an endpoint."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Budgets:
    """Limits by endpoint as last told, what a turn reserves, and the time now (ns)."""

    limits: Mapping[str, RateLimits]
    reserve: int
    now: int


def report(
    samples: Sequence[Sample],
    settings: InstrumentSettings,
    budgets: Budgets | None = None,
    width: int = 80,
) -> list[ReportLine]:
    """Every endpoint with its figures, in the order of their first turns; plots where they fit."""
    found = summaries(samples, settings)
    other = compared_with(found, settings.against)
    out: list[ReportLine] = []
    for one in found:
        mine = [sample for sample in samples if sample.endpoint == one.endpoint]
        if out:
            out.append(ReportLine(""))
        out += _lines(one, mine, settings)
        if budgets is not None and (limits := budgets.limits.get(one.endpoint)) is not None:
            text = limits_text(limits, budgets.reserve, budgets.now)
            out.append(_row("limits", text))
        compared = "" if other is None or other is one else against(one, other)
        if compared:
            out.append(_row("against", compared))
        reference = other.ttft.p50 if other is not None and other is not one else None
        named = other.endpoint if other is not None and reference is not None else "goal"
        out += _plots(mine, settings, reference, named, width)
    return out


def _lines(one: Summary, mine: Sequence[Sample], settings: InstrumentSettings) -> list[ReportLine]:
    models = dict.fromkeys(sample.model for sample in mine if sample.model)
    name = " · ".join([one.endpoint, *models])
    plural = "s" * (one.n != 1)
    slo = settings.slo
    rate = f"p50 {_n(one.rate.p50)}   p90 {_n(one.rate.p90)}   p99 {_n(one.rate.p99)} t/s"
    if one.rate.p50 is not None:
        rate += f"   {one.rate.p50 / REFERENCE_TPS:.2f} of {REFERENCE_TPS:,.0f}"
    if one.guessed:
        rate += f"   {one.guessed} estimated, left out"
    sizes = "   ".join(f"{size} {_n(p.p50)} ({p.n})" for size, p in one.sizes.items())
    written = f"{'~' * bool(one.guessed)}{short(one.output)}"
    cached = NONE if one.cached is None else f"{100 * one.cached:.0f} %"
    out = [
        ReportLine(f"{name}   {one.n} turn{plural}", heading=True),
        _row(
            "TTFT", f"p50 {_n(one.ttft.p50)}   p90 {_n(one.ttft.p90)}   p99 {_n(one.ttft.p99)} ms"
        ),
        _row("rate", rate),
        _row(
            "felt", f"cold {_counted(one.cold)}   warm {_counted(one.warm)} ms to the first token"
        ),
        _row("input", f"{sizes} ms" if sizes else "not counted by the provider"),
        _row(
            "tokens",
            f"in {short(one.input)}, {cached} cached   out {written}",
        ),
        _row("errors", f"{one.errors or 'none'}   429s {one.limited or 'none'}"),
        _row(
            "goodput",
            f"{one.good} of {one.judged} turns: TTFT to {slo.ttft_ms:g} ms,"
            f" hunk visible to {slo.hunk_ms:g} ms",
        ),
    ]
    if one.cost is not None:
        out.append(_row("cost", dollars(one.cost)))
    return out


def _plots(
    mine: Sequence[Sample],
    settings: InstrumentSettings,
    reference: float | None,
    named: str,
    width: int,
) -> list[ReportLine]:
    """TTFT and rate of each turn, oldest first, with their reference lines."""
    if len(mine) < 2:
        return []
    ttfts = [None if one.ttft_ns is None else one.ttft_ns / 1e6 for one in mine]
    rates = [one.rate for one in mine]
    goal = settings.slo.ttft_ms if reference is None else reference
    out = _plot("TTFT ms", ttfts, goal, f"{named} {goal:,.0f}", width)
    return [*out, *_plot("rate t/s", rates, REFERENCE_TPS, f"{REFERENCE_TPS:,.0f}", width)]


def _plot(
    title: str, values: Sequence[float | None], line: float, named: str, width: int
) -> list[ReportLine]:
    if all(value is None for value in values):
        return []
    cells = max(_FEWEST_CELLS, min(_PLOT_CELLS, width - 56, -(-len(values) // 2) + 2))
    rows, top = dots(values, cells, _PLOT_ROWS, line)
    out = [ReportLine(f"  {title:<8} each dot a turn, the line is {named}")]
    for number, row in enumerate(rows):
        edge = f"{top:,.0f}" if number == 0 else "0" if number == len(rows) - 1 else ""
        out.append(ReportLine(f"  {edge:>8} {row.replace(_EMPTY, ' ')}".rstrip()))
    return out


def limits_text(limits: RateLimits, reserve: int, now: int) -> str:
    """What is left of the provider's limits, and when there is room for a turn like this one."""
    parts = []
    if limits.tokens is not None:
        parts.append(forecast_text(forecast(limits.tokens, limits.at, now, reserve)))
    if limits.requests is not None:
        left = limits.requests
        parts.append(f"{left.remaining:,} of {left.limit:,} requests left")
    return " · ".join(parts)


def forecast_text(found: Forecast) -> str:
    """`28.8k of 30k tokens left · reserves 1.2k of 30k; next slot in 8 s`."""
    limit = short(found.limit)
    if found.wait_ns is None:
        fate = ", which never fits"
    elif found.wait_ns == 0:
        fate = "; free now"
    else:
        fate = f"; next slot in {-(-found.wait_ns // 1_000_000_000)} s"
    left = f"{short(found.left)} of {limit} tokens left"
    return f"{left} · a turn reserves {short(found.reserve)} of {limit}{fate}"


def _row(name: str, text: str) -> ReportLine:
    return ReportLine(f"  {name:<8} {text}")


def _n(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"


def _counted(one: Percentiles) -> str:
    return f"{_n(one.p50)} ({one.n})"
