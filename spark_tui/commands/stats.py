"""`spark-tui stats`: figures of the recorded turns, by endpoint."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, out, print_json
from spark_tui.core.errors import SparkError

if TYPE_CHECKING:
    from pathlib import Path

    from spark_tui.core.config.instrument import InstrumentSettings
    from spark_tui.core.events import EndpointLabel
    from spark_tui.core.latency.stats import Sample, Summary
    from spark_tui.core.trace.decode import Trace

_MOST = 200
_SIMULATED = " (simulated)"


def stats(args: Sequence[str]) -> int:
    """Print them; returns the exit status."""
    from spark_tui.core.latency.stats import summaries
    from spark_tui.services import places
    from spark_tui.services.trace import Traces
    from spark_tui.ui.latency.report import report

    parser = Arguments(
        prog="spark-tui stats", description="Figures of the recorded turns, by endpoint."
    )
    parser.add_argument("-n", type=int, default=_MOST, metavar="N", help="the last N turns")
    parser.add_argument("--endpoint", default="", metavar="NAME", help="of this endpoint only")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args(args)
    settings = places.load_settings(None).instrument
    found = _samples(Traces(places.state_dir()).paths()[: max(given.n, 0)])
    if given.endpoint:
        found = [one for one in found if one.endpoint.removesuffix(_SIMULATED) == given.endpoint]
    if given.json:
        print_json(_table(found, summaries(found, settings), settings), indent=1)
        return 0
    if not found:
        out("no turns recorded: every turn of a session leaves one")
        return 0
    width = os.get_terminal_size().columns if os.isatty(1) else 80
    for line in report(found, settings, width=width):
        out(line.text)
    return 0


def _samples(paths: Sequence[Path]) -> list[Sample]:
    """One for each readable trace, oldest first."""
    from spark_tui.core.latency.stats import sample
    from spark_tui.core.trace.decode import outline
    from spark_tui.core.trace.phases import track_of
    from spark_tui.services.trace import read_trace

    out: list[Sample] = []
    for path in reversed(paths):
        try:
            one = outline(read_trace(path), path.name)
        except SparkError as error:
            from spark_tui.ui.messages.remedies import shell_line

            err(shell_line(error))
            continue
        track = track_of(one)
        if one.end is not None and (track.sent is not None or track.fault is not None):
            out.append(sample(_label(one), track, one.reading))
    return out


def _label(one: Trace) -> EndpointLabel:
    """The endpoint as it turned out: the model that answered, and whether it was simulated.

    Simulated turns are never counted with those of a real model under the same name.
    """
    from spark_tui.core.endpoint.choices import SIMULATED_MODEL
    from spark_tui.core.endpoint.wire import HeadersRead
    from spark_tui.core.events import OnWire

    label = one.asked.endpoint
    for event in one.events:
        if isinstance(event, OnWire) and isinstance(event.event, HeadersRead):
            model = event.event.model or label.model
            simulated = label.simulated or model.startswith(SIMULATED_MODEL)
            own = simulated and label.name != "simulated"
            name = f"{label.name}{_SIMULATED * own}"
            return dataclasses.replace(label, name=name, model=model, simulated=simulated)
    return label


def _table(
    found: Sequence[Sample], summed: Sequence[Summary], settings: InstrumentSettings
) -> dict[str, Any]:
    """Everything as data; times are ns in `turns`, ms in `endpoints`."""
    return {
        "objectives": dataclasses.asdict(settings.slo),
        "endpoints": [dataclasses.asdict(one) for one in summed],
        "turns": [dataclasses.asdict(one) for one in found],
    }
