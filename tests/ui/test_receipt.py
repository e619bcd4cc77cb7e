"""What stays in the scrollback after quitting."""

from __future__ import annotations

from dataclasses import replace

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.latency.meter import Exactness
from spark_tui.core.session import Session, Turn
from spark_tui.ui.session.receipt import receipt
from tests.ui.scripted import CONTEXT, FINISHED, SPARK, TREE, first_hunk, refused_hunk, third_hunk


def session(*states: HunkState) -> Session:
    made = (first_hunk(1), refused_hunk(1), third_hunk(1))
    hunks = tuple(replace(h, state=s) for h, s in zip(made, states, strict=False))
    entries = tuple((h.id, 13 + n) for n, h in enumerate(hunks, 1) if h.state is HunkState.APPLIED)
    turn = Turn(1, "x", CONTEXT, 9, SPARK, 0, hunks, FINISHED, Ending.COMPLETE, entries=entries)
    return Session(tree=TREE, turns=(turn,))


def test_nothing_asked_leaves_nothing() -> None:
    assert receipt(Session(tree=TREE), 6) == []


def test_each_file_says_what_became_of_it_and_how_to_take_it_back() -> None:
    done = session(HunkState.APPLIED, HunkState.DROPPED, HunkState.APPLIED)
    lines = receipt(done, 6, "spark-tui resume")
    assert lines == [
        "  spark-tui  httpkit ⎇ main  6 min",
        "  ✓ net/retry.py             1 kept                 #14",
        "  ✗ net/client.py            1 dropped",
        "  ✓ tests/test_retry.py      1 kept                 #16",
        "  1 turn   ttft p50 87 ms   1,043 t/s   spark",
        "  take back: spark-tui undo 16     see: spark-tui log -p",
    ]


def test_a_throw_away_repository_is_told_no_way_back() -> None:
    lines = receipt(session(HunkState.APPLIED), 6)
    assert "  ✓ net/retry.py             1 kept                 #14" in lines
    assert not any("spark-tui undo" in line or "spark-tui log" in line for line in lines)


def test_hunks_left_open_or_not_yet_written_are_not_called_kept() -> None:
    lines = receipt(
        session(HunkState.OPEN, HunkState.REFUSED, HunkState.KEPT), 0, "spark-tui resume"
    )
    assert all("1 left open" in line for line in lines[1:4])
    assert not any("take back" in line for line in lines)


def test_what_is_left_open_names_the_way_back_in() -> None:
    lines = receipt(session(HunkState.APPLIED, HunkState.OPEN), 1, "spark-tui resume")
    assert lines[2] == "  ○ net/client.py            1 left open            spark-tui resume"
    assert "resume" not in lines[1]


def test_a_rate_of_estimated_tokens_is_marked_and_in_no_median_of_counted_ones() -> None:
    whole = session(HunkState.DROPPED)
    (turn,) = whole.turns
    guessed = replace(FINISHED, decode_tps=1651.0, exactness=Exactness.ESTIMATED)
    stopped = replace(turn, id=2, reading=guessed, ending=Ending.STOPPED)
    assert "   ~1,651 t/s   " in receipt(replace(whole, turns=(stopped,)), 1)[-1]
    assert "   1,043 t/s of 1 counted   " in receipt(replace(whole, turns=(turn, stopped)), 1)[-1]
