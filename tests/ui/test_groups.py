"""Hunks that make the same replacement are shown, judged and decided as one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.alike import places, replacement
from spark_tui.core.edits.model import Hunk, HunkId, HunkState, Refusal, RefusalCode
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import EndpointLabel, Flushed, HunksSet, HunkStarted
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Session, Turn
from spark_tui.ui.bars.key_hints import one_shot_hints
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import message
from spark_tui.ui.session.receipt import receipt
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look, paint_row
from spark_tui.ui.transcript.hunk_block import HunkBlock
from spark_tui.ui.transcript.hunk_group import NARROWEST, GroupBlock
from tests.ui.scripted import Drive, FakeConductor, driven, first_hunk
from tests.ui.test_race import racing

PATHS = ("calc.py", "net/client.py", "net/retry.py", "report.py", "tests/test_calc.py")


def alike(number: int, turn: int = 1, path: str = "") -> Hunk:
    """`add` becomes `plus` in one line, `number` from 1."""
    return Hunk(
        HunkId(turn, 1 + (number - 1) % 5, str(1 + (number - 1) // 5)),
        path or PATHS[(number - 1) % 5],
        first_hunk(1).op,
        HunkState.OPEN,
        base_span=(10 * number, 10 * number + 1),
        old=(f"    total = add(total, {number})\n",),
        new=(f"    total = plus(total, {number})\n",),
        added=1,
        removed=1,
    )


def ids(*numbers: int) -> tuple[HunkId, ...]:
    return tuple(alike(n).id for n in numbers)


async def arrive(drive: Drive, *numbers: int) -> None:
    """Hunks as they are closed, one event each."""
    drive.fake.push(*(HunksSet(drive.at, 1, (alike(n),)) for n in numbers))
    await drive.settled()


async def asked(drive: Drive, count: int = 14) -> Drive:
    """An answer that still runs, with so many alike hunks; review has the keyboard."""
    await drive.ask("rename add to plus")
    await arrive(drive, *range(1, count + 1))
    await drive.review()
    return drive


@pytest.fixture
async def streaming(drive: Drive) -> Drive:
    """Fourteen places in five files so far."""
    return await asked(drive)


@pytest.fixture
async def review(streaming: Drive) -> Drive:
    """The same, and the answer is over."""
    streaming.fake.finish(Reading())
    await streaming.settled()
    return streaming


@pytest.fixture
async def small(fake: FakeConductor) -> AsyncIterator[Drive]:
    """A terminal that can't show forty places at once."""
    async with driven(fake, (80, 24)) as drive:
        await asked(drive, 40)
        fake.finish(Reading())
        await drive.settled()
        yield drive


def decided(drive: Drive) -> list[tuple[object, ...]]:
    return [call[:2] for call in drive.fake.named("decide")]


def head(drive: Drive) -> str:
    return next(line for line in drive.text if "add → plus" in line)


# ------------------------------------------------------------------- what is shown


async def test_a_group_says_what_it_replaces_and_shows_every_place(review: Drive) -> None:
    assert head(review).startswith("▌○ add → plus")
    assert "14 places in 5 files" in head(review)
    assert "+14 -14" in head(review)
    rows = [line for line in review.text if " + total = plus(total, " in line]
    assert [row.split()[1:4] for row in rows[:2]] == [
        ["○", "calc.py:11", "+"],
        ["○", "net/client.py:21", "+"],
    ]
    assert len(rows) == 14
    assert all(row.startswith("▌  ○ ") for row in rows)
    assert "y keep these 14   n drop these 14   x opens them" in review.screen


async def test_the_keys_say_what_they_decide_as_soon_as_a_group_is_opened(review: Drive) -> None:
    await review.press("x")
    await review.painted()
    assert "keep these" not in review.screen
    assert "y keep" in review.screen


async def test_two_that_are_alike_stand_alone_and_the_third_makes_a_group(drive: Drive) -> None:
    await asked(drive, 2)
    assert "→" not in drive.screen
    assert "hunk 1/2…" in drive.screen
    await arrive(drive, 3)
    assert "3 places in 3 files…" in head(drive)
    assert "hunk" not in drive.screen.split("──")[0]
    assert drive.app.desk.body.current == ids(1)[0]


