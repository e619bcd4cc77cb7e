"""`spark-tui trace list|show|diff|export`: recorded turns in figures and formats."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, out, print_json
from spark_tui.core.errors import SparkError, UsageError

if TYPE_CHECKING:
    from spark_tui.core.trace.decode import Trace
    from spark_tui.core.trace.phases import Unit
    from spark_tui.services.trace import Traces

_WHICH = "last (taken when left out), a number of `trace list`, a name, or a path"


def trace(args: Sequence[str]) -> int:
    """Run one of the four; returns the exit status."""
    given = _parser().parse_args(list(args) or ["list"])
    status: int = given.run(given)
    return status


def _parser() -> Arguments:
    parser = Arguments(prog="spark-tui trace", description=f"Latency traces. TRACE is {_WHICH}.")
    kinds = parser.add_subparsers(dest="what", required=True)
    listed = kinds.add_parser("list", help="recorded turns, newest first")
    listed.add_argument("-n", type=int, default=20, metavar="N", help="at most N traces")
    listed.set_defaults(run=_list)
    shown = kinds.add_parser("show", help="where the time of one turn went")
    shown.add_argument("trace", metavar="TRACE", nargs="?", default="last")
    shown.set_defaults(run=_show)
    diff = kinds.add_parser("diff", help="two turns, phase by phase")
    diff.add_argument("before", metavar="A")
    diff.add_argument("after", metavar="B")
    diff.set_defaults(run=_diff)
    for one in (listed, shown, diff):
        one.add_argument("--json", action="store_true", help="one JSON object")
    export = kinds.add_parser("export", help="for Perfetto, or for OpenTelemetry")
    export.add_argument("trace", metavar="TRACE", nargs="?", default="last")
    export.add_argument("--perfetto", type=Path, metavar="FILE", help="Chrome's trace event format")
    export.add_argument("--otlp", type=Path, metavar="FILE", help="OpenTelemetry spans, OTLP/JSON")
    export.set_defaults(run=_export)
    return parser


def _traces() -> Traces:
    from spark_tui.services import places
    from spark_tui.services.trace import Traces

    return Traces(places.state_dir())


def _read(name: str) -> Trace:
    from spark_tui.core.trace.decode import parse
    from spark_tui.services.trace import read_trace

    path = _traces().find(name)
    return parse(read_trace(path), path.name)


# ------------------------------------------------------------------- list


def _list(given: Namespace) -> int:
    from spark_tui.core.trace.decode import summary
    from spark_tui.services.trace import read_trace

    found = []
    for number, path in enumerate(_traces().paths()[: max(given.n, 0)], 1):
        try:
            found.append((number, path, summary(read_trace(path), path.name)))
        except SparkError as error:
            from spark_tui.ui.messages.remedies import shell_line

            err(shell_line(error))
    if given.json:
        print_json([_entry(path, one) for _, path, one in found], indent=1)
        return 0
    if not found:
        out("no traces yet: every turn of a session leaves one")
        return 0
    heads = f"{'endpoint':<14}{'ttft':>8}{'tok/s':>8}{'out':>9}  end"
    out(f"{'':>3}  {'when':<16}  {heads}")
    for number, _, one in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.header.wall / 1e9))
        reading = one.reading
        ending = one.end.ending.value if one.end else "–"
        ttft = "–" if reading.ttft_ns is None else f"{reading.ttft_ns / 1e6:,.0f} ms"
        rate = "–" if reading.decode_tps is None else f"{reading.guess}{reading.decode_tps:,.0f}"
        count = f"{reading.guess}{reading.output:,}" if reading.output else "0"
        out(
            f"{number:>3}  {when:<16}  {one.asked.endpoint.name[:13]:<14}{ttft:>8}{rate:>8}"
            f"{count:>9}  {ending}"
        )
    out(f"in {_traces().folder}")
    return 0


def _entry(path: Path, one: Trace) -> dict[str, Any]:
    return {
        "path": str(path),
        "wall_ns": one.header.wall,
        "turn": one.header.turn,
        "text": one.header.text,
        "endpoint": one.asked.endpoint.name,
        "model": one.model,
        "simulated": one.asked.endpoint.simulated,
        "ending": one.end.ending.value if one.end else None,
        "ttft_ns": one.reading.ttft_ns,
        "decode_tps": one.reading.decode_tps,
        "output": one.reading.output,
        "exactness": one.reading.exactness.value,
    }


# ------------------------------------------------------------------- show and diff


def _show(given: Namespace) -> int:
    from spark_tui.core.latency.verdict import verdict
    from spark_tui.core.trace.phases import figures, track_of

    one = _read(given.trace)
    found = figures(one)
    if given.json:
        values = {
            f.name: {"value": f.value, "unit": _unit(f.unit)}
            | ({"estimated": True} if f.guess else {})
            for f in found
        }
        print_json({**_head(one), "figures": values}, indent=1)
        return 0
    out(_title(one))
    out(verdict(track_of(one), one.reading).text)
    out("")
    for figure in found:
        if figure.value is not None:
            shown = _shown(figure.value, figure.unit, figure.guess)
            out(f"  {figure.name:<30}{figure.unit.value:<7}{shown:>10}")
    if one.truncated:
        out("  the trace was too large: later reads are not in it")
    return 0


def _diff(given: Namespace) -> int:
    from spark_tui.core.trace.phases import compare

    before, after = _read(given.before), _read(given.after)
    rows = compare(before, after)
    if given.json:
        table = {
            d.name: {
                "unit": _unit(d.unit),
                "a": d.before,
                "b": d.after,
                "change": d.change,
                "percent": d.percent,
            }
            | ({"estimated": [bool(g) for g in d.guesses]} if any(d.guesses) else {})
            for d in rows
        }
        print_json({"a": _head(before), "b": _head(after), "figures": table}, indent=1)
        return 0
    out(f"A  {_title(before)}")
    out(f"B  {_title(after)}")
    out("")
    out(f"  {'':<37}{'A':>10}{'B':>10}{'B - A':>10}{'':>10}".rstrip())
    for row in rows:
        if row.before is None and row.after is None:
            continue
        a, b = row.guesses
        values = ((row.before, a), (row.after, b), (row.change, a or b))
        cells = "".join(f"{_shown(v, row.unit, guess):>10}" for v, guess in values)
        line = f"  {row.name:<30}{row.unit.value:<7}{cells}{_percent(row.percent):>10}"
        out(line.rstrip())
    return 0


def _head(one: Trace) -> dict[str, Any]:
    label = one.asked.endpoint
    ending = one.end.ending.value if one.end else None
    return {
        "wall_ns": one.header.wall,
        "turn": one.header.turn,
        "endpoint": label.name,
        "model": one.model,
        "simulated": label.simulated,
        "ending": ending,
    }


def _title(one: Trace) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.header.wall / 1e9))
    label = one.asked.endpoint
    parts = [label.name, one.model, label.wire]
    named = " · ".join(dict.fromkeys(p for p in parts if p))
    return f"{when}  turn {one.header.turn} · {named}"


def _unit(unit: Unit) -> str:
    from spark_tui.core.trace.phases import Unit

    return "ns" if unit is Unit.MS else unit.value


def _percent(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:+,.1f} %" if abs(value) < 1000 else f"{value:+,.0f} %"


def _shown(value: float | None, unit: Unit, guess: str = "") -> str:
    from spark_tui.core.trace.phases import Unit

    if value is None:
        return "–"
    if unit is Unit.MS:
        return f"{value / 1e6:,.2f}"
    return f"{guess}{value:,.1f}" if unit is Unit.RATE else f"{guess}{value:,.0f}"


# ------------------------------------------------------------------- export


def _export(given: Namespace) -> int:
    if given.perfetto is None and given.otlp is None:
        raise UsageError("say what to write", "--perfetto FILE or --otlp FILE")
    one = _read(given.trace)
    if given.perfetto is not None:
        from spark_tui.core.trace.perfetto import perfetto

        _write(given.perfetto, perfetto(one))
        out(f"{given.perfetto} · open it at ui.perfetto.dev or chrome://tracing")
    if given.otlp is not None:
        from spark_tui.core.trace.otlp import otlp

        _write(given.otlp, otlp(one))
        out(f"{given.otlp} · for a collector's OTLP/JSON file receiver")
    return 0


def _write(path: Path, table: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(table) + "\n", encoding="utf-8")
    except OSError as error:
        raise SparkError(f"cannot write {path}: {error.strerror}", "another FILE") from None
