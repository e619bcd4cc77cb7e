"""A trace's lines as events again; what was not recorded as text comes back as dots."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import merge
from typing import Any

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import Hunk, HunkId, RawHunk, Tag, TaggedLine
from spark_tui.core.endpoint.wire import Delta, HeadersRead
from spark_tui.core.errors import SparkError
from spark_tui.core.events import (
    Asked,
    Event,
    HunkGrew,
    HunksSet,
    LookDone,
    LookResult,
    Metered,
    OnWire,
    RoundBegan,
    Said,
    TurnEnded,
)
from spark_tui.core.latency.meter import Exactness, Meter, Reading
from spark_tui.core.plain_data import read
from spark_tui.core.trace.schema import (
    KINDS,
    LONGEST_LINE,
    VERSION,
    WIRE_EVENTS,
    TraceHeader,
    placeholder,
)

_Table = Mapping[str, Any]

_TAGS: dict[str, Tag] = {" ": " ", "-": "-", "+": "+"}


class TraceError(SparkError):
    """A file is no trace, or of a newer program. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One recorded turn. `events` are in the order and with the stamps they had, ns."""

    header: TraceHeader
    asked: Asked
    events: tuple[Event, ...]
    truncated: bool = False

    @property
    def reading(self) -> Reading:
        """The turn's final figures; those of the last read where it has no end."""
        found = Reading()
        for event in self.events:
            if isinstance(event, Metered | TurnEnded):
                found = event.reading
                if isinstance(event, TurnEnded):
                    break
        return found

    @property
    def model(self) -> str:
        """The model asked for, else the one that answered; "" where neither is known."""
        return self.asked.endpoint.model or self.answered_by

    @property
    def answered_by(self) -> str:
        """The model as the answer names it, "" where it does not."""
        wire = (e.event for e in self.events if isinstance(e, OnWire))
        return next((e.model for e in wire if isinstance(e, HeadersRead) and e.model), "")

    @property
    def end(self) -> TurnEnded | None:
        """How the answer ended; None where the trace breaks off before."""
        return next((e for e in self.events if isinstance(e, TurnEnded)), None)


def parse(text: str, name: str = "the trace") -> Trace:
    """The trace in `text`. Raises TraceError naming the line that is wrong.

    Lines of unknown kinds are skipped, and so is a last line that was cut off.
    """
    tables = _tables(text, name)
    first = next(tables, (1, {}))[1]
    if first.get("k") != "trace":
        raise TraceError(f"{name} is no trace", "spark-tui trace list")
    if isinstance(first.get("v"), int) and first["v"] > VERSION:
        raise TraceError(
            f"{name} was written by a newer spark-tui (format {first['v']})", "update this one"
        )
    with _wrong(name, 1):
        decoder = _Decoder(read(TraceHeader, first))
    for number, table in tables:
        with _wrong(name, number):
            decoder.take(table)
    return decoder.trace(name)


