"""Changed lines are never cut: what differs is on the screen at every width, in every form."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.selection import Selection

from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState, Row, Tag, TaggedLine
from spark_tui.core.edits.text import image_of, split_lines
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    FileRead,
    HunkGrew,
    HunksSet,
    HunkStarted,
)
from spark_tui.core.session import Session
from spark_tui.ui.style.cells import cells, safe
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look, RowView, paint_row
from spark_tui.ui.transcript.document import Document
from spark_tui.ui.transcript.hunk_block import HunkBlock
from spark_tui.ui.transcript.widget import Transcript
from spark_tui.ui.transcript.wrap import Frame, lined

ONE = HunkId(1, 1, "1")
LABEL = EndpointLabel("sim", "", "")
LONG = "    result = compute(" + ", ".join(f"argument_{n}" for n in range(30)) + ", timeout=30)"


def showing(look: Look, old: str, new: str, *, where: str = "\n") -> HunkBlock:
    """A hunk that makes `new` of the line `old`, between two others."""
    before = f"one{where}{old}{where}two{where}"
    image = image_of("a.txt", before.encode("utf-8", "surrogatepass"))
    start, end = 1, 1 + len(split_lines(old))
    lines = split_lines(f"{new}{where}")
    document = Document(look)
    document.apply(Asked(0, 1, "go", (), 1, LABEL))
    document.apply(FileRead(0, 1, 1, image))
    hunk = Hunk(
        ONE,
        "a.txt",
        FileOp.UPDATE,
        HunkState.OPEN,
        base_span=(start, end),
        old=image.lines[start:end],
        new=lines,
    )
    document.apply(HunksSet(0, 1, (hunk,)))
    block = document.hunks[ONE]
    block.current = True
    document.remeasure(block)
    return block


def sides(block: HunkBlock, look: Look) -> Iterator[tuple[str, RowView, int]]:
    """The rows of changed lines: which side, what they say, cells they have."""
    for number in range(1, block.solid):
        view = block.view(number, look)
        halves = [(view, look.width)]
        if view.beside is not None:
            left, right = (view.beside, view) if view.second else (view, view.beside)
            halves = [(left, look.half - 1), (right, look.width - look.half)]
        for half, width in halves:
            if half.ground:
                yield half.ground, half, width


def as_painted(view: RowView, width: int, look: Look) -> str:
    """The row's text as it stands on the screen; it must be whole."""
    strip = paint_row(
        view._replace(beside=None, second=False),
        Look(width, look.palette, ascii_only=look.ascii_only),
    )
    gutter = sum(cells(text) for text, _ in view.gutter)
    shown = strip.text[len("".join(text for text, _ in view.gutter)) :]
    if not view.instead:
        said = "".join(view.parts) if view.parts else safe(view.text)
        said += "".join(text for text, _ in view.after)
        assert gutter + cells(said) <= width, (said, width)
        if said.isascii():
            assert shown.rstrip(" ") == said.rstrip(" ")
    return shown


# ------------------------------------------------------------------- generated pairs

KINDS = (
    "abcdefghij_(),. = []\"'0123456789",
    "abc \t",
    "日本語テキスト。abc ",
    "ａｂｃ한글 x",
    "e\u0301a\u0308o\u0323 n",
    "a\u200b\u200db\ufeff c",
    "\u00a0\u2003 \u3000x",
    "аbсdе",
    "🙂👍🏽 x",
    "\x1b\x07x ",
    "x",
)


def pair(dice: random.Random) -> tuple[str, str]:
    """Two lines that differ in one character."""
    kind = dice.choice(KINDS)
    length = dice.choice((5, 60, 120, 400, 2000))
    line = "".join(dice.choices(kind, k=dice.randint(1, length)))
    line = " " * dice.choice((0, 0, 4, 30)) + line
    at = dice.randrange(len(line))
    char = dice.choice(dice.choice(KINDS))
    match dice.randrange(3):
        case 0:
            other = line[:at] + char + line[at + 1 :]
        case 1:
            other = line[:at] + char + line[at:]
        case _:
            other = line[:at] + line[at + 1 :]
    return (line, other) if dice.random() < 0.5 else (other, line)