async def test_other_hunks_stand_where_they_were_and_j_goes_from_one_to_the_next(
    drive: Drive,
) -> None:
    await drive.ask("rename add to plus")
    other = replace(first_hunk(1), id=HunkId(1, 8, "1"))
    late = replace(other, id=HunkId(1, 9, "1"))
    drive.fake.push(HunksSet(drive.at, 1, (alike(1),)), HunksSet(drive.at, 1, (other,)))
    drive.fake.push(*(HunksSet(drive.at, 1, (alike(n),)) for n in (2, 3)))
    drive.fake.push(HunksSet(drive.at, 1, (late,)))
    await drive.settled()
    await drive.review()
    seen = [drive.app.desk.body.current]
    for key in ("j", "j", "j", "k", "k"):
        await drive.press(key)
        seen.append(drive.app.desk.body.current)
    one = ids(1)[0]
    assert seen == [one, other.id, late.id, one, late.id, other.id]


async def test_the_rule_the_panel_and_the_receipt_count_hunks(review: Drive) -> None:
    assert "14 open" in review.row("review")
    assert "○ calc.py            +3 -3" in review.screen
    await review.press("y")
    await review.settled()
    assert "14 decided" in review.screen
    lines = receipt(review.app.pump.session, 1, "spark-tui resume")  # type: ignore[union-attr]
    assert [line.split()[1:4] for line in lines if "✓" in line] == [
        [path, str(count), "kept"] for path, count in zip(PATHS, (3, 3, 3, 3, 2), strict=True)
    ]


async def test_one_line_of_a_hunk_each_takes_a_row(drive: Drive) -> None:
    await asked(drive, 3)
    two = replace(
        alike(4), old=("add(1)\n", "keep\n", "add(2)\n"), new=("plus(1)\n", "keep\n", "plus(2)\n")
    )
    drive.fake.push(HunksSet(drive.at, 1, (replace(two, base_span=(40, 43)),)))
    await drive.settled()
    assert "5 places, 4 hunks, in 4 files…" in head(drive)
    assert "report.py:41     + plus(1)" in drive.screen
    assert "report.py:43     + plus(2)" in drive.screen


async def test_a_long_line_is_cut_but_never_its_change(fake: FakeConductor) -> None:
    long = 'message = "' + "word " * 40 + '" + add(1) + "' + "word " * 40 + '"\n'
    async with driven(fake, (60, 16)) as drive:
        await drive.ask("rename")
        for number in range(1, 4):
            path = f"a/rather/long/path/to/a/file/{number}.py"
            new = replace(alike(number, path=path), old=(long,), new=(long.replace("add", "plus"),))
            fake.push(HunksSet(drive.at, 1, (new,)))
        await drive.settled()
        rows = [line for line in drive.text if "plus(1)" in line]
        assert len(rows) == 3
        assert all(" + …" in row and row.rstrip().endswith("…") for row in rows)


async def test_a_race_shows_a_group_in_its_column() -> None:
    async with racing((100, 30)) as drive:
        second = [alike(n, turn=2) for n in range(6, 10)]
        drive.fake.push(*(HunksSet(0, 2, (one,)) for one in second))
        await drive.settled_race()
        rows = [line for line in drive.text if "plus(total, " in line]
        assert len(rows) == 4


# ------------------------------------------------------------------- what keys decide


async def test_y_keeps_all_as_one_entry_and_u_takes_that_back(review: Drive) -> None:
    await review.press("y")
    await review.settled()
    assert decided(review) == [(ids(*range(1, 15)), HunkState.KEPT)]
    assert "applied 14 hunks in 5 files" in review.screen
    assert head(review).startswith(" ✓ add → plus")
    assert "applied in 9 ms · #14" in head(review)
    assert "plus(total" not in review.screen
    await review.press("ctrl+x", "u")
    await review.settled()
    assert head(review).startswith("│○ add → plus")
    assert "#14 undone" in head(review)
    assert len([line for line in review.text if "plus(total, " in line]) == 14
    await review.press("tab", "y")
    assert decided(review)[1] == (ids(*range(1, 15)), HunkState.KEPT)


async def test_n_drops_all(review: Drive) -> None:
    await review.press("n")
    await review.settled()
    assert decided(review) == [(ids(*range(1, 15)), HunkState.DROPPED)]
    assert head(review).startswith(" ✗ add → plus")


