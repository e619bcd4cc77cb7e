"""However events are cut into frames, the same rows are shown in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from spark_tui.core.edits.model import (
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    Refusal,
    RefusalCode,
    TaggedLine,
)
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    FileRead,
    Flushed,
    FlushRefused,
    HunkGrew,
    HunksGone,
    HunksSet,
    HunkStarted,
    Metered,
    Said,
    TurnEnded,
    Undone,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Session, step
from spark_tui.ui.transcript.widget import Transcript

LABEL = EndpointLabel("sim", "", "built in")
TEXT = "".join(f"line {n}\n" for n in range(1, 60))
IMAGE = FileImage(
    "a.txt", TEXT.encode(), "0" * 40, 0o100644, "utf-8", "\n", b"", tuple(TEXT.splitlines(True))
)
PROSE = st.sampled_from(
    ["word ", "a", "\n", "\n\n", "日本語 ", "\t", "\x1b[2J", "long" * 30, "e\u0301\u0301", "  "]
)


def hunk(turn: int, ordinal: int) -> HunkId:
    return HunkId(turn, 1, str(ordinal))


@st.composite
def turns(draw: st.DrawFn) -> list[Event]:
    """A session of one or two turns, in an order a conductor could send."""
    out: list[Event] = []
    entry = 0
    for turn in range(1, draw(st.integers(1, 2)) + 1):
        out.append(Asked(0, turn, f"turn {turn}", (), 9, LABEL))
        out.append(FileRead(0, turn, 1, IMAGE))
        closed: dict[HunkId, HunkState] = {}
        for ordinal in range(1, draw(st.integers(0, 4)) + 1):
            out += [Said(0, turn, text) for text in draw(st.lists(PROSE, max_size=25))]
            out += draw(writing(turn, ordinal))
            state = draw(st.sampled_from([HunkState.OPEN, HunkState.OPEN, HunkState.REFUSED]))
            out.append(HunksSet(0, turn, (closing(turn, ordinal, state),)))
            closed[hunk(turn, ordinal)] = state
            if draw(st.booleans()):
                out += draw(deciding(turn, closed))
        if draw(st.integers(0, 3)) == 0:
            lost = hunk(turn, 99)
            out.append(HunkStarted(0, turn, lost, "a.txt", FileOp.UPDATE))
            out.append(HunksGone(0, turn, (lost,)))
        out.append(Metered(0, turn, Reading(output=5, input=10, cached=5)))
        ending = draw(st.sampled_from([Ending.COMPLETE, Ending.CUT]))
        out.append(TurnEnded(0, turn, ending, Reading(output=7, elapsed_ns=10**8)))
        kept = tuple(i for i, s in closed.items() if s is HunkState.KEPT)
        if kept and ending is Ending.CUT:
            out.append(Decided(0, turn, kept, HunkState.OPEN))
        elif kept:
            entry += 1
            flushed: list[Event] = [
                Flushed(0, turn, kept, entry, 1, 9_000_000),
                FlushRefused(0, turn, kept, "disk full"),
            ]
            out.append(draw(st.sampled_from(flushed)))
            if isinstance(out[-1], Flushed) and draw(st.booleans()):
                out.append(Undone(0, entry + 50, entry, kept, 6_000_000))
    # It may be looked at before it is over.
    return out if draw(st.booleans()) else out[: draw(st.integers(1, len(out)))]


@st.composite
def writing(draw: st.DrawFn, turn: int, ordinal: int) -> list[Event]:
    """One hunk as it arrives: lines, with unfinished tails between them."""
    me = hunk(turn, ordinal)
    out: list[Event] = [HunkStarted(0, turn, me, "a.txt", FileOp.UPDATE)]
    for number in range(draw(st.integers(0, 5))):
        line = TaggedLine(" ", f"line {ordinal * 10 + number}")
        if draw(st.booleans()):
            line = TaggedLine("+", "new\ttext " * draw(st.integers(1, 12)))
        out.append(HunkGrew(0, turn, me, (), line.text[:3], line.tag))
        out.append(HunkGrew(0, turn, me, (line,), "", line.tag))
    return out


def closing(turn: int, ordinal: int, state: HunkState) -> Hunk:
    at = ordinal * 10
    done = Hunk(
        hunk(turn, ordinal),
        "a.txt",
        FileOp.UPDATE,
        state,
        base_span=(at, at + 1),
        old=IMAGE.lines[at : at + 1],
        new=("one\n", "two\n"),
        added=2,
        removed=1,
    )
    if state is HunkState.REFUSED:
        return replace(done, base_span=None, refusal=Refusal(RefusalCode.NOT_FOUND, "not there"))
    return done


@st.composite
def deciding(draw: st.DrawFn, turn: int, closed: dict[HunkId, HunkState]) -> list[Event]:
    """A decision about one closed hunk, now and then taken back."""
    me = draw(st.sampled_from(sorted(closed)))
    if closed[me] is not HunkState.OPEN:
        return []
    state = draw(st.sampled_from([HunkState.KEPT, HunkState.DROPPED]))
    out: list[Event] = [Decided(0, turn, (me,), state)]
    closed[me] = state
    if draw(st.integers(0, 3)) == 0:
        out.append(Decided(0, turn, (me,), HunkState.OPEN))
        closed[me] = HunkState.OPEN
    return out


class Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


def frames(events: Sequence[Event], cuts: Sequence[int]) -> Iterator[Sequence[Event]]:
    edges = sorted({0, len(events), *(c % (len(events) + 1) for c in cuts)})
    for start, end in pairwise(edges):
        yield events[start:end]


def pieces(events: Sequence[Event]) -> list[Event]:
    """The same events with prose cut into single characters."""
    out: list[Event] = []
    for event in events:
        if isinstance(event, Said):
            out += [Said(0, event.turn, char) for char in event.text]
        else:
            out.append(event)
    return out


async def rows_after(batches: Sequence[Sequence[Event]], size: tuple[int, int]) -> list[str]:
    app = Stage()
    async with app.run_test(size=size):
        body = app.query_one(Transcript)
        session = Session()
        for batch in batches:
            for event in batch:
                session = step(session, event)
            body.handle(batch, session)
        document = body.document
        shown = [document._turns and document.strip(row) for row in range(document.height)]
        rows = [strip.text for strip in shown if strip]
        assert len(rows) == document.height
        current = body.held_block()
        assert current is None or body.current in document.asking
        return [*rows, str(body.current)]


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(turns(), st.lists(st.integers(0, 400), max_size=30), st.sampled_from([(90, 30), (60, 16)]))
def test_rows_do_not_depend_on_frames(
    events: list[Event], cuts: list[int], size: tuple[int, int]
) -> None:
    async def compare() -> None:
        at_once = await rows_after([events], size)
        cut = pieces(events)
        assert await rows_after(list(frames(cut, cuts)), size) == at_once
        assert await rows_after([[event] for event in cut], size) == at_once

    asyncio.run(compare())