def check(seed: int) -> int:
    """One pair in one form; 1 when there was something to see."""
    dice = random.Random(seed)
    old, new = pair(dice)
    if old == new:
        return 0
    width = dice.randint(60, 200)
    form = dice.choice(("unified", "split", "compact", "ascii"))
    look = Look(
        width,
        Palette(),
        compact=form == "compact",
        split=form == "split",
        ascii_only=form == "ascii",
    )
    block = showing(look, old, new)
    seen = {"remove": "", "add": ""}
    alike = {"remove": "", "add": ""}
    whole = {"remove": "", "add": ""}
    marks = {"remove" if row.tag == "-" else "add": row.emphasis for row in block.lines}
    for side, view, cells_there in sides(block, look):
        shown = as_painted(view, cells_there, look)
        start = len(whole[side])
        whole[side] += view.text
        if view.instead:
            end = len(whole[side])
            hidden = [m for m in marks[side] if max(start, m[0]) < min(end, max(m[1], m[0] + 1))]
            assert not hidden, seed
        else:
            seen[side] += shown
        marked = {n for a, b in view.emphasis for n in range(a, b)}
        alike[side] += "".join(char for n, char in enumerate(view.text) if n not in marked)
    assert whole == {"remove": old, "add": new}, seed
    assert alike["remove"] == alike["add"] or not any(marks.values()), seed
    assert seen["remove"] != seen["add"], (seed, old, new)
    return 1


@pytest.mark.parametrize("start", range(4))
def test_a_pair_that_differs_in_one_character_shows_it(start: int) -> None:
    assert sum(check(start * 40 + n) for n in range(40)) > 30


@pytest.mark.long
@pytest.mark.parametrize("start", range(20))
def test_twenty_thousand_pairs_show_their_difference(start: int) -> None:
    assert sum(check(10_000 + start * 1000 + n) for n in range(1000)) > 900


# ------------------------------------------------------------------- rows of a line

TEXTS = st.text(st.sampled_from("ab  \t,.日本é\u0301\u202e🙂"), max_size=120)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.integers(12, 40))
def test_a_line_can_be_wrapped_as_it_grows(first: str, more: str, room: int) -> None:
    frame = Frame(room)
    short, row = Row("+", None, 1, first), Row("+", None, 1, first + more)
    before = lined(short, frame)
    known = (first, before) if before is not None else None
    assert lined(row, frame, known) == lined(row, frame)


def rows_of(row: Row, room: int, **more: bool) -> list[str]:
    found = lined(row, Frame(room, **more))
    assert found is not None
    return [" " * piece.indent + row.text[piece.start : piece.end] for piece in found.slices]


def test_a_line_breaks_behind_a_blank_or_a_mark_and_goes_on_indented() -> None:
    row = Row("+", None, 1, "    value = first_function(argument, another_argument)")
    assert rows_of(row, 30) == [
        "    value = first_function(",
        "      argument, ",
        "      another_argument)",
    ]
    assert rows_of(Row("+", None, 1, "x" * 50), 30) == ["x" * 30, "  " + "x" * 20]


def test_what_is_the_same_on_both_sides_of_a_long_line_is_one_row() -> None:
    text = "[" + ", ".join(map(str, range(200))) + "]"
    at = text.index("150")
    row = Row("-", 1, None, text, ((at, at + 3),))
    found = lined(row, Frame(60))
    assert found is not None
    assert [piece.alike for piece in found.slices] == [False, True, False, False, False, True]
    assert found.slices[3].start <= at < found.slices[3].end
    unshortened = lined(row, Frame(60, whole=True))
    assert unshortened is not None
    assert len(unshortened.slices) > 15


def test_an_ending_that_does_not_fit_behind_the_line_has_a_row_of_its_own() -> None:
    row = Row("-", 1, None, "x" * 30, ending="CRLF")
    found = lined(row, Frame(30))
    assert found is not None
    assert [(p.start, p.end) for p in found.slices] == [(0, 30), (30, 30)]
    assert lined(row, Frame(40)) is None


LINES = st.lists(
    st.tuples(st.sampled_from((" ", "-", "+")), st.integers(0, 200), st.integers(1, 4)), max_size=12
)


