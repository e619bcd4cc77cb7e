"""What crosses to the interface in one piece, by a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from spark_tui.core.edits.model import HunkClosed, HunkLine, HunkOpened
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.endpoint.wire import Delta, Ended, Ending, FirstEvent
from spark_tui.core.latency.meter import Meter
from spark_tui.pair.answer import AnswerReader, Parsed
from spark_tui.pair.frame_gate import EARLY_NS, PERIOD_NS, FrameGate

MS = 1_000_000
FRAME = 8 * MS
LEAST = PERIOD_NS - EARLY_NS
PATCH = (
    "*** Begin Patch\n*** Update File: a.py\n@@\n-one\n+two\n"
    + "".join(f"+line {n} of many\n" for n in range(200))
    + "*** End Patch\n"
)


@dataclass
class Timer:
    at: int
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class World:
    """A clock, one timer at most, and a screen that is painted `FRAME` after its last frame."""

    now: int = 1_000 * MS
    due: int = 0
    timer: Timer | None = None
    delivered: list[tuple[int, Parsed]] = field(default_factory=list)

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        assert self.timer is None or self.timer.cancelled or self.timer.at <= self.now
        self.timer = Timer(self.now + round(seconds * 1e9), call)
        return self.timer

    def deliver(self, parsed: Parsed | Exception) -> None:
        assert isinstance(parsed, Parsed), parsed
        self.delivered.append((self.now, parsed))
        self.due = max(self.due, self.now + FRAME)

    def run(self, until: int) -> None:
        while (timer := self.timer) and not timer.cancelled and timer.at <= until:
            self.timer, self.now = None, max(self.now, timer.at)
            timer.call()
        self.now = max(self.now, until)

    def reader(self, gate: FrameGate) -> AnswerReader:
        return AnswerReader(EditStream(), Meter(), self.deliver, lambda: self.now, gate=gate)

    def gate(self) -> FrameGate:
        return FrameGate(lambda: self.due, lambda: self.now, self.later)


def pieces(text: str) -> list[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]


def test_a_fast_answer_crosses_once_a_frame_and_nothing_of_it_is_lost() -> None:
    world = World()
    gate = world.gate()
    reader = world.reader(gate)
    begun = world.now
    for number in range(1000):
        world.run(begun + number * MS)
        reader.sink([Delta(world.now, "word ")])
    world.run(world.now + PERIOD_NS)
    assert len(world.delivered) <= 1000 * MS // LEAST + 3
    assert world.delivered[-1][1].reading.received == 5000
    assert world.delivered[-1][1].reading.reads == 1000
    stamps = [at for at, _ in world.delivered]
    assert max(b - a for a, b in pairwise(stamps)) <= PERIOD_NS + MS


def test_a_slow_answer_crosses_read_by_read() -> None:
    world = World()
    reader = world.reader(world.gate())
    for _ in range(100):
        reader.sink([Delta(world.now, "word ")])
        world.run(world.now + 10 * MS)
    assert len(world.delivered) == 100


def test_what_a_stamp_hangs_on_waits_for_no_frame() -> None:
    """Each event of the wire, the first output, a hunk's beginning and end, and the ending."""
    world = World()
    reader = world.reader(world.gate())
    reads = 0
    reader.sink([FirstEvent(world.now)])
    for piece in pieces(PATCH):
        world.run(world.now + MS // 10)
        reads += 1
        reader.sink([Delta(world.now, piece)])
    world.run(world.now + MS // 10)
    reader.sink([Ended(world.now, Ending.COMPLETE)])
    assert world.delivered[-1][1].ended is not None
    assert isinstance(world.delivered[0][1].wire[0], FirstEvent)
    for at, parsed in world.delivered:
        if any(type(edit) is not HunkLine for edit in parsed.edits):
            assert at == parsed.at
    edits = [edit for _, parsed in world.delivered for edit in parsed.edits]
    lines = sum(isinstance(edit, HunkLine) for edit in edits)
    assert lines == 202
    assert sum(isinstance(edit, HunkOpened | HunkClosed) for edit in edits) == 2
    assert len(world.delivered) < 20 < reads // 10


def test_two_answers_that_come_together_cross_together() -> None:
    world = World()
    gate = world.gate()
    one, two = world.reader(gate), world.reader(gate)
    for number in range(1000):
        world.run(world.now + MS // 2)
        (one if number % 2 else two).sink([Delta(world.now, "word ")])
    world.run(world.now + PERIOD_NS)
    stamps = {at for at, _ in world.delivered}
    assert len(world.delivered) >= 2 * len(stamps) - 4
    assert len(stamps) <= 500 * MS // LEAST + 4


def test_without_anybody_who_paints_nothing_waits() -> None:
    world = World()
    reader = AnswerReader(EditStream(), Meter(), world.deliver, lambda: world.now)
    for _ in range(10):
        reader.sink([Delta(world.now, "word ")])
    assert len(world.delivered) == 10
