"""What makes hunks of two answers twins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState
from spark_tui.core.race import Race, are_twins, twins_of


def hunk(
    turn: int,
    span: tuple[int, int] | None,
    ordinal: str = "1",
    path: str = "calc.py",
    needs: HunkId | None = None,
    state: HunkState = HunkState.OPEN,
) -> Hunk:
    number = HunkId(turn, 1, ordinal)
    return Hunk(number, path, FileOp.UPDATE, state, base_span=span, depends_on=needs)


@pytest.mark.parametrize(
    ("one", "two", "twins"),
    [
        ((3, 5), (4, 9), True),
        ((3, 5), (5, 6), False),
        ((3, 5), (3, 5), True),
        ((4, 4), (4, 4), True),
        ((4, 4), (4, 6), True),
        ((4, 4), (2, 4), True),
        ((4, 4), (5, 6), False),
        (None, (4, 6), True),
    ],
)
def test_spans_that_cannot_both_be_kept(
    one: tuple[int, int] | None, two: tuple[int, int] | None, *, twins: bool
) -> None:
    assert are_twins(hunk(1, one), hunk(2, two)) is twins
    assert not are_twins(hunk(1, one), hunk(2, two, path="other.py"))


SPANS = st.tuples(st.integers(0, 12), st.integers(0, 4)).map(lambda s: (s[0], s[0] + s[1]))


@given(SPANS, SPANS)
def test_twins_are_mutual_and_all_that_share_a_line_are(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    found = are_twins(hunk(1, one), hunk(2, two))
    assert found is are_twins(hunk(2, two), hunk(1, one))
    if set(range(*one)) & set(range(*two)):
        assert found


def test_what_builds_on_a_twin_goes_with_it_and_what_is_decided_stays() -> None:
    kept = hunk(1, (0, 2))
    twin = hunk(2, (1, 3))
    others = [
        hunk(2, (30, 31), "3", needs=HunkId(2, 1, "2")),
        hunk(2, (20, 21), "2", needs=twin.id),
        twin,
        hunk(2, (0, 1), "4", state=HunkState.DROPPED),
        hunk(2, (9, 9), "5"),
    ]
    gone = {dropped.ordinal: by for by, dropped in twins_of([kept], others)}
    assert gone == {"1": kept.id, "2": kept.id, "3": kept.id}


def test_each_turn_has_the_other_one() -> None:
    race = Race(("a", "b"), turns=(7, 8))
    assert (race.other(7), race.other(8)) == (8, 7)
    assert not race.armed
    assert Race(("a", "b")).armed