@settings(max_examples=40, deadline=None)
@given(LINES, st.booleans(), st.sampled_from((60, 100)))
def test_a_hunk_that_grows_has_the_rows_it_has_at_once(
    lines: list[tuple[Tag, int, int]], split: bool, width: int
) -> None:
    look = Look(width, Palette(), split=split)
    whole = [
        TaggedLine(tag, "word " * (length // 5) + "x" * (length % 5)) for tag, length, _ in lines
    ]
    documents = []
    for pieces in (1, 0):
        document = Document(look)
        document.apply(Asked(0, 1, "go", (), 1, LABEL))
        document.apply(HunkStarted(0, 1, ONE, "a.txt", FileOp.UPDATE))
        for line, (_, _, parts) in zip(whole, lines, strict=True):
            for n in range(1, parts * pieces):
                end = len(line.text) * n // parts
                document.apply(HunkGrew(0, 1, ONE, (), line.text[:end], line.tag))
                painted(document)
            document.apply(HunkGrew(0, 1, ONE, (line,), "", line.tag))
        documents.append(painted(document))
    assert documents[0] == documents[1]


def painted(document: Document) -> list[str]:
    strips = [document.strip(row) for row in range(document.height)]
    return [strip.text for strip in strips if strip is not None]


# ------------------------------------------------------------------- on the screen


class Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


def events(*changes: tuple[str, str], above: str = "def f():") -> list[Event]:
    """A hunk for each pair of lines, each in a file of its own, each below an unchanged line."""
    out: list[Event] = [Asked(0, 1, "go", (), 1, LABEL)]
    for number, (old, new) in enumerate(changes, 1):
        image = image_of(f"{number}.txt", f"{above}\n{old}\nend\n".encode())
        hunk = Hunk(
            HunkId(1, number, "1"),
            image.path,
            FileOp.UPDATE,
            HunkState.OPEN,
            base_span=(1, 2),
            old=(f"{old}\n",),
            new=(f"{new}\n",),
            added=1,
            removed=1,
        )
        out += [FileRead(0, 1, number, image), HunksSet(0, 1, (hunk,))]
    return out


def screen(body: Transcript) -> list[str]:
    top = body.viewport.top
    strips = [body.document.strip(top + y) for y in range(body.size.height)]
    return ["" if strip is None else strip.text.rstrip() for strip in strips]


async def test_unchanged_lines_move_sideways_with_their_hunk_only() -> None:
    app = Stage()
    async with app.run_test(size=(90, 30)):
        body = app.query_one(Transcript)
        above = f"# {'0123456789' * 12}"
        body.handle(events((LONG, LONG + "x"), ("a", "b"), above=above), Session())
        before = screen(body)
        body.scroll_code(8)
        after = screen(body)
        assert f"│    1   «{above[9:88]}…" in after
        moved = [n for n, row in enumerate(after) if row != before[n]]
        assert [before[n].split()[1] for n in moved] == ["1", "3"]
        body.scroll_code(1000)
        assert any(row.endswith("«" + above[-80:]) for row in screen(body))
        body.set_current(HunkId(1, 2, "1"))
        body.set_current(HunkId(1, 1, "1"))
        assert screen(body) == before
        body.scroll_code(8)
        body.handle([Decided(0, 1, (HunkId(1, 1, "1"),), HunkState.DROPPED)], Session())
        body.handle([Decided(0, 1, (HunkId(1, 1, "1"),), HunkState.OPEN)], Session())
        assert screen(body) == before


async def test_a_selection_over_rows_of_one_line_copies_the_line() -> None:
    app = Stage()
    async with app.run_test(size=(90, 30)):
        body = app.query_one(Transcript)
        body.handle(events((LONG, LONG + "x")), Session())
        start = body.document.start(body.document.hunks[ONE])
        chosen = Selection(
            Offset(0, start + 2), Offset(100, start + body.document.hunks[ONE].solid - 2)
        )
        got = body.get_selection(chosen)
        assert got is not None
        assert got[0] == f"{LONG}\n{LONG}x"


async def test_the_header_says_what_changes_unseen() -> None:
    app = Stage()
    async with app.run_test(size=(120, 30)):
        body = app.query_one(Transcript)
        body.handle(events(("x = 1", "x = 1  "), ("\tx\u00a0= 1", "    x = 1")), Session())
        shown = screen(body)
        assert "differs only in blanks at the end" in shown[2]
        assert "│    2 + x = 1␣␣" in shown
        assert any(
            "differs only in tabs against spaces and kinds of blanks" in row for row in shown
        )
        assert "     2 - →   x{U+00A0}= 1" in shown
        assert "     2 + ␣␣␣␣x␣= 1" in shown


async def test_a_hunk_taller_than_the_view_is_judged_once_its_change_was_seen() -> None:
    """The lines are too different to be shortened; they differ in all their rows."""
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        body = app.query_one(Transcript)
        text = " ".join(str(n * 7919 % 1000) for n in range(400))
        at = text.index(" ", 1000)
        body.handle(events((text, f"{text[:at]}!{text[at:]}")), Session())
        body.more_context(ONE)  # nothing is left out any more
        block = body.document.hunks[ONE]
        assert block.last_change > 40
        presses = 0
        await pilot.pause()
        while not body.is_visible(ONE):
            body.show(ONE)
            await pilot.pause()
            presses += 1
            assert presses < 4
        assert presses == 2
        assert any("!" in row for row in screen(body))
        body.viewport.top = body.document.height
        assert not body.is_visible(ONE)


async def judged(size: tuple[int, int], seeds: range) -> int:
    """Make each pair's hunk the current one and look at it as a person does who presses a key.

    Returns how many had to be scrolled to.
    """
    app, scrolled = Stage(), 0
    async with app.run_test(size=size) as pilot:
        body = app.query_one(Transcript)
        for turn, seed in enumerate(seeds, 1):
            dice = random.Random(seed)
            old, new = pair(dice)
            if old == new:
                continue
            me = HunkId(turn, 1, "1")
            image = image_of("a.txt", f"one\n{old}\ntwo\n".encode())
            hunk = Hunk(
                me,
                "a.txt",
                FileOp.UPDATE,
                HunkState.OPEN,
                base_span=(1, 2),
                old=(f"{old}\n",),
                new=(f"{new}\n",),
            )
            asked = Asked(0, turn, "go", (), 1, LABEL)
            batch: list[Event] = [asked, FileRead(0, turn, 1, image), HunksSet(0, turn, (hunk,))]
            body.handle(batch, Session())
            body.set_current(me)
            if dice.random() < 0.3:
                body.more_context(me)  # nothing is left out any more
            block, seen = body.document.hunks[me], set[int]()
            presses = 0
            while True:
                first = body.viewport.top - body.document.start(block)
                seen.update(range(first, first + body.viewport.height))
                await pilot.pause()
                if body.is_visible(me):
                    break
                body.show(me)
                presses += 1
                assert presses < 60, seed
            scrolled += presses > 0
            rows = [n for n in range(1, block.solid) if block.view(n, body._look).emphasis]
            assert seen.issuperset(rows), (seed, size)
    return scrolled


SCREENS = [(60, 16), (80, 24), (120, 36), (170, 12)]


@pytest.mark.parametrize("size", SCREENS)
async def test_a_hunk_is_judged_only_when_its_change_was_on_the_screen(
    size: tuple[int, int],
) -> None:
    await judged(size, range(12))


@pytest.mark.long
@pytest.mark.parametrize("size", SCREENS)
async def test_four_thousand_hunks_are_judged_only_when_their_change_was_on_the_screen(
    size: tuple[int, int],
) -> None:
    scrolled = 0
    for start in range(1000, 2000, 50):
        scrolled += await judged(size, range(start, start + 50))
    assert scrolled > 20


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 30)])
async def test_a_change_anywhere_in_a_long_line_is_in_view_at_once(size: tuple[int, int]) -> None:
    app = Stage()
    async with app.run_test(size=size):
        body = app.query_one(Transcript)
        text = ", ".join(f"name_{n}" for n in range(250))
        body.handle(events((text, text.replace("name_180", "name_18O"))), Session())
        assert body.is_visible(ONE)
        assert any("name_18O" in row for row in screen(body))


