"""A trace holds every stamp and no text, and comes back as the events it was made of."""

from __future__ import annotations

import json
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spark_tui
from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import (
    Candidate,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
)
from spark_tui.core.endpoint.wire import (
    Connected,
    Delta,
    Ended,
    Ending,
    FaultKind,
    FirstEvent,
    HeadersRead,
    RequestSent,
    Retrying,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.core.events import (
    Asked,
    Away,
    Decided,
    Displayed,
    EndpointLabel,
    Event,
    FileTouched,
    Flushed,
    FlushRefused,
    Handled,
    HunkGrew,
    HunksGone,
    HunksSet,
    HunkStarted,
    LookDone,
    Metered,
    OnWire,
    Painted,
    Said,
    TurnEnded,
    Undone,
)
from spark_tui.core.latency.meter import Exactness, Meter
from spark_tui.core.remedy import Remedy
from spark_tui.core.trace.decode import Trace, TraceError, parse
from spark_tui.core.trace.encode import TurnEncoder
from spark_tui.core.trace.phases import Unit, compare, figures
from spark_tui.core.trace.schema import KINDS, PLAIN_EVENTS, PRIVATE, VERSION, WIRE_EVENTS
from spark_tui.core.trace.shift import shifted
from spark_tui.ui.messages.remedies import shell_line

MS = 1_000_000
T0 = 9_000_000 * MS
SECRET = "SEKRET"
ID = HunkId(7, 1, "1")
LABEL = EndpointLabel("spark", "gpt-5.3-codex-spark", "openai", "ws", warm=True)
ASKED = Asked(T0, 7, f"{SECRET} cap it", (ContextItem(f"{SECRET}/a.py", (1, 9), 40),), 2140, LABEL)
PLACED = Hunk(
    ID,
    f"{SECRET}/a.py",
    FileOp.UPDATE,
    HunkState.OPEN,
    base_span=(40, 41),
    old=(f"{SECRET} old\n",),
    new=(f"    {SECRET} new\n", "last"),
    added=2,
    removed=1,
)
REFUSED = Hunk(
    HunkId(7, 2, "1"),
    f"{SECRET}/b.py",
    FileOp.RENAME,
    HunkState.REFUSED,
    raw=RawHunk((TaggedLine("-", f"{SECRET} x"), TaggedLine("+", f"{SECRET} yy"))),
    move_to=f"{SECRET}/c.py",
    depends_on=ID,
    refusal=Refusal(
        RefusalCode.AMBIGUOUS, f"{SECRET} fits", 3, SECRET, SECRET, (Candidate(57, SECRET),)
    ),
)


def turn(gap: int = MS, reads: int = 40, size: int = 4) -> list[Event]:
    """A whole turn whose figures come from a real meter."""
    meter = Meter(T0)
    events: list[Event] = [ASKED]

    def wire(event: WireEvent) -> None:
        meter.feed((event,))
        events.append(OnWire(event.at, 7, event))

    wire(Connected(T0 + 3 * MS, False, 1 * MS, 2 * MS, None))
    wire(RequestSent(T0 + 6 * MS, T0 + 4 * MS, 8400))
    wire(HeadersRead(T0 + 80 * MS, 200, "gpt-5.3-codex-spark", "req_1"))
    wire(FirstEvent(T0 + 85 * MS))
    events.append(FileTouched(T0 + 86 * MS, 7, 1, FileOp.UPDATE, f"{SECRET}/a.py"))
    events.append(HunkStarted(T0 + 86 * MS, 7, ID, f"{SECRET}/a.py", FileOp.UPDATE))
    for n in range(reads):
        at = T0 + 90 * MS + n * gap
        meter.feed((Delta(at, "x" * size),))
        events.append(Said(at, 7, f"{SECRET}\n"))
        if n % 8 == 7:
            line = TaggedLine("+", f"{SECRET} {n}")
            events.append(HunkGrew(at, 7, ID, (line,), "tail", "+"))
        events.append(Metered(at, 7, meter.reading()))
    end = T0 + 90 * MS + reads * gap
    wire(Usage(end, 2140, reads, 1519, 0))
    wire(ServerTimings(end, 2 * MS, 70 * MS, None))
    wire(Retrying(end, 0.0, SECRET, 1))
    wire(Ended(end, Ending.COMPLETE, response_id=SECRET))
    events += [
        HunksSet(T0 + 170 * MS, 7, (PLACED, REFUSED)),
        HunksSet(T0 + 171 * MS, 7, (replace(PLACED, id=HunkId(7, 1, "1.1")),), after=ID),
        HunksGone(T0 + 172 * MS, 7, (HunkId(7, 3, "1"),)),
        TurnEnded(end, 7, Ending.COMPLETE, meter.reading(), SECRET, (SECRET,)),
        Painted(T0 + 173 * MS, 7),
        Handled(T0 + 138 * MS, 7, T0 + 130 * MS, T0 + 133 * MS, 1 * MS, last=True),
        Displayed(T0 + 142 * MS, 7),
        Away(T0 + 890 * MS, 7, T0 + 200 * MS),
        Decided(T0 + 900 * MS, 7, (ID,), HunkState.KEPT),
        FlushRefused(T0 + 905 * MS, 7, (ID,), SECRET, (SECRET,)),
        Flushed(T0 + 910 * MS, 7, (ID,), 14, 1, 9 * MS),
        Displayed(T0 + 914 * MS, 7),
        Undone(T0 + 990 * MS, 15, 14, (ID,), 6 * MS),
    ]
    return events


def written(events: list[Event], *, text: bool = False, drain_every: int = 1000) -> str:
    asked = events[0]
    assert isinstance(asked, Asked)
    encoder = TurnEncoder(asked, 1_790_000_000 * 10**9, "0.1.0", text=text)
    out = ""
    for n, event in enumerate(events[1:], 1):
        encoder.add(event)
        if n % drain_every == 0:
            out += encoder.drain()
    return out + encoder.drain()


def test_nothing_that_quotes_prompt_answer_file_or_provider_is_written() -> None:
    lines = written(turn())
    assert SECRET not in lines
    assert "file-1.py" in lines
    assert all(isinstance(json.loads(line), dict) for line in lines.splitlines())


def test_with_text_all_of_it_comes_back() -> None:
    trace = parse(written(turn(), text=True))
    assert trace.asked == ASKED
    sets = [e for e in trace.events if isinstance(e, HunksSet)]
    assert sets[0].hunks == (PLACED, REFUSED)
    said = "".join(e.text for e in trace.events if isinstance(e, Said))
    assert said == f"{SECRET}\n" * 40


def test_every_stamp_and_figure_comes_back() -> None:
    events = turn()
    trace = parse(written(events))
    kinds: tuple[type[Any], ...] = (
        OnWire,
        Metered,
        HunksSet,
        HunksGone,
        Painted,
        Displayed,
        Handled,
    )
    kinds += (Decided, Flushed, Undone, TurnEnded)
    for kind in kinds:
        assert [e.at for e in trace.events if isinstance(e, kind)] == [
            e.at for e in events if isinstance(e, kind)
        ], kind
    wires = [e.event for e in events if isinstance(e, OnWire)]
    back = [e.event for e in trace.events if isinstance(e, OnWire)]
    assert back[:4] == wires[:4]
    assert [e for e in trace.events if isinstance(e, Away)] == [
        e for e in events if isinstance(e, Away)
    ]
    assert trace.end is not None
    assert [trace.end.reading] == [e.reading for e in events if isinstance(e, TurnEnded)]
    outputs = [e.reading.output for e in events if isinstance(e, Metered)]
    assert [e.reading.output for e in trace.events if isinstance(e, Metered)] == outputs


def test_sizes_stand_in_for_text() -> None:
    trace = parse(written(turn()))
    assert trace.asked.text == "·" * len(ASKED.text)
    placed = next(e for e in trace.events if isinstance(e, HunksSet)).hunks
    assert [len(line) for line in placed[0].new] == [len(PLACED.new[0]), len("last") + 1]
    assert placed[1].raw is not None
    assert [len(line.text) for line in placed[1].raw.lines] == [8, 9]
    assert placed[1].refusal is not None
    assert placed[1].refusal.candidates == (Candidate(57, ""),)
    assert (placed[0].path, placed[1].path, placed[1].move_to) == (
        "file-1.py",
        "file-2.py",
        "file-3.py",
    )


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 3 * MS), st.integers(1, 60), st.booleans())
def test_a_decoded_trace_encodes_to_the_same_trace(
    drain: int, gap: int, reads: int, text: bool
) -> None:
    first = parse(written(turn(gap, reads), text=text, drain_every=drain))
    again = parse(written(list(first.events), text=text))
    assert again.events == first.events
    assert all(d.change in (0, None) for d in compare(first, again))


