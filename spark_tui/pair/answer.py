"""The network thread's half of a turn: wire events in, parsed and metered batches out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spark_tui.core.edits.model import EditEvent, Tail
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.meter import Meter, Reading
from spark_tui.core.wire import Channel, Delta, Ended, Ending, WireEvent
from spark_tui.pair.ports import Clock


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one socket read amounted to. `at` is the read's stamp, `parsed_at` the end of parsing.

    `wire` holds everything that is no delta, in order; `tail` is the unfinished last line.
    """

    at: int
    wire: tuple[WireEvent, ...]
    edits: tuple[EditEvent, ...]
    tail: Tail
    reading: Reading
    ended: Ended | None
    parsed_at: int = 0


class AnswerReader:
    """Feeds the edit parser and the meter where bytes are read, so that painting moves no stamp."""

    def __init__(
        self,
        stream: EditStream,
        meter: Meter,
        deliver: Callable[[Parsed | Exception], None],
        clock: Clock = time.monotonic_ns,
    ) -> None:
        self._clock = clock
        self._stream = stream
        self._meter = meter
        self._deliver = deliver
        self._texts: list[str] = []
        self._over = False

    @property
    def text(self) -> str:
        """The visible answer so far, for a follow-up's history."""
        return "".join(self._texts)

    @property
    def token_factor(self) -> float:
        """What the turn's exact usage taught about estimating tokens."""
        return self._meter.learned

    def sink(self, batch: Sequence[WireEvent]) -> None:
        """Take one read's events. Called in the network thread, in order."""
        if self._over or not batch:
            return
        try:
            self._take(batch)
        except Exception as error:  # noqa: BLE001 - a bug here must end the turn loudly, not hang it
            self._over = True
            self._deliver(error)

    def _take(self, batch: Sequence[WireEvent]) -> None:
        edits: list[EditEvent] = []
        wire: list[WireEvent] = []
        ended: Ended | None = None
        self._meter.feed(batch)
        for event in batch:
            if isinstance(event, Delta):
                if event.channel is not Channel.REASONING and event.text:
                    self._texts.append(event.text)
                    edits += self._stream.feed(event.text)
                continue
            wire.append(event)
            if isinstance(event, Ended):
                ended = event
                self._over = True
                whole = event.ending is Ending.COMPLETE
                edits += self._stream.finish(whole, certain=event.certain)
                break
        self._deliver(
            Parsed(
                batch[-1].at,
                tuple(wire),
                tuple(edits),
                self._stream.tail,
                self._meter.reading(),
                ended,
                self._clock(),
            )
        )