@pytest.mark.parametrize("key", ["x", "s"])
async def test_an_open_group_is_hunks_that_are_decided_alone(streaming: Drive, key: str) -> None:
    await streaming.press(key)
    assert "→ plus" not in streaming.screen
    assert "hunk 1/14…" in streaming.screen
    assert streaming.app.desk.body.current == ids(1)[0]
    await streaming.press("y", "n")
    await streaming.settled()
    await arrive(streaming, 15, 16, 17)
    assert "→ plus" not in streaming.screen
    one, six = ids(1, 2)
    assert decided(streaming) == [((one,), HunkState.KEPT), ((six,), HunkState.DROPPED)]
    assert streaming.app.desk.body.current == ids(3)[0]


async def test_what_comes_after_the_key_stays_open(streaming: Drive) -> None:
    await streaming.press("y")
    await streaming.settled()
    assert "kept, written at the end" in head(streaming)
    await arrive(streaming, 15)
    assert decided(streaming) == [(ids(*range(1, 15)), HunkState.KEPT)]
    assert "15 places in 5 files…   1 open · 14 kept" in head(streaming)
    assert "1 open" in streaming.row("review")
    await streaming.press("y")
    assert decided(streaming)[1] == (ids(15), HunkState.KEPT)


async def test_a_place_that_came_between_the_eye_and_the_key_is_not_kept(streaming: Drive) -> None:
    before = time.monotonic_ns()
    await arrive(streaming, 15)
    streaming.app.desk.keys.review.commands["keep"](before)
    assert decided(streaming) == [(ids(*range(1, 15)), HunkState.KEPT)]


async def test_a_hunk_that_becomes_a_group_is_shown_as_such_first(drive: Drive) -> None:
    await asked(drive, 2)
    desk = drive.app.desk
    batch = (HunksSet(drive.at, 1, (alike(3),)),)
    drive.fake.push(*batch)
    desk.body.handle(batch, desk.session)
    desk._session = drive.fake.live
    desk.keys.review.commands["keep"](time.monotonic_ns())
    assert decided(drive) == []
    assert desk.keys_row.message == message(words.NOT_SEEN)


async def test_places_below_the_edge_are_shown_before_they_are_decided(small: Drive) -> None:
    seen: set[int] = set()

    def look() -> None:
        shown = (line for line in small.text if "plus(total, " in line)
        seen.update(int(line.split("plus(total, ")[1].split(")")[0]) for line in shown)

    look()
    presses = 0
    while not decided(small):
        assert presses == 0 or small.shown(words.NOT_SEEN) in small.screen
        await small.press("y")
        presses += 1
        if not decided(small):
            look()
    assert seen == set(range(1, 41))
    assert presses == 3
    assert decided(small) == [(ids(*range(1, 41)), HunkState.KEPT)]


async def test_editing_by_hand_wants_one_hunk(review: Drive) -> None:
    await review.press("e")
    assert review.shown(words.OPEN_FIRST) in review.screen
    assert not review.fake.named("edited")


async def test_a_file_of_the_group_can_be_kept_alone(review: Drive) -> None:
    await review.press("a")
    await review.settled()
    assert decided(review) == [(ids(1, 6, 11), HunkState.KEPT)]
    assert "11 open · 3 applied" in head(review)
    assert review.app.desk.body.current == ids(2)[0]
    assert head(review).startswith("▌○")


async def test_protected_files_take_a_key_of_their_own(drive: Drive) -> None:
    await asked(drive, 3)
    guarded = alike(4, path=".github/workflows/ci.yml")
    drive.fake.push(HunksSet(drive.at, 1, (guarded,)))
    await drive.settled()
    assert "3 places in 3 files…" in head(drive)
    assert "protected file" in drive.screen
    await drive.press("y")
    await drive.settled()
    assert drive.app.desk.body.current == guarded.id
    assert decided(drive) == [(ids(1, 2, 3), HunkState.KEPT)]


async def test_one_that_goes_stale_leaves_the_group(review: Drive) -> None:
    why = Refusal(RefusalCode.STALE, "line 21 is another")
    review.fake.push(
        HunksSet(review.at, 1, (replace(alike(2), state=HunkState.STALE, refusal=why),))
    )
    await review.settled()
    assert "13 places in 5 files" in head(review)
    assert "≠ net/client.py:21" in review.screen
    await review.press("y")
    assert len(decided(review)[0][0]) == 13  # type: ignore[arg-type]