@contextmanager
def _wrong(name: str, number: int) -> Iterator[None]:
    """What does not fit is a TraceError that names the line."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise TraceError(f"{name}: line {number}: {what}", "spark-tui trace list") from None


def summary(text: str, name: str = "the trace") -> Trace:
    """The trace with its head and its end only: much faster than all of it. Raises TraceError."""
    wanted = tuple(f'{{"k":"{kind}"' for kind in ("trace", "asked", "turn-ended"))
    return parse("\n".join(line for line in text.split("\n") if line.startswith(wanted)), name)


_BULK = tuple(f'{{"k":"{kind}"' for kind in ("reads", "said", "hunk-grew"))


def outline(text: str, name: str = "the trace") -> Trace:
    """The trace without what grew: its stamps and its end, for many at once. Raises TraceError."""
    return parse("\n".join(line for line in text.split("\n") if not line.startswith(_BULK)), name)


def _tables(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line. Raises TraceError for what is no object."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            table = json.loads(line)
        except (ValueError, RecursionError):
            if number == len(lines) and number > 1:
                return
            table = None
        if not isinstance(table, dict):
            raise TraceError(f"{name}: line {number} is no JSON object", "spark-tui trace list")
        yield number, table


class _Decoder:
    """Gathers events in file order, and reads apart from them: those are merged in by stamp."""

    def __init__(self, header: TraceHeader) -> None:
        self._turn = header.turn
        self._header = header
        self._asked: Asked | None = None
        self._others: list[tuple[int, Event]] = []
        self._reads: list[tuple[int, int, int]] = []
        self._due = 0
        self._truncated = False
        self._readers: dict[str, Callable[[_Table], Event]] = {
            "asked": self._ask,
            "said": self._said,
            "hunk-grew": self._grew,
            "hunks-set": self._hunks,
            "turn-ended": self._end,
            "look-done": self._look,
        }

    def take(self, table: _Table) -> None:
        kind = table.get("k")
        if kind == "reads":
            self._add_reads(table)
        elif kind == "truncated":
            self._truncated = True
        elif isinstance(kind, str) and (kind in self._readers or kind in KINDS):
            event = self._readers[kind](table) if kind in self._readers else self._plain(table)
            self._due = max(self._due, event.at)
            self._others.append((self._due, event))

    def trace(self, name: str) -> Trace:
        if self._asked is None:
            raise TraceError(f"{name} has no turn in it", "spark-tui trace list")
        metered = _Figures(self._asked, self._others, self._reads).events()
        events = merge(self._others, metered, key=lambda pair: pair[0])
        return Trace(
            self._header, self._asked, tuple(event for _, event in events), self._truncated
        )

    def _add_reads(self, table: _Table) -> None:
        start = read(int, table["at"])
        for row in table["rows"]:
            offset, size, tokens = read(tuple[int, int, int], row)
            self._reads.append((start + offset, size, tokens))

    def _plain(self, table: _Table) -> Event:
        kind = KINDS[table["k"]]
        if kind in WIRE_EVENTS:
            wire = read(kind, {"message": "", "why": "", **table})
            return OnWire(wire.at, self._turn, wire)
        event: Event = read(kind, {"message": "", **table, "turn": self._turn})
        return event

    def _ask(self, table: _Table) -> Event:
        asked = read(Asked, {**table, "turn": self._turn, "text": _text(table["text"])})
        self._asked = self._asked or asked
        return asked

    def _said(self, table: _Table) -> Event:
        said = table["text"]
        text = said if isinstance(said, str) else "\n".join(_text(size) for size in said)
        return Said(read(int, table["at"]), self._turn, text)

    def _grew(self, table: _Table) -> Event:
        hunk_id = read(HunkId, table["id"])
        lines = _tagged(table["lines"])
        return HunkGrew(read(int, table["at"]), self._turn, hunk_id, lines, "", " ")

    def _hunks(self, table: _Table) -> Event:
        after = read(HunkId, table["after"]) if "after" in table else None
        hunks = tuple(_hunk(one) for one in table["hunks"])
        successors = read(tuple[tuple[HunkId, HunkId], ...], table.get("successors", []))
        return HunksSet(read(int, table["at"]), self._turn, hunks, after, successors)

    def _look(self, table: _Table) -> Event:
        look = read(LookResult, {"what": placeholder(8), "outcome": "", **table})
        return LookDone(read(int, table["at"]), self._turn, look)

    def _end(self, table: _Table) -> Event:
        return read(TurnEnded, {**table, "turn": self._turn})


class _Figures:
    """The figures after each recorded read, metered again from its size."""

    def __init__(
        self,
        asked: Asked,
        others: Sequence[tuple[int, Event]],
        reads: Sequence[tuple[int, int, int]],
    ) -> None:
        self._asked = asked
        self._wire = [e for _, e in others if isinstance(e, OnWire | RoundBegan)]
        self._reads = reads
        end = next((e for _, e in others if isinstance(e, TurnEnded)), None)
        live = end is not None and end.reading.exactness is Exactness.LIVE
        self._exactness = Exactness.LIVE if live else Exactness.ESTIMATED

    def events(self) -> Iterator[tuple[int, Event]]:
        meter = Meter(self._asked.at)
        fed = output = received = 0
        for count, (at, size, tokens) in enumerate(self._reads, 1):
            while fed < len(self._wire) and self._wire[fed].at <= at:
                event = self._wire[fed]
                if isinstance(event, OnWire):
                    meter.feed((event.event,))
                else:
                    meter.goes_on()
                fed += 1
            output, received = output + tokens, received + size
            text = "x" * min(size, LONGEST_LINE) or "x"
            meter.feed((Delta(at, text, tokens=max(tokens, 0)),))
            reading = replace(
                meter.reading(),
                output=output,
                received=received,
                reads=count,
                exactness=self._exactness,
                elapsed_ns=max(0, at - self._asked.at),
            )
            yield at, Metered(at, self._asked.turn, reading)


def _text(value: object) -> str:
    """A text, or dots for its length."""
    return value if isinstance(value, str) else placeholder(read(int, value))


def _line(value: object) -> str:
    return value if isinstance(value, str) else f"{_text(value)}\n"


def _tagged(rows: Sequence[Any]) -> tuple[TaggedLine, ...]:
    return tuple(TaggedLine(_TAGS[tag], _text(text)) for tag, text in rows)


def _hunk(table: _Table) -> Hunk:
    given = {**table, "old": [_line(v) for v in table["old"]]}
    given["new"] = [_line(v) for v in table["new"]]
    raw = given.pop("raw", None)
    if "refusal" in given:
        refusal = read(dict, given["refusal"])
        given["refusal"] = {"message": "", **refusal}
    hunk = read(Hunk, given)
    return hunk if raw is None else replace(hunk, raw=RawHunk(_tagged(raw)))