async def test_the_header_keeps_its_row_and_all_it_changes_in_view_when_columns_go() -> None:
    app = Stage()
    async with app.run_test(size=(120, 30)) as pilot:
        body = app.query_one(Transcript)
        lines = [(f"{LONG} # {n}", f"{LONG} # {n}!") for n in range(4)]
        body.handle(events(*lines), Session())
        body.set_current(HunkId(1, 3, "1"))
        block = body.document.hunks[HunkId(1, 3, "1")]

        def row() -> int:
            return body.document.start(block) - body.viewport.top

        body.viewport.top += row() - 15
        body.present()
        for width, height in ((80, 30), (60, 24), (120, 30), (70, 18)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert body.is_visible(block.id), (width, height, row())
        body.viewport.top += row() - 2
        body.present()
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert row() == 2


def header(hunk: Hunk, look: Look) -> list[str]:
    document = Document(look)
    document.apply(Asked(0, 1, "go", (), 1, LABEL))
    document.apply(HunksSet(0, 1, (hunk,)))
    start = document.start(document.hunks[hunk.id])
    return [row.rstrip() for row in painted(document)[start:] if row.strip()]


def test_what_a_hunk_without_lines_changes_is_said() -> None:
    look = Look(80, Palette())
    rename = Hunk(ONE, "a.py", FileOp.RENAME, HunkState.OPEN, move_to="b.py")
    assert len(header(rename, look)) == 1
    long = "src/package/with/a/long/name/"
    far = replace(rename, path=f"{long}one.py", move_to=f"{long}two.py")
    assert header(far, look)[1:] == [f"       - {long}one.py", f"       + {long}two.py"]
    alike = replace(rename, path="scope.py", move_to="s\u0441ope.py")
    assert header(alike, look)[1:] == ["       - scope.py", "       + s{U+0441}ope.py"]
    assert "differs only in characters that look alike" in header(alike, Look(120, Palette()))[0]
    mode = Hunk(ONE, "run.sh", FileOp.MODE, HunkState.OPEN, mode=0o100755)
    assert "makes it executable" in header(mode, look)[0]
    new = Hunk(ONE, "a.bat", FileOp.CREATE, HunkState.OPEN, base_span=(0, 0), new=("x\r\n",))
    assert "new file · CRLF line ends" in header(new, look)[0]
    assert "new empty file" in header(replace(new, new=()), look)[0]