def value(trace: Trace, name: str) -> float | None:
    return next(f.value for f in figures(trace) if f.name == name)


def test_phases_are_differences_of_stamps() -> None:
    trace = parse(written(turn()))
    expected = {
        "key to request": 1,
        "name lookup": 1,
        "TCP connect": 2,
        "TLS": None,
        "upload": 2,
        "server wait": 79,
        "queue, as the provider says": 2,
        "prefill, as the provider says": 70,
        "first event to output": 5,
        "first output to hunk located": 80,
        "located to painted": 3,
        "look, then decide": 727,
        "key to disk, durable": 9,
        "last read parsed and located": 8,
        "end to painted": 4,
        "written to repainted": 4,
        "time to first token": 86,
        "gap between reads p50": 1,
    }
    found = {name: value(trace, name) for name in expected}
    assert found == {n: None if ms is None else ms * MS for n, ms in expected.items()}


def test_a_difference_is_in_ms_and_percent_and_silent_where_a_side_is_unknown() -> None:
    slow = parse(written(turn(gap=2 * MS)))
    fast = parse(written(turn(gap=1 * MS)))
    by_name = {d.name: d for d in compare(slow, fast)}
    gap = by_name["gap between reads p50"]
    assert (gap.change, gap.percent, gap.unit) == (-1 * MS, -50.0, Unit.MS)
    assert (by_name["TLS"].change, by_name["TLS"].percent) == (None, None)
    assert by_name["upload"].percent == 0.0