async def test_a_group_that_moved_is_shown_before_it_is_decided(review: Drive) -> None:
    desk = review.app.desk
    moved = (HunksSet(review.at, 1, (replace(alike(2), base_span=(70, 71), moved_from=21),)),)
    review.fake.push(*moved)
    desk.body.handle(moved, desk.session)
    desk._session = review.fake.live
    desk.keys.review.commands["keep"](time.monotonic_ns())
    assert decided(review) == []
    await review.settled()
    assert "net/client.py:71" in review.screen
    await review.press("y")
    assert len(decided(review)[0][0]) == 14  # type: ignore[arg-type]


async def test_auto_apply_folds_the_group_when_it_is_written(drive: Drive) -> None:
    await drive.press("shift+tab")
    await drive.ask("rename add to plus")
    await arrive(drive, 1, 2, 3, 4)
    assert "4 places in 4 files…" in head(drive)
    assert drive.app.desk.body.current is None
    drive.fake.finish(Reading())
    drive.fake.push(Flushed(drive.at, 1, ids(1, 2, 3, 4), 14, 4, 9_000_000))
    await drive.settled()
    assert head(drive).startswith(" ✓ add → plus")


async def test_a_smallest_screen_unfolds_the_group_that_is_current(fake: FakeConductor) -> None:
    async with driven(fake, (60, 16)) as drive:
        await drive.ask("rename add to plus")
        other = replace(first_hunk(1), id=HunkId(1, 8, "1"))
        fake.push(HunksSet(drive.at, 1, (other,)))
        await arrive(drive, 1, 2, 3)
        assert "plus(total" not in drive.screen
        await drive.review()
        await drive.press("j")
        assert len([line for line in drive.text if "plus(total, " in line]) == 3
        await drive.press("y")
        assert decided(drive) == [(ids(1, 2, 3), HunkState.KEPT)]


async def test_hunks_join_when_they_are_closed_not_while_they_are_written(drive: Drive) -> None:
    await asked(drive, 3)
    one = alike(4)
    drive.fake.push(HunkStarted(drive.at, 1, one.id, one.path, one.op))
    await drive.settled()
    assert "3 places in 3 files…" in head(drive)
    await arrive(drive, 4)
    assert "4 places in 4 files…" in head(drive)


# ------------------------------------------------------------------- no row hides its change

TEXT = st.text(st.sampled_from("ab_ .,()日\te\u0301'"), max_size=90)


@settings(max_examples=120, deadline=None)
@given(TEXT, TEXT, TEXT, st.integers(NARROWEST, 200), st.text("ab/日", max_size=70), st.booleans())
def test_a_row_shows_all_that_changes_whole(
    before: str, between: str, behind: str, width: int, path: str, again: bool
) -> None:
    line = f"{before} add {between} {'add ' * again}{behind}\n"
    new = line.replace(" add ", " plus ")
    one = replace(alike(1), path=f"{path}x.py", old=(line,), new=(new,))
    swaps = replacement(one)
    if swaps is None:
        return
    blocks = [HunkBlock(replace(one, id=i)) for i in ids(1, 2, 3)]
    group, look = GroupBlock(swaps, blocks), Look(width, Palette())
    group.layout(look)
    (place,) = places(one)
    start, end = place.marks[0][0], place.marks[-1][1]
    for row in range(1, 4):
        strip = paint_row(group.view(row, look), look)
        assert strip.cell_length == width
        assert place.text[start:end] in strip.text.split(" + ", 1)[1]


def test_one_edit_that_closes_says_that_a_group_is_decided_as_one() -> None:
    hunks = tuple(replace(first_hunk(1), id=HunkId(1, n, "1")) for n in range(1, 4))
    turn = Turn(1, "do it", (), 9, EndpointLabel("sim", "", ""), 0, hunks, ending=Ending.COMPLETE)
    said = [h.words or h.command for h in one_shot_hints(Session(turns=(turn,)), 3)]
    assert said == ["keep these 3 and close", "drop these 3 and close", "opens them"]
    assert "keep-all" in [h.command for h in one_shot_hints(Session(turns=(turn,)), 2)]
