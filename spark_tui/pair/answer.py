"""The network thread's half of a turn: wire events in, parsed and metered batches out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spark_tui.core.edits.joining import ENOUGH, continuation
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
        *,
        goes_on: bool = False,
    ) -> None:
        """With `goes_on` the answer may be continued once after it hit its length limit."""
        self._clock = clock
        self._stream = stream
        self._meter = meter
        self._deliver = deliver
        self._texts: list[str] = []
        self._over = False
        self._goes_on = goes_on
        self._held: str | None = None

    @property
    def paused(self) -> bool:
        """Whether the answer hit its length limit and waits to `go_on` or to be `closed`."""
        return self._over and self._goes_on

    def go_on(self) -> None:
        """What comes now continues the answer. Called while nothing is being read."""
        self._goes_on, self._over, self._held = False, False, ""
        self._meter.goes_on()

    def close(self) -> Parsed:
        """The answer is not continued after all: what is left of what there is."""
        self._goes_on = False
        edits, now = tuple(self._stream.finish(False)), self._clock()
        return Parsed(now, (), edits, self._stream.tail, self._meter.reading(), None, now)

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
                    edits += self._read(event.text)
                continue
            wire.append(event)
            if isinstance(event, Ended):
                ended = event
                self._over = True
                edits += self._release()
                if event.ending is Ending.LENGTH and self._goes_on and self._texts:
                    break
                self._goes_on = False
                whole = event.ending is Ending.COMPLETE
                edits += self._stream.finish(whole, certain=event.certain)
                break
        self._deliver_parsed(batch, wire, edits, ended)

    def _read(self, text: str) -> Sequence[EditEvent]:
        if self._held is not None:
            self._held += text
            return self._release() if len(self._held) >= ENOUGH else ()
        self._texts.append(text)
        return self._stream.feed(text)

    def _release(self) -> Sequence[EditEvent]:
        """The beginning of a continuation, without what it repeats."""
        held, self._held = self._held, None
        added = continuation(self.text, held) if held else ""
        return self._read(added) if added else ()

    def _deliver_parsed(
        self,
        batch: Sequence[WireEvent],
        wire: Sequence[WireEvent],
        edits: Sequence[EditEvent],
        ended: Ended | None,
    ) -> None:
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