def test_the_model_is_the_one_asked_for_or_else_the_one_that_answered() -> None:
    assert parse(written(turn())).model == "gpt-5.3-codex-spark"
    blank = replace(ASKED, endpoint=replace(LABEL, model=""))
    assert parse(written([blank, *turn()[1:]])).model == "gpt-5.3-codex-spark"
    assert parse(written([blank])).model == ""


def test_shifting_moves_every_stamp_and_no_length() -> None:
    trace = parse(written(turn()))
    moved = replace(trace, events=tuple(shifted(e, 5 * MS) for e in trace.events))
    assert [e.at - 5 * MS for e in moved.events] == [e.at for e in trace.events]
    assert all(d.change in (0, None) for d in compare(trace, moved))


def test_a_large_trace_stops_growing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spark_tui.core.trace.encode.LARGEST", 2000)
    trace = parse(written(turn(reads=400)))
    assert trace.truncated
    assert trace.end is not None
    assert any(isinstance(e, Flushed) for e in trace.events)


def test_a_turn_that_was_cut_off_is_still_a_trace() -> None:
    lines = written(turn()[:20])
    trace = parse(lines[:-5])
    assert trace.end is None
    assert value(trace, "upload") == 2 * MS


def test_estimated_figures_stay_estimated_until_the_end() -> None:
    metered = [e for e in parse(written(turn())).events if isinstance(e, Metered)]
    assert {e.reading.exactness for e in metered} == {Exactness.ESTIMATED}


def test_faults_are_kept_without_their_words() -> None:
    end = T0 + 20 * MS
    wire = Ended(end, Ending.FAILED, FaultKind.RATE_LIMIT, SECRET, (SECRET,))
    ended = TurnEnded(end, 7, Ending.FAILED, Meter().reading(), SECRET, (SECRET,))
    trace = parse(written([ASKED, OnWire(end, 7, wire), ended]))
    (found,) = [e.event for e in trace.events if isinstance(e, OnWire)]
    assert found == Ended(end, Ending.FAILED, FaultKind.RATE_LIMIT)


def test_what_helps_comes_back_as_deeds_and_texts_where_text_is_kept() -> None:
    end = T0 + 20 * MS
    ways = (Remedy.DRAFT_KEPT, "set SOME_KEY", Remedy.RETRY)
    ended = TurnEnded(end, 7, Ending.FAILED, Meter().reading(), "cannot reach it", ways)
    found = parse(written([ASKED, ended], text=True)).end
    assert found is not None
    assert found.remedies == ways
    assert [isinstance(way, Remedy) for way in found.remedies] == [True, False, True]
    older = written([ASKED, ended], text=True).replace('"remedies":', '"way_out":')
    assert [e.remedies for e in parse(older).events if isinstance(e, TurnEnded)] == [()]


