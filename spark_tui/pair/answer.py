"""The network thread's half of a turn: wire events in, parsed and metered batches out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.edits.joining import ENOUGH, continuation
from spark_tui.core.edits.model import EditEvent, HunkLine, Prose, Tail
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.thoughts import Fed, Thoughts
from spark_tui.core.endpoint.wire import Channel, Delta, Ended, Ending, LookAsked, WireEvent
from spark_tui.core.latency.meter import Meter, Reading
from spark_tui.pair.frame_gate import FrameGate, at_once
from spark_tui.pair.ports import Clock


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the reads within a frame amounted to.

    `at` is the stamp of the last one, `parsed_at` when they were handed over. `wire` holds
    everything that is no delta, in order; `tail` is the unfinished last line; `thought` is what the
    model thought, wherever that stood.
    """

    at: int
    wire: tuple[WireEvent, ...]
    edits: tuple[EditEvent, ...]
    tail: Tail
    reading: Reading
    ended: Ended | None
    parsed_at: int = 0
    thought: str = ""


class AnswerReader:
    """Feeds the edit parser and the meter where bytes are read, so that painting moves no stamp.

    Every read is parsed at once. Lines of text wait for the next frame to be delivered; what a
    stamp or a decision hangs on does not: the first output, the end, events of the wire, and the
    beginning and end of a hunk.
    """

    def __init__(
        self,
        stream: EditStream,
        meter: Meter,
        deliver: Callable[[Parsed | Exception], None],
        clock: Clock = time.monotonic_ns,
        *,
        goes_on: bool = False,
        gate: FrameGate | None = None,
    ) -> None:
        """With `goes_on` the answer may be continued once after it hit its length limit.

        Without a gate nothing waits for a frame.

        An answer that looks is none yet: what came of it is thought, and `next_round` reads on.
        """
        self._clock = clock
        self._thoughts = Thoughts(stream)
        self._meter = meter
        self._deliver = deliver
        self._texts: list[str] = []
        self._last_at = 0
        self._over = False
        self._goes_on = self._may = goes_on
        self._held: str | None = None
        self._again: Thoughts | None = None
        self._looks = self._drafted = False
        self._gate = gate or FrameGate(at_once, clock)
        self._gathered: _Read | None = None
        self.said = ""

    @property
    def paused(self) -> bool:
        """Whether the answer hit its length limit and waits to `go_on` or to be `closed`."""
        return self._over and self._goes_on

    def go_on(self) -> None:
        """What comes now continues the answer. Called while nothing is being read."""
        self._goes_on, self._over, self._held = False, False, ""
        self._again = Thoughts(EditStream()) if self._thoughts.seen else None
        self._meter.goes_on()

    def next_round(self) -> None:
        """What comes now is read as an answer of its own. Called while nothing is being read."""
        self._over = self._looks = False
        self._goes_on = self._may
        self._meter.goes_on()

    def close(self) -> Parsed:
        """The answer is not continued after all: what is left of what there is."""
        self._goes_on = False
        out = _Read()
        self._fed(self._thoughts.finish(False), None, out)
        now = self._clock()
        return self._parsed(now, out, now)

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
            waits = self._take(batch)
        except Exception as error:  # noqa: BLE001 - a bug here must end the turn loudly, not hang it
            self._broke(error)
            return
        if waits:
            self._gate.hold(self._hand_over)
        else:
            self._hand_over()

    def _take(self, batch: Sequence[WireEvent]) -> bool:
        """Add one read to what is gathered; True if that may wait for the next frame."""
        if self._gathered is None:
            self._gathered = _Read()
        out = self._gathered
        waits = self._last_at > 0
        parsed = len(out.edits)
        for event in batch:
            if type(event) is Delta:
                self._delta(event, out)
                continue
            waits = False
            self._looks = self._looks or isinstance(event, LookAsked)
            out.wire.append(event)
            self._meter.feed((event,))
            if isinstance(event, Ended):
                out.ended = event
                self._end(event, out)
                break
        out.at = batch[-1].at
        return waits and all(type(edit) in _GROWTH for edit in out.edits[parsed:])

    def _hand_over(self) -> None:
        """Deliver what is gathered."""
        out, self._gathered = self._gathered, None
        if out is None:
            return
        try:
            parsed = self._parsed(out.at, out, self._clock())
        except Exception as error:  # noqa: BLE001 - likewise
            self._broke(error)
            return
        self._deliver(parsed)

    def _broke(self, error: Exception) -> None:
        self._over, self._gathered = True, None
        self._deliver(error)

    def _end(self, event: Ended, out: _Read) -> None:
        self._over = True
        if self._held is not None:
            self._release(out)
        if event.ending is Ending.COMPLETE and self._looks:
            self._take_back(out)
            return
        goes_on = event.ending is Ending.LENGTH and self._goes_on and not self._looks
        if goes_on and self._may_go_on():
            return
        self._goes_on = False
        whole = event.ending is Ending.COMPLETE
        last = self._thoughts.finish(whole, certain=event.certain)
        self._fed(last, Delta(self._last_at, "", tokens=0), out)

    def _take_back(self, out: _Read) -> None:
        """The answer looked: whatever it said or drafted was not the answer, `said` keeps it."""
        self._goes_on = False
        last = self._thoughts.finish(complete=False)
        self._fed(last, None, out)
        self.said = self.text
        self._thoughts = Thoughts(self._thoughts.stream.anew())
        gone = self._thoughts.stream.feed("")
        out.edits = gone if self._drafted else []
        self._drafted = False
        if self._texts:
            out.thought.append(self.said)
        self._texts.clear()

    def _may_go_on(self) -> bool:
        """Whether a continuation could be joined: not within a thought.

        Nor where thoughts have no mark at their beginning: it would begin with one.
        """
        thoughts = self._thoughts
        return bool(self._texts) and not (thoughts.thinking or thoughts.unopened)

    def _delta(self, delta: Delta, out: _Read) -> None:
        """One piece of the answer, in the channel it turns out to belong to."""
        self._last_at = delta.at
        if delta.channel is Channel.LOOK:
            self._meter.feed((delta,))
            return
        if delta.channel is Channel.REASONING or not delta.text:
            out.thought.append(delta.text)
            self._meter.feed((delta,))
            return
        if self._held is not None:
            self._meter.feed((delta,))
            self._hold(delta.text, out)
            return
        tool = delta.channel is Channel.TOOL
        fed = self._thoughts.tool(delta.text) if tool else self._thoughts.feed(delta.text)
        # What is held back until more is known was read now all the same.
        fed.pieces = fed.pieces or [("", True)]
        self._fed(fed, delta, out)

    def _hold(self, text: str, out: _Read) -> None:
        """The beginning of a continuation: until it is known what it repeats.

        Who thought in the text of the answer begins by thinking again.
        """
        if self._again is None:
            self._held = f"{self._held}{text}"
        else:
            for piece, is_thought in self._again.feed(text).pieces:
                if is_thought:
                    out.thought.append(piece)
                else:
                    self._held = f"{self._held}{piece}"
            if self._held and not self._held.isspace():
                self._held += self._again.held
                self._again = None
        if self._held is not None and len(self._held) >= ENOUGH:
            self._release(out)

    def _release(self, out: _Read) -> None:
        """The beginning of a continuation, without what it repeats."""
        held, self._held = self._held, None
        added = continuation(self.text, held) if held else ""
        if added:
            self._fed(self._thoughts.feed(added), None, out)

    def _fed(self, fed: Fed, delta: Delta | None, out: _Read) -> None:
        """Take in what a piece came to; `delta` is what it is metered as, None if it was."""
        if fed.taken_back:
            self._texts.clear()
            self._meter.was_thought()
            out.edits.clear()
        out.edits += fed.edits
        self._drafted = self._drafted or bool(fed.edits)
        tokens = delta.tokens if delta is not None else None
        for text, is_thought in fed.pieces:
            (out.thought if is_thought else self._texts).append(text)
            if delta is not None:
                channel = Channel.REASONING if is_thought else delta.channel
                same = text == delta.text and channel is delta.channel
                self._meter.feed((delta if same else Delta(delta.at, text, channel, tokens),))
                tokens = None if tokens is None else 0

    def _parsed(self, at: int, out: _Read, now: int) -> Parsed:
        return Parsed(
            at,
            tuple(out.wire),
            tuple(out.edits),
            self._thoughts.stream.tail,
            self._meter.reading(),
            out.ended,
            now,
            "".join(out.thought),
        )


_GROWTH = frozenset({HunkLine, Prose})
"""What only makes longer what is shown already."""


@dataclass(slots=True)
class _Read:
    """What the reads since the last delivery come to; `at` is the last one's stamp."""

    at: int = 0
    wire: list[WireEvent] = field(default_factory=list)
    edits: list[EditEvent] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    ended: Ended | None = None
