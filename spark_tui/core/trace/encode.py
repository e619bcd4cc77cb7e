"""Events of one turn as the lines of its trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from spark_tui.core.edits.model import Hunk, Refusal, TaggedLine
from spark_tui.core.events import (
    Asked,
    Event,
    HunkGrew,
    HunksSet,
    LookDone,
    Metered,
    OnWire,
    Said,
    TurnEnded,
)
from spark_tui.core.plain_data import plain
from spark_tui.core.trace.schema import (
    PLAIN_EVENTS,
    PRIVATE,
    VERSION,
    Aliases,
    TraceHeader,
    kind_of,
)

_Table = dict[str, Any]

LARGEST = 8 * 1024 * 1024
"""Bytes of a trace after which reads and growing text are no longer written."""

ROWS = 256
"""Reads on one line."""


class TurnEncoder:
    """Takes a turn's events in order, gives its trace's lines.

    `wall` is the Unix time of the Enter key, ns; `program` is the version that writes. With `text`
    instruction, paths, code and messages are written, else their sizes and aliases.
    """

    def __init__(self, asked: Asked, wall: int, program: str, *, text: bool = False) -> None:
        self.ended = False
        self._text = text
        self._aliases = Aliases()
        self._lines: list[str] = []
        self._rows: list[tuple[int, int, int]] = []
        self._rows_from = 0
        self._reads = self._received = self._output = 0
        self._size = 0
        self._full = False
        self._writers: dict[type[Any], Callable[[Any], None]] = {
            OnWire: self._wire,
            Metered: self._metered,
            Said: self._said,
            HunkGrew: self._grew,
            HunksSet: self._hunks,
            TurnEnded: self._end,
            LookDone: self._look,
            **dict.fromkeys(PLAIN_EVENTS, self._plain),
        }
        header = TraceHeader(VERSION, program, asked.turn, wall, text)
        self._put("trace", _table(header))
        self._asked(asked)

    def add(self, event: Event) -> None:
        """One event of the turn; kinds that say nothing about time are left out."""
        write = self._writers.get(type(event))
        if write is not None:
            write(event)

    def drain(self) -> str:
        """The lines since the last call, each with its ending; "" for none."""
        self._put_rows()
        lines, self._lines = self._lines, []
        return "".join(f"{line}\n" for line in lines)

    # ------------------------------------------------------------------ lines

    def _put(self, kind: str, table: _Table) -> None:
        line = json.dumps({"k": kind, **table}, separators=(",", ":"))
        self._size += len(line)
        self._lines.append(line)

    def _bulk(self, kind: str, table: _Table) -> None:
        """A line that can be missed: not written once the trace is large."""
        if self._size < LARGEST:
            self._put(kind, table)
        elif not self._full:
            self._full = True
            self._put("truncated", {})

    def _put_rows(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            self._bulk("reads", {"at": self._rows_from, "rows": rows})

    # ------------------------------------------------------------------ events

    def _asked(self, event: Asked) -> None:
        table = _table(event)
        del table["turn"]
        table["text"] = self._texts(event.text)
        table["context"] = [
            {**_table(item), "path": self._path(item.path)} for item in event.context
        ]
        self._put("asked", table)

    def _wire(self, event: OnWire) -> None:
        self._put_rows()
        self._put(kind_of(type(event.event)), self._cleared(_table(event.event)))

    def _metered(self, event: Metered) -> None:
        """One row for each read that held output: ns since the line's `at`, bytes, tokens."""
        reading = event.reading
        if reading.reads == self._reads:
            return
        if len(self._rows) >= ROWS:
            self._put_rows()
        if not self._rows:
            self._rows_from = event.at
        self._rows.append(
            (
                event.at - self._rows_from,
                reading.received - self._received,
                reading.output - self._output,
            )
        )
        self._reads, self._received, self._output = (
            reading.reads,
            reading.received,
            reading.output,
        )

    def _said(self, event: Said) -> None:
        if self._text:
            self._bulk("said", {"at": event.at, "text": event.text})
        else:
            sizes = [len(line) for line in event.text.split("\n")]
            self._bulk("said", {"at": event.at, "text": sizes})

    def _grew(self, event: HunkGrew) -> None:
        if event.lines:
            lines = [self._tagged(line) for line in event.lines]
            self._bulk("hunk-grew", {"at": event.at, "id": plain(event.id), "lines": lines})

    def _hunks(self, event: HunksSet) -> None:
        table: _Table = {"at": event.at, "hunks": [self._hunk(h) for h in event.hunks]}
        if event.after is not None:
            table["after"] = plain(event.after)
        if event.successors:
            table["successors"] = plain(event.successors)
        self._put("hunks-set", table)

    def _look(self, event: LookDone) -> None:
        self._put("look-done", {"at": event.at, **self._cleared(_table(event.look))})

    def _plain(self, event: Any) -> None:
        table = self._cleared(_table(event))
        table.pop("turn", None)
        if "path" in table:
            table["path"] = self._path(event.path)
        self._put(kind_of(type(event)), table)

    def _end(self, event: TurnEnded) -> None:
        self.ended = True
        self._put_rows()
        table = self._cleared(_table(event))
        del table["turn"]
        self._put("turn-ended", table)

    # ------------------------------------------------------------------ what is text

    def _cleared(self, table: _Table) -> _Table:
        return table if self._text else {k: v for k, v in table.items() if k not in PRIVATE}

    def _path(self, path: str) -> str:
        return path if self._text else self._aliases.of(path)

    def _texts(self, text: str) -> str | int:
        return text if self._text else len(text)

    def _tagged(self, line: TaggedLine) -> list[str | int]:
        return [line.tag, self._texts(line.text)]

    def _side(self, lines: tuple[str, ...]) -> list[str | int]:
        """Lines with their endings as text, or their lengths without."""
        if self._text:
            return list(lines)
        return [len(line.rstrip("\r\n")) for line in lines]

    def _hunk(self, hunk: Hunk) -> _Table:
        table = _table(hunk)
        table["path"] = self._path(hunk.path)
        table["old"], table["new"] = self._side(hunk.old), self._side(hunk.new)
        if hunk.move_to is not None:
            table["move_to"] = self._path(hunk.move_to)
        if hunk.raw is not None:
            table["raw"] = [self._tagged(line) for line in hunk.raw.lines]
        if hunk.refusal is not None:
            table["refusal"] = self._refusal(hunk.refusal)
        return table

    def _refusal(self, refusal: Refusal) -> _Table:
        table = self._cleared(_table(refusal))
        if not self._text:
            table["candidates"] = [[candidate.line, ""] for candidate in refusal.candidates]
        return table


def _table(value: object) -> _Table:
    table = plain(value)
    assert isinstance(table, dict)
    return table