HEADER = '{"k":"trace","v":1,"program":"x","turn":7,"wall":1}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no trace"),
        ("hello", "line 1 is no JSON object"),
        ('{"k":"asked"}', "is no trace"),
        ('{"k":"trace","v":2}', "written by a newer spark-tui (format 2)"),
        ('{"k":"trace","v":1}', "line 1: "),
        (HEADER, "has no turn in it"),
        (f"{HEADER}\n[1]\n", "line 2 is no JSON object"),
        (f'{HEADER}\n{{"k":"painted"}}\n', "line 2: "),
        (f'{HEADER}\n{{"k":"painted","at":"x"}}\n', "line 2: "),
        (f'{HEADER}\n{{"k":"painted","at":{10**400}}}\n', "line 2: "),
        (f'{HEADER}\n{{"k":"reads","at":1,"rows":[[1,2]]}}\n', "line 2: "),
        (f'{HEADER}\n{{"k":"hunks-set","at":1}}\n', "line 2: 'hunks' is missing"),
        (f"{HEADER}\n" + "[" * 100_000 + "\n{}", "line 2 is no JSON object"),
    ],
)
def test_what_is_no_trace_is_refused_in_one_line(text: str, told: str) -> None:
    with pytest.raises(TraceError) as error:
        parse(text, "t.jsonl")
    assert told in shell_line(error.value)
    assert "\n" not in shell_line(error.value)


@given(st.data())
def test_damage_is_a_trace_or_a_trace_error_never_anything_else(data: Any) -> None:
    lines = [json.loads(line) for line in written(turn(reads=3)).splitlines()]
    which = data.draw(st.integers(0, len(lines) - 1))
    field = data.draw(st.sampled_from(sorted(lines[which])))
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    lines[which][field] = data.draw(scalars | st.lists(scalars))
    try:
        trace = parse("\n".join(json.dumps(line) for line in lines))
        figures(trace)
    except TraceError:
        pass


def test_a_size_nobody_has_is_not_believed() -> None:
    asked = (
        f'{{"k":"asked","at":1,"text":{10**12},"context":[],"tokens":1,"endpoint":'
        '{"name":"a","model":"b","provider":"c"}}'
    )
    assert len(parse(f"{HEADER}\n{asked}\n").asked.text) == 10_000


def test_every_kind_of_line_is_documented() -> None:
    docs = Path(spark_tui.__file__).with_name("docs") / "traces.md"
    text = docs.read_text()
    kinds = {*KINDS, "trace", "asked", "reads", "said", "hunk-grew", "hunks-set", "turn-ended"}
    kinds.add("look-done")
    assert [k for k in sorted(kinds) if f"`{k}`" not in text] == []
    assert f"version {VERSION}" in text


def texts_of(kind: Any, seen: set[Any]) -> set[str]:
    """`Class.field` of every text below `kind`."""
    out: set[str] = set()
    if kind in seen or not isinstance(kind, type):
        return out
    seen.add(kind)
    try:
        hints = get_type_hints(kind)
    except (NameError, TypeError):
        return out
    for name, hint in hints.items():
        parts = [hint, *get_args(hint)]
        parts += [a for part in parts for a in get_args(part)]
        for part in parts:
            if part is str:
                out.add(f"{kind.__name__}.{name}")
            elif isinstance(part, type) and (is_dataclass(part) or hasattr(part, "_fields")):
                out |= texts_of(part, seen)
    return out


def test_a_new_text_in_what_is_recorded_is_thought_about() -> None:
    found: set[str] = set()
    seen: set[Any] = set()
    also = (Asked, HunksSet, TurnEnded, HunkGrew, Said, LookDone)
    for kind in (*PLAIN_EVENTS, *WIRE_EVENTS, *also):
        found |= texts_of(kind, seen)
    written_as_they_are = {
        *(f"EndpointLabel.{n}" for n in ("name", "model", "provider", "wire")),
        "HeadersRead.model",
        "HeadersRead.request_id",
        "HunkId.ordinal",
        "Refusal.by",
        "Served.asked",
        "Served.tier",
        "Undone.stays",
        "LookResult.done",
    }
    replaced = {"Asked.text", "ContextItem.path", "FileTouched.path", "HunkStarted.path"}
    replaced |= {f"Hunk.{n}" for n in ("path", "old", "new", "move_to")}
    replaced |= {"TaggedLine.text", "Said.text", "Candidate.where"}
    left_out = {f for f in found if f.partition(".")[2] in PRIVATE}
    never = {"HunkGrew.tail", "RawHunk.anchors", "Extent.after"}
    assert found - written_as_they_are - replaced - left_out - never == set()
