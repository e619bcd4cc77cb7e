"""A report as a text for people, at most 80 columns wide."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping, Sequence
from typing import Any

from spark_tui.bench.report import Report
from spark_tui.core.measure.metrics import METRICS, Metric
from spark_tui.core.printable import safe

WIDTH = 80
_COLUMNS = ("avg", "p50", "p90", "p99")
FEW = 100
"""With fewer values p99 is hardly more than the largest one, which is said."""


def lines(report: Report, before: Report | None = None) -> list[str]:
    """The whole text: what ran, one table a metric, definitions."""
    out = [*_head(report), ""]
    for metric in METRICS:
        if metric.shown and any(report.metric(r, metric.key) for r in report.results):
            out += [*_table(report, metric, before), ""]
    out += [*_definitions(report), ""]
    return out


def _head(report: Report) -> list[str]:
    settings = report.table["settings"]
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(report.table["started"]))
    out = [
        f"{report.table['program']} bench · {when} · concurrency {settings['concurrency']}",
        f"{settings['requests']} requests a size after {settings['warmup']} to warm up · "
        f"at most {settings['output_tokens']} output tokens",
        "",
    ]
    goals = settings["goodput"]
    heads = ("input", "n", "errors", "tok/s", "req/s", "goodput" if goals else "")
    widths = (8, 6, 8, 11, 9, 13)
    out.append(
        f"{'endpoint':<20}" + "".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True))
    )
    for result in report.results:
        errors = sum(result["errors"].values())
        share = result["good_request_fraction"]
        good = "" if share is None else f"{share:.0%} {_figure(result['goodput'])}/s"
        cells = (
            _size(result["input_tokens_wanted"]),
            str(result["requests"]),
            str(errors),
            _figure(result["output_token_throughput"]),
            _figure(result["request_throughput"]),
            good,
        )
        row = "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
        out.append(f"{_name(result):<20}{row}")
    return out + _notes(report)


def _notes(report: Report) -> list[str]:
    out = []
    for result in report.results:
        where = f"{_name(result)} {_size(result['input_tokens_wanted'])}"
        if result["errors"]:
            kinds = ", ".join(f"{n} {kind}" for kind, n in result["errors"].items())
            said = f" · {result['first_error']}" if result["first_error"] else ""
            out.append(f"! {where}: {kinds}{said}")
        if result["given_up"]:
            out.append(f"! {_name(result)}: given up, nothing but failures came")
        if result["retried"]:
            out.append(f"! {where}: {result['retried']} sent again; the last try is measured")
        if not result["tokens_exact"]:
            out.append(f"! {where}: the provider counts no tokens, theirs are estimated")
        if result["cached_tokens"]:
            out.append(f"! {where}: {result['cached_tokens']:,} input tokens came from a cache")
    if report.table["interrupted"]:
        out.append("! interrupted: these are the requests that had ended")
    wrapped = [row for note in out for row in textwrap.wrap(safe(note), WIDTH)]
    return ["", *wrapped] if wrapped else []


def _table(report: Report, metric: Metric, before: Report | None) -> list[str]:
    heads = [*_COLUMNS, *(("was p50", "change") if before else ())]
    width = 10 if before is None else 8
    out = [
        f"{metric.title}, {metric.unit}",
        f"  {'endpoint':<20}{'input':>8}" + "".join(f"{h:>{width}}" for h in heads),
    ]
    for result in report.results:
        found = report.metric(result, metric.key)
        if found is None:
            cells = ["–"] * len(_COLUMNS)
        else:
            cells = [_figure(found[column]) for column in _COLUMNS]
        if before is not None:
            cells += _change(found, before, result, metric)
        row = "".join(f"{c:>{width}}" for c in cells)
        out.append(f"  {_name(result):<20}{_size(result['input_tokens_wanted']):>8}{row}")
    return out


def _change(
    found: Mapping[str, float] | None, before: Report, result: Mapping[str, Any], metric: Metric
) -> Sequence[str]:
    """The saved run's p50 and the change from it in percent."""
    earlier = before.matching(result)
    was = before.metric(earlier, metric.key) if earlier is not None else None
    if was is None:
        return ("–", "–")
    if found is None or not was["p50"]:
        return (_figure(was["p50"]), "–")
    return (_figure(was["p50"]), f"{(found['p50'] / was['p50'] - 1) * 100:+.1f}%")


def _definitions(report: Report) -> list[str]:
    out = ["definitions"]
    rows = [(m.title, m.definition) for m in METRICS if m.shown]
    rows.append(("tok/s", "all output tokens / (first request written to last output) (AIPerf)"))
    goals = report.table["settings"]["goodput"]
    if goals:
        wanted = ", ".join(f"{name} at most {most:g} ms" for name, most in goals.items())
        rows.append(("goodput", f"requests a second that keep: {wanted} (vLLM, AIPerf)"))
    for title, definition in rows:
        text = f"{title}: {definition}"
        out += textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
    counts = [r["requests"] for r in report.results]
    if counts and min(counts) < FEW:
        out.append(f"  p99 of fewer than {FEW} requests is close to the largest one")
    return out


def _name(result: Mapping[str, Any]) -> str:
    """The endpoint's name; a simulated one says so."""
    name = safe(result["endpoint"])
    if result["simulated"]:
        name = "simulated" if name == "sim" else f"{name[:7]} simulated"
    return name if len(name) < 20 else f"{name[:18]}…"


def _size(tokens: int) -> str:
    return f"{tokens // 1000}k" if tokens >= 1000 and not tokens % 1000 else str(tokens)


def _figure(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"
