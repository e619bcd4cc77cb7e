"""A turn that is recorded, played again and recorded again has the same figures."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.events import Event, Flushed, HunksSet, Notice, Painted, TreeChanged, TurnEnded
from spark_tui.core.mode import Mode
from spark_tui.core.trace.decode import Trace, parse
from spark_tui.core.trace.phases import compare, figures
from spark_tui.pair.replay import LONGEST_PAUSE_NS, Replay, timetable
from spark_tui.services.trace import TraceRecorder, Traces, read_trace
from tests.pair.conftest import Rig
from tests.pair.test_turns import CALC, PATCH


async def recorded(rig: Callable[..., Rig], folder: Path) -> Trace:
    """A whole turn: streamed, painted, kept, on disk."""
    traces = Traces(folder)
    r = rig({"calc.py": CALC}, recorder=TraceRecorder(traces))
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH, pieces=40)
    r.pair.painted(1, time.monotonic_ns())
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: any(isinstance(e, Flushed) for e in r.events))
    await r.pair.close()
    return parse(read_trace(traces.find("last")))


async def played(replay: Replay, until: Callable[[Event], bool]) -> list[Event]:
    events: list[Event] = []
    async with asyncio.timeout(60):
        async for batch in replay.events():
            events += batch
            if any(until(event) for event in batch):
                await replay.close()
    return events


def over(event: Event) -> bool:
    return isinstance(event, Notice) and event.text.startswith("replay over")


async def test_recorded_replayed_and_recorded_again_differ_in_nothing(
    rig: Callable[..., Rig], tmp_path: Path
) -> None:
    first = await recorded(rig, tmp_path / "a")
    events = await played(Replay(first, time.monotonic_ns, speed=20.0, name="x"), over)
    traces = Traces(tmp_path / "b")
    recorder = TraceRecorder(traces)
    recorder.handle(events)
    recorder.close()
    second = parse(read_trace(traces.find("last")))
    assert second.asked.at != first.asked.at
    assert [type(e) for e in second.events] == [type(e) for e in first.events]
    changes = {d.name: d.change for d in compare(first, second) if d.change is not None}
    assert len(changes) >= 12
    assert set(changes.values()) == {0}
    assert {f.name for f in figures(first) if f.value} >= {
        "decode",
        "key to disk, durable",
        "gap between reads p50",
        "decode rate",
    }


async def test_the_pace_is_the_recorded_one_times_the_speed(
    rig: Callable[..., Rig], tmp_path: Path
) -> None:
    trace = await recorded(rig, tmp_path)
    due = timetable(trace)
    assert due[0][0] == 0
    assert [a[0] for a in due] == sorted(a[0] for a in due)
    quick = asyncio.get_running_loop().time()
    await played(Replay(trace, time.monotonic_ns, speed=4.0), over)
    took = asyncio.get_running_loop().time() - quick
    assert took >= due[-1][0] / 4.0 / 1e9


async def test_esc_plays_the_rest_at_once(rig: Callable[..., Rig], tmp_path: Path) -> None:
    trace = await recorded(rig, tmp_path)
    replay = Replay(trace, time.monotonic_ns, speed=0.001)
    stream = replay.events()
    async with asyncio.timeout(60):
        seen: list[Event] = [*await anext(stream), *await anext(stream)]
        assert not any(isinstance(e, TurnEnded) for e in seen)
        replay.stop()
        while not any(isinstance(e, TurnEnded) for e in seen):
            seen += await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_long_pauses_are_shortened_and_stamps_are_not(
    rig: Callable[..., Rig], tmp_path: Path
) -> None:
    trace = await recorded(rig, tmp_path)
    pause = 3600 * 10**9
    late: list[Any] = [*trace.events, Painted(trace.events[-1].at + pause, 1)]
    slow = Trace(trace.header, trace.asked, tuple(late))
    due = timetable(slow)
    assert due[-1][0] - due[-2][0] == LONGEST_PAUSE_NS
    assert due[-1][1].at - due[-2][1].at == pause


async def test_keys_that_would_ask_or_write_only_say_that_it_is_a_replay(
    rig: Callable[..., Rig], tmp_path: Path
) -> None:
    trace = await recorded(rig, tmp_path)
    replay = Replay(trace, time.monotonic_ns, speed=1000.0, name="20261124-221500-41-1.jsonl")
    ident = HunkId(1, 1, "1")
    replay.stop()
    replay.decide([ident], HunkState.DROPPED, 0)
    replay.ask("more", 0)
    replay.set_mode(Mode.AUTO)
    events = await played(replay, over)
    told = [e.text for e in events if isinstance(e, Notice)]
    assert told[:3] == ["a replay: nothing is asked and nothing written"] * 3
    assert replay.session.mode is Mode.READ_ONLY
    assert isinstance(events[0], TreeChanged)
    assert replay.trace() == "20261124-221500-41-1.jsonl"
    placed = next(e for e in events if isinstance(e, HunksSet)).hunks[0]
    assert placed.path == "file-1.py"
    assert all(set(line) <= {"·", "\n"} for line in (*placed.old, *placed.new))
