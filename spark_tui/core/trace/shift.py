"""The same events at another time: a replay has the clock of today."""

from __future__ import annotations

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.wire import RequestSent
from spark_tui.core.events import Away, Event, Handled, OnWire


def shifted(event: Event, by: int) -> Event:
    """`event` with all its stamps `by` ns later; what lies between stamps stays the same."""
    moved = replace(event, at=event.at + by)
    if isinstance(moved, OnWire):
        wire = replace(moved.event, at=moved.event.at + by)
        if isinstance(wire, RequestSent):
            wire = replace(wire, started=wire.started + by)
        return replace(moved, event=wire)
    if isinstance(moved, Handled):
        return replace(moved, read_at=moved.read_at + by, parsed_at=moved.parsed_at + by)
    if isinstance(moved, Away):
        return replace(moved, since=moved.since + by)
    return moved
