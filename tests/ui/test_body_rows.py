"""Rows as cells: widths, cutting, colours without colour, and nothing hostile."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.strip import Strip

from spark_tui.core.context import ContextItem
from spark_tui.core.edits import writers
from spark_tui.core.edits.model import (
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    Refusal,
    RefusalCode,
    Row,
    TaggedLine,
)
from spark_tui.core.events import Asked, EndpointLabel, HunkGrew, HunkStarted, Said
from spark_tui.ui.style.cells import cells
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look, RowView, difference, paint_row
from spark_tui.ui.transcript.blocks import wrap
from spark_tui.ui.transcript.document import Document
from spark_tui.ui.transcript.hunk_block import HunkBlock
from spark_tui.ui.transcript.hunk_rows import code_view, header_view, hunk_rows, state_words
from spark_tui.ui.transcript.live_rows import LiveRows
from spark_tui.ui.transcript.mouse_selection import cell_range, hit_strip

LOOK = Look(60, Palette())
TEXT = st.text(st.sampled_from("ab  \t日本é\u0301\u202e\x1b\u200b🙂"), max_size=40)
ID = HunkId(1, 1, "1")

HOSTILE = [
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;http://x\x1b\\link",
    "\x1b[2J\x1b[H",
    "\x1b[6n",
    "\x1bPq\x1b\\",
    "\x1b_G\x1b\\",
    "\x1bc",
    "\x9b31m",
    "\x9d0;x\x9c",
    "\x00",
    "\x07\x08\x0e\x7f",
    "a\rb",
    "a\x0bb\x0cc",
    "\x85",
    "\u202eevil\u202c",
    "\u2066x\u2069",
    "\u200b\u200d\ufeff",
    "\u00ad",
    "\U000e0041",
    "\u2028\u2029",
    "\ufe0f",
    "e" + "\u0301" * 300,
    "\udc80",
    "[@click=app.quit]x[/]",
]


def raw(strip: Strip) -> list[str]:
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return [c for c in strip.text if unicodedata.category(c) in bad]


@pytest.mark.parametrize("payload", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_no_payload_reaches_a_strip_from_anywhere(payload: str) -> None:
    document = Document(LOOK)
    label = EndpointLabel("sim", "", "")
    document.apply(Asked(0, 1, payload, (ContextItem(payload, None, 1),), 1, label))
    document.relayout(replace(LOOK, width=100))
    document.apply(Said(0, 1, payload + " prose\n"))
    document.apply(HunkStarted(0, 1, ID, payload, FileOp.UPDATE))
    lines = tuple(TaggedLine(tag, payload) for tag in (" ", "-", "+"))
    document.apply(HunkGrew(0, 1, ID, lines, payload, "+"))
    document.note(1, payload)
    refusal = Refusal(RefusalCode.NOT_FOUND, payload, 3, payload, payload)
    hunk = Hunk(HunkId(1, 1, "2"), payload, FileOp.UPDATE, HunkState.REFUSED, refusal=refusal)
    document._set(hunk, None)
    strips = [document.strip(row) for row in range(document.height)]
    assert len(strips) > 8
    for strip in strips:
        assert strip is not None
        assert raw(strip) == []
        assert strip.cell_length == sum(cells(s.text) for s in strip) == 100
        assert "\u0301" * 5 not in strip.text


@given(TEXT, st.integers(1, 12))
def test_wrapped_rows_fit_and_lose_only_the_blanks_at_breaks(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    one_wide = width >= 8  # `<U+202E>` may be wider than the row
    if one_wide:
        from spark_tui.ui.style.cells import safe

        assert all(cells(safe(row)) <= width for row in rows)


@given(TEXT, TEXT, st.integers(1, 12))
def test_text_can_be_wrapped_as_it_grows(first: str, more: str, width: int) -> None:
    before = wrap(first, width)
    assert wrap(first + more, width) == before[:-1] + wrap(before[-1] + more, width)


@given(
    TEXT,
    st.integers(10, 40),
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), max_size=4),
)
def test_every_row_is_exactly_as_wide_as_the_view(
    text: str, width: int, shift: int, marks: list[list[int]]
) -> None:
    look = replace(LOOK, width=width)
    row = Row(" ", 7, 7, text, tuple((a, b) for a, b in marks))
    colours = [(0, 2, "syntax.keyword")]
    strip = paint_row(
        code_view(row, colours, look, current=True, number_width=2, shift=shift), look
    )
    assert strip.cell_length == sum(cells(s.text) for s in strip) == width
    assert raw(strip) == []


def test_long_code_is_cut_and_scrolls_sideways() -> None:
    view = RowView("abcdefghij" * 3)
    look = replace(LOOK, width=12)
    assert paint_row(view, look).text == "abcdefghija…"
    assert paint_row(view._replace(shift=2), look).text == "«defghijabc…"
    assert paint_row(view._replace(shift=19), look).text == "«abcdefghij "
    assert paint_row(view._replace(shift=40), look).text == "«           "
    assert paint_row(RowView("", shift=40), look).text == " " * 12
    assert paint_row(RowView("日本語日本語日本語"), look).text == "日本語日本 …"
    assert paint_row(RowView("日本語日本語日本語", shift=2), look).text == "« 語日本語 …"
    assert paint_row(view._replace(shift=2), replace(look, ascii_only=True)).text == "<defghijabc."


def test_words_that_differ_are_underlined_on_their_own_ground() -> None:
    row = RowView("old new", ground="add", emphasis=((4, 7),))
    styles = {s.text: s.style for s in paint_row(row, LOOK) if s.text.strip()}
    assert styles["new"] is not None
    assert styles["new"].underline
    assert styles["old "] is not None
    assert styles["old "].bgcolor != styles["new"].bgcolor


def test_without_colour_only_bold_and_reverse_are_left() -> None:
    look = replace(LOOK, palette=Palette(no_color=True))
    row = RowView("old new", ground="add", emphasis=((4, 7),), spans=[(0, 3, "syntax.comment")])
    for segment in paint_row(row, look):
        style = segment.style
        assert style is not None
        assert style.color is None
        assert style.bgcolor is None
        assert not style.italic
        assert not style.underline
    assert any(s.style and s.style.reverse for s in paint_row(row, look) if s.text == "new")


@pytest.mark.parametrize("state", list(HunkState))
def test_a_terminal_without_utf_8_gets_ascii_only(state: HunkState) -> None:
    look = replace(LOOK, ascii_only=True, review=True)
    hunk = Hunk(ID, "a/ü.py", FileOp.UPDATE, state, base_span=(3, 4))
    words = state_words(hunk, running=True, incomplete=True)
    view = header_view(
        hunk, look, current=True, place=(1, 3), more=True, words=words, counts=(1, 2)
    )
    strip = paint_row(view, look)
    assert strip.text.isascii()
    assert strip.text[0] == ">"
    assert paint_row(RowView("日本 → x"), look).text.rstrip() == "???? > x"


@pytest.mark.parametrize("width", [56, 60, 90, 160])
def test_a_header_keeps_the_end_of_the_path_and_the_counts(width: int) -> None:
    look = replace(LOOK, width=width, compact=width < 72)
    path = "a/very/long/path/with/many/parts/and_a_long_name.py"
    hunk = Hunk(
        ID, path, FileOp.UPDATE, HunkState.REFUSED, refusal=Refusal(RefusalCode.PATH, "w" * 80)
    )
    words = state_words(hunk, running=False, incomplete=False)
    view = header_view(
        hunk, look, current=False, place=(2, 3), more=False, words=words, counts=(10, 2)
    )
    text = paint_row(view, look).text
    assert text.rstrip().endswith("+10 -2")
    assert "name.py" in text
    assert "2/3" in text
    assert " +10" in text
    assert len(text) == width


def test_lines_are_numbered_once_their_place_is_plain() -> None:
    lines = tuple(f"{t}\n" for t in ["a", "b", "a", "c", "d"])
    image = FileImage("x", b"", "", 0o100644, "utf-8", "\n", b"", lines)
    live = LiveRows()
    live.grow([TaggedLine(" ", "a")], "", " ", image)
    assert live.rows[0].new_no is None
    assert live.grow([TaggedLine("-", "c")], "new", "+", image) == 0
    assert live.place == 2
    numbers = [(r.tag, r.old_no, r.new_no) for r in live.rows]
    assert numbers == [(" ", 3, 3), ("-", 4, None), ("+", None, 4)]
    assert (live.added, live.removed) == (0, 1)


def test_the_tail_is_replaced_not_repeated() -> None:
    live = LiveRows()
    live.grow([], "ab", "+", None)
    live.grow([], "abc", "+", None)
    live.grow([TaggedLine("+", "abcd")], "", "+", None)
    assert [r.text for r in live.rows] == ["abcd"]
    assert live.added == 1


def test_copying_a_hunk_gives_its_new_side() -> None:
    done = Hunk(
        ID, "x", FileOp.UPDATE, HunkState.OPEN, base_span=(0, 1), old=("a\n",), new=("\tb\n", "c\n")
    )
    assert HunkBlock(done).copy_text() == "\tb\nc"
    gone = Hunk(ID, "x", FileOp.UPDATE, HunkState.OPEN, base_span=(0, 1), old=("a\n",))
    assert HunkBlock(gone).copy_text() == "a"


def test_the_mouse_finds_characters_not_cells() -> None:
    view = RowView("\tb日c", gutter=(("  7 + ", "muted"),))
    look = replace(LOOK, width=20)
    places = [s.style.meta["offset"][0] for s in hit_strip(view, look, 3) if s.style]
    assert places == [0] * 6 + [0] * 4 + [1, 2, 2, 3] + [4] * 6
    assert cell_range(view, look, 1, 3) == (10, 13)
    assert cell_range(view, look, 2, -1) == (11, 14)


def test_only_differing_cells_differ() -> None:
    old = paint_row(RowView("some words here"), LOOK)
    assert difference(old, old) is None
    assert difference(old, paint_row(RowView("some words here"), LOOK)) is None
    assert difference(old, paint_row(RowView("some words there"), LOOK)) == (11, 16)
    assert difference(None, old) == (0, 60)
    wide = paint_row(RowView("日本 x"), LOOK)
    assert difference(wide, paint_row(RowView("日木 x"), LOOK)) == (2, 6)


def test_a_stale_hunk_is_its_change_numbered_from_where_it_was() -> None:
    from spark_tui.core.edits.model import RawHunk, Refusal, RefusalCode, TaggedLine

    lines = (
        TaggedLine(" ", "def use():"),
        TaggedLine("-", "    return add(1, 2)"),
        TaggedLine("+", "    return add(1, 3)"),
        TaggedLine(" ", ""),
        TaggedLine("-", "x = 1"),
    )
    why = Refusal(
        RefusalCode.STALE, "you changed line 6 since", 6, found="return add(2, 2)", by=writers.YOU
    )
    hunk = Hunk(
        HunkId(1, 1, "1"),
        "calc.py",
        FileOp.UPDATE,
        HunkState.STALE,
        RawHunk(lines),
        refusal=why,
        moved_from=6,
    )
    got = hunk_rows(hunk, None, 3)
    assert [(r.tag, r.old_no, r.new_no) for r in got] == [
        ("-", 6, None),
        ("+", None, 6),
        ("-", 8, None),
    ]
