"""Side by side: pairing, painting, selecting, and when it is on."""

from __future__ import annotations

from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.model import HunkId, Row, Tag
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look, paint_row
from spark_tui.ui.transcript.mouse_selection import cell_range, hit_strip
from spark_tui.ui.transcript.side_by_side import Pairs, RowPair, RowSide, split_marks, split_view
from tests.ui.scripted import Drive, FakeConductor, driven

LOOK = Look(60, Palette(), split=True)
TAGS: tuple[Tag, ...] = (" ", "-", "+")


def rows_of(tags: list[Tag]) -> list[Row]:
    return [Row(tag, 1, 1, f"{tag}{n}") for n, tag in enumerate(tags)]


def whole(rows: list[Row]) -> list[RowPair]:
    pairs = Pairs()
    pairs.follow(rows, len(rows))
    return pairs.all


def test_removed_and_added_rows_of_a_run_share_rows() -> None:
    got = whole(rows_of([" ", "-", "-", "+", " ", "+", "-", "+"]))
    assert got == [
        RowPair(0, 0),
        RowPair(1, 3),
        RowPair(2, None),
        RowPair(4, 4),
        RowPair(None, 5),
        RowPair(6, 7),
    ]


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.booleans()), max_size=40))
def test_growing_rows_pair_as_the_whole_does(steps: list[tuple[Tag, bool]]) -> None:
    pairs = Pairs()
    tags: list[Tag] = []
    for tag, unfinished in steps:  # an unfinished line is replaced by what comes next
        before = list(pairs.all)
        rows = rows_of([*tags, tag])
        touched = pairs.follow(rows, len(tags) if unfinished else len(rows))
        if not unfinished:
            tags.append(tag)
        assert pairs.all == whole(rows)
        assert pairs.all[:touched] == before[:touched]
        shown = sorted({n for pair in pairs.all for n in pair if n is not None})
        assert shown == list(range(len(rows)))


def test_a_row_fills_the_width_and_marks_what_differs_on_both_sides() -> None:
    old, new = Row("-", 7, None, "wait = 1.0"), Row("+", None, 9, "wait = 2.0")
    left, right = (RowSide(row) for row in split_marks(old, new))
    view = split_view(left, right, LOOK, current=True, number_width=2)
    strip = paint_row(view, LOOK)
    assert strip.cell_length == 60
    assert strip.text == "│    7 - wait = 1.0           │    9 + wait = 2.0           "
    marked = [s.text for s in strip if s.style is not None and s.style.underline]
    assert marked == ["1", "2"]


def test_a_selection_copies_the_new_side_and_covers_its_cells_only() -> None:
    both = split_view(
        RowSide(Row("-", 7, None, "old")),
        RowSide(Row("+", None, 7, "new")),
        LOOK,
        current=False,
        number_width=2,
    )
    assert both.text == "new"
    assert cell_range(both, LOOK, 0, -1) == (39, 42)
    hits = [s.style.meta["offset"][0] for s in hit_strip(both, LOOK, 3) if s.style is not None]
    assert hits[38:43] == [0, 0, 1, 2, 3]
    left = RowSide(Row("-", 7, None, "old"))
    gone = split_view(left, None, LOOK, current=False, number_width=2)
    assert gone.text == "old"
    assert cell_range(gone, LOOK, 0, -1) == (9, 12)
    assert paint_row(gone, LOOK).text.startswith("     7 - old")


async def ready(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.later()


async def test_wide_terminals_show_hunks_side_by_side(fake: FakeConductor) -> None:
    async with driven(fake, (160, 36)) as drive:
        await ready(drive)
        row = next(line for line in drive.text if "- def backoff(attempt):" in line)
        assert "│   41 + def backoff(attempt, reply=None):" in row
        # the hunk that is still written too
        live = next(line for line in drive.text if "assert backoff(10) == 8." in line)
        assert live.index("+ ") > 60


async def test_ctrl_x_v_switches_and_holds_the_current_hunk_on_its_row(drive: Drive) -> None:
    await ready(drive)
    body = drive.app.desk.body
    head = next(n for n, line in enumerate(drive.text) if "net/retry.py:41" in line)
    assert [body.split] == [False]
    height = body.document.height
    await drive.press("ctrl+x", "v")
    assert [body.split] == [True]
    assert body.document.height < height
    assert "net/retry.py:41" in drive.text[head]
    assert "side by side" in drive.screen
    await drive.press("ctrl+x", "v")
    assert body.document.height == height
    assert "net/retry.py:41" in drive.text[head]


async def test_sixty_columns_have_no_room_for_two_sides(fake: FakeConductor) -> None:
    async with driven(fake, (60, 16)) as drive:
        await ready(drive)
        await drive.press("ctrl+x", "v")
        assert not drive.app.desk.body.split
        assert "side by side needs 72 columns" in drive.screen


async def test_a_closed_hunk_shows_the_rows_its_lines_had_while_written(
    fake: FakeConductor,
) -> None:
    async with driven(fake, (160, 36)) as drive:
        await ready(drive)
        await drive.complete()
        document = drive.app.desk.body.document
        block = document.hunks[HunkId(1, 3, "1")]
        rows = [document.view(document.start(block) + n) for n in range(1, block.solid)]
        assert [row.text for row in rows if row and row.text][-1] == "    assert backoff(4) == 8.0"


def test_demo_story_is_painted_in_two_columns(demo: ModuleType) -> None:
    from spark_tui.ui.transcript.document import Document

    unified, split = Document(Look(120, Palette())), Document(Look(120, Palette(), split=True))
    for event in demo.story("done"):
        unified.apply(event)
        split.apply(event)
    assert split.height <= unified.height
    for row in range(split.height):
        strip = split.strip(row)
        assert strip is not None
        assert strip.cell_length == 120
