"""Endpoints side by side: right the first time, applied, refused, times, tokens, price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spark_tui.core.cost.pricing import dollars
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.latency.waterfall import percentile
from spark_tui.prove.run import Outcome

NONE = "–"


def as_data(
    profiles: Sequence[EndpointProfile], found: Mapping[str, Sequence[Outcome]], version: str
) -> dict[str, Any]:
    """One object for `--json`: rates from 0 to 1, times in seconds and ms, money in US dollars."""
    return {
        "version": version,
        "endpoints": [
            {
                "endpoint": one.name,
                "model": one.model,
                "simulated": one.simulated,
                **_figures(found[one.name]),
                "tasks": [_task(outcome) for outcome in found[one.name]],
            }
            for one in profiles
        ],
    }


def _task(one: Outcome) -> dict[str, Any]:
    reading = one.reading
    return {
        "task": one.task,
        "kind": one.kind,
        "language": one.language,
        "right": one.right,
        "applied": one.applied,
        "hunks": one.hunks,
        "refused": one.refused,
        "ending": one.ending,
        "why": one.why,
        "seconds": round(one.seconds, 3),
        "ttft_ms": None if reading.ttft_ns is None else round(reading.ttft_ns / 1e6, 1),
        "output": reading.output,
        "output_exact": not reading.guess,
        "input": reading.input,
        "cost": reading.cost,
    }


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    many = len(outcomes)
    hunks = sum(one.hunks for one in outcomes)
    ttfts = [one.reading.ttft_ns / 1e6 for one in outcomes if one.reading.ttft_ns is not None]
    rates = [
        one.reading.decode_tps
        for one in outcomes
        if one.reading.decode_tps is not None and not one.reading.guess
    ]
    costs = [one.reading.cost for one in outcomes if one.reading.cost is not None]
    return {
        "n": many,
        "right": sum(one.right for one in outcomes) / many if many else None,
        "applied": sum(one.applied for one in outcomes) / many if many else None,
        "refused_hunks": sum(one.refused for one in outcomes) / hunks if hunks else None,
        "ttft_ms_p50": percentile(ttfts, 0.5),
        "tokens_per_second_p50": percentile(rates, 0.5),
        "seconds_p50": percentile([one.seconds for one in outcomes], 0.5),
        "seconds": round(sum(one.seconds for one in outcomes), 3),
        "input": sum(one.reading.input or 0 for one in outcomes),
        "output": sum(one.reading.output for one in outcomes),
        "output_exact": all(not one.reading.guess for one in outcomes),
        "cost": sum(costs) if costs and len(costs) == many else None,
    }


_ROWS: tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("right first time", lambda f: _share(f["right"])),
    ("applied", lambda f: _share(f["applied"])),
    ("hunks refused", lambda f: _share(f["refused_hunks"])),
    ("TTFT p50", lambda f: _number(f["ttft_ms_p50"], "{:,.0f} ms")),
    ("tok/s p50", lambda f: _number(f["tokens_per_second_p50"], "{:,.0f}")),
    ("seconds a task p50", lambda f: _number(f["seconds_p50"], "{:.2f}")),
    ("tokens in", lambda f: f"{f['input']:,}"),
    ("tokens out", lambda f: f"{'' if f['output_exact'] else '~'}{f['output']:,}"),
    ("price", lambda f: NONE if f["cost"] is None else dollars(f["cost"])),
)


def lines(profiles: Sequence[EndpointProfile], found: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """A table, then what went wrong, a line each; short enough to share."""
    figures = [_figures(found[one.name]) for one in profiles]
    heads = [f"{one.name}{' (simulated)' if one.simulated else ''}" for one in profiles]
    models = [one.model or NONE for one in profiles]
    table = [("", heads), ("model", models)]
    table += [(name, [read(one) for one in figures]) for name, read in _ROWS]
    wide = [max(len(row[n]) for _, row in table) for n in range(len(profiles))]
    out = [
        f"{name:<20}"
        + "".join(f"  {cell:>{w}}" for cell, w in zip(row, wide, strict=True)).rstrip()
        for name, row in table
    ]
    for one in profiles:
        wrong = [outcome for outcome in found[one.name] if not outcome.right]
        if wrong:
            out += ["", f"not right, {one.name}:"]
            out += [f"  {outcome.task:<22} {outcome.why}" for outcome in wrong]
    return out


def _share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.0f} %"


def _number(value: float | None, form: str) -> str:
    return NONE if value is None else form.format(value)
