from dataclasses import replace

from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    EndpointSet,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    HunkStarted,
    ModeSet,
    TurnEnded,
    Undone,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.mode import Mode
from spark_tui.core.session import Act, ActKind, Session, step

ONE, TWO = HunkId(1, 1, "1"), HunkId(1, 1, "2")


def fold(*events: Event) -> Session:
    session = Session()
    for event in events:
        session = step(session, event)
    return session


def hunk(hunk_id: HunkId, state: HunkState = HunkState.OPEN) -> Hunk:
    return Hunk(hunk_id, "a.py", FileOp.UPDATE, state, base_span=(0, 1), old=("a\n",), new=("b\n",))


ASKED = Asked(1, 1, "do it", (), 10, EndpointLabel("spark", "m", "p"))
BOTH = HunksSet(2, 1, (hunk(ONE), hunk(TWO)))


def states(session: Session) -> list[HunkState]:
    assert session.turn is not None
    return [h.state for h in session.turn.hunks]


def test_a_closed_hunk_replaces_the_one_that_was_being_written() -> None:
    session = fold(ASKED, HunkStarted(2, 1, ONE, "a.py", FileOp.UPDATE))
    assert states(session) == [HunkState.WRITING]
    assert states(step(session, HunksSet(3, 1, (hunk(ONE),)))) == [HunkState.OPEN]


def test_split_hunks_go_behind_the_one_they_came_from() -> None:
    part = HunkId(1, 1, "1.1")
    session = fold(ASKED, BOTH, HunksSet(3, 1, (hunk(part),), after=ONE))
    assert session.turn is not None
    assert [h.id for h in session.turn.hunks] == [ONE, part, TWO]


def test_unfinished_hunks_vanish_when_the_answer_breaks_off() -> None:
    session = fold(ASKED, HunkStarted(2, 1, ONE, "a.py", FileOp.UPDATE), HunksGone(3, 1, (ONE,)))
    assert states(session) == []


def test_a_decision_is_one_act_and_reopening_takes_it_out() -> None:
    kept = fold(ASKED, BOTH, Decided(3, 1, (ONE, TWO), HunkState.KEPT))
    assert kept.acts == (Act(ActKind.DECISION, (ONE, TWO), at=3),)
    assert states(kept) == [HunkState.KEPT, HunkState.KEPT]
    reopened = step(kept, Decided(4, 1, (ONE,), HunkState.OPEN))
    assert reopened.acts == (Act(ActKind.DECISION, (TWO,), at=3),)
    assert states(reopened) == [HunkState.OPEN, HunkState.KEPT]


def test_what_one_key_decides_and_one_entry_holds_is_one_act_across_turns() -> None:
    other = replace(ASKED, turn=2)
    three = HunkId(2, 1, "1")
    more = HunksSet(2, 2, (Hunk(three, "b.py", FileOp.UPDATE, HunkState.OPEN),))
    kept = fold(
        ASKED,
        BOTH,
        other,
        more,
        Decided(3, 1, (ONE, TWO), HunkState.KEPT),
        Decided(3, 2, (three,), HunkState.KEPT),
    )
    assert [act.ids for act in kept.acts] == [(ONE, TWO, three)]
    flushed = step(kept, Flushed(4, 1, (ONE, TWO), 14, 2, 5, 3))
    flushed = step(flushed, Flushed(4, 2, (three,), 14, 2, 5, 3))
    assert flushed.acts == (Act(ActKind.ENTRY, (ONE, TWO, three), 14),)
    undone = step(flushed, Undone(5, 15, 14, (ONE, TWO, three), 6))
    assert undone.acts == ()
    assert [h.state for t in undone.turns for h in t.hunks] == [HunkState.OPEN] * 3
    later = step(flushed, Flushed(6, 1, (ONE,), 16, 1, 5))
    back = step(later, Undone(7, 17, 14, (ONE, TWO, three), 6, back=(16, 14)))
    assert back.acts == ()


def test_a_flush_turns_decisions_into_one_entry_and_undo_opens_its_hunks() -> None:
    flushed = fold(
        ASKED,
        BOTH,
        Decided(3, 1, (ONE,), HunkState.KEPT),
        Decided(3, 1, (TWO,), HunkState.KEPT),
        Flushed(4, 1, (ONE, TWO), 14, 1, 5),
    )
    assert flushed.acts == (Act(ActKind.ENTRY, (ONE, TWO), 14),)
    assert states(flushed) == [HunkState.APPLIED, HunkState.APPLIED]
    assert flushed.turn is not None
    assert flushed.turn.entry_of(TWO) == 14
    undone = step(flushed, Undone(5, 15, 14, (ONE, TWO), 6))
    assert undone.acts == ()
    assert states(undone) == [HunkState.OPEN, HunkState.OPEN]


def test_a_refused_flush_leaves_everything_open() -> None:
    session = fold(
        ASKED,
        BOTH,
        Decided(3, 1, (ONE,), HunkState.KEPT),
        FlushRefused(4, 1, (ONE,), "disk full"),
    )
    assert states(session) == [HunkState.OPEN, HunkState.OPEN]
    assert session.acts == ()


def test_the_end_of_a_turn_and_the_mode_are_kept() -> None:
    session = fold(
        ASKED, TurnEnded(9, 1, Ending.CUT, Reading(), "broke off"), ModeSet(9, Mode.AUTO)
    )
    assert session.turn is not None
    assert not session.turn.running
    assert session.turn.detail == "broke off"
    assert session.mode is Mode.AUTO


def test_events_about_unknown_turns_change_nothing() -> None:
    assert fold(BOTH) == Session()


def test_what_becomes_known_of_the_endpoint_is_the_running_turns_too() -> None:
    asked = step(Session(), Asked(1, 1, "x", (), 0, EndpointLabel("host:1", "", "")))
    known = step(asked, EndpointSet(2, EndpointLabel("simulated", "sim", "", simulated=True)))
    assert known.turns[0].endpoint.name == "simulated"
    over = step(known, TurnEnded(3, 1, Ending.COMPLETE, Reading()))
    switched = step(over, EndpointSet(4, EndpointLabel("spark", "", "")))
    assert switched.endpoint.name == "spark"
    assert switched.turns[0].endpoint.name == "simulated"
