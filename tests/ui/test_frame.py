"""When frames are painted, by a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spark_tui.core.events import Asked, EndpointLabel, Event, Said
from spark_tui.core.session import Session
from spark_tui.ui.frame import FramePump

MS = 1_000_000


@dataclass
class Handle:
    at: int
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class World:
    """A clock, its timers, and the frames that were painted."""

    cost: int = 0
    backlog: int = 0
    now: int = 1_000 * MS
    frames: list[tuple[int, int]] = field(default_factory=list)
    timers: list[Handle] = field(default_factory=list)

    def pump(self, fps: int = 120) -> FramePump:
        return FramePump(
            self.paint,
            fps=fps,
            backlog=lambda: self.backlog,
            clock=lambda: self.now,
            later=self.later,
        )

    def paint(self, batch: Sequence[Event], session: Session) -> None:
        self.frames.append((self.now, len(batch)))
        self.now += self.cost

    def later(self, seconds: float, call: Callable[[], None]) -> Handle:
        handle = Handle(self.now + round(seconds * 1e9), call)
        self.timers.append(handle)
        return handle

    def run(self, until: int) -> None:
        while True:
            due = [h for h in self.timers if not h.cancelled and h.at <= until]
            if not due:
                break
            first = min(due, key=lambda h: h.at)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.call()
        self.now = max(self.now, until)


def said(text: str = "x") -> Said:
    return Said(0, 1, text)


def stream(world: World, pump: FramePump, rate: int, seconds: float = 1.0) -> None:
    start = world.now
    for n in range(int(rate * seconds)):
        at = start + n * 1_000_000_000 // rate
        world.run(at)
        pump.handle([said()])
    world.run(start + round(seconds * 1e9))


def test_the_first_event_is_painted_at_once() -> None:
    world = World()
    world.pump().handle([said()])
    assert world.frames == [(1_000 * MS, 1)]
    assert world.timers == []


def test_a_thousand_events_a_second_take_at_most_125_frames() -> None:
    world = World(cost=MS)
    pump = world.pump()
    stream(world, pump, 1000, 2.0)
    assert 220 <= len(world.frames) <= 250
    world.run(world.now + 50 * MS)
    assert sum(n for _, n in world.frames) == 2000


def test_what_comes_when_a_frame_is_due_is_shown_without_a_timer() -> None:
    world = World(cost=MS)
    pump = world.pump()
    for _ in range(50):
        pump.handle([said()])
        world.now = pump.due
    assert [n for _, n in world.frames] == [1] * 50
    assert world.timers == []


def test_a_frame_that_the_network_called_for_is_late_from_then_on() -> None:
    world, late = World(), []
    pump = world.pump()
    pump._measured = lambda _cost, served: late.append(served)
    pump.handle([said()])
    called = world.now + 20 * MS
    pump.handed_over = lambda: called
    world.now = called + 3 * MS
    pump.handle([said()])
    world.now += 50 * MS
    pump.handle([said()])
    assert late == [None, 3 * MS, None]


def test_over_ssh_half_as_many_do() -> None:
    world = World()
    stream(world, world.pump(30), 1000)
    assert len(world.frames) <= 33


def test_a_slow_answer_shows_each_token_as_it_comes() -> None:
    world = World()
    stream(world, world.pump(), 100)
    assert len(world.frames) == 100


def test_costly_frames_leave_half_of_the_time_to_others() -> None:
    world = World(cost=20 * MS)
    stream(world, world.pump(), 1000)
    assert len(world.frames) <= 26


def test_nothing_is_painted_while_the_terminal_is_behind() -> None:
    world = World(backlog=5)
    pump = world.pump()
    pump.handle([said("a")])
    world.run(world.now + 200 * MS)
    assert world.frames == []
    world.backlog = 0
    world.run(world.now + 40 * MS)
    assert [n for _, n in world.frames] == [1]
    assert pump.skipped > 0


def test_there_is_no_timer_while_nothing_comes() -> None:
    world = World()
    pump = world.pump()
    pump.handle([said()])
    pump.handle([said()])
    world.run(world.now + 100 * MS)
    assert len(world.frames) == 2
    assert world.timers == []
    assert pump.idle


def test_after_closing_nothing_is_painted() -> None:
    world = World()
    pump = world.pump()
    pump.handle([said()])
    pump.handle([said()])
    pump.close()
    world.run(world.now + 100 * MS)
    assert len(world.frames) == 1


def test_the_session_handed_over_is_folded_over_the_batch() -> None:
    world = World()
    pump = world.pump()
    pump.handle([Asked(0, 1, "go", (), 0, EndpointLabel("", "", ""))])
    assert pump.session.turn is not None
    assert pump.session.turn.text == "go"
