"""Colours: the same at the end as Pygments gives for the whole file, and cheap on the way."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from pygments.lexer import Lexer

from spark_tui.core.edits.model import FileImage, FileOp, Hunk, HunkId, HunkState, Row, blob_id
from spark_tui.core.edits.rows import rows as diff_rows
from spark_tui.ui.style.highlight import (
    LONG_LINE,
    Colourist,
    FileColours,
    HunkColours,
    LiveColours,
    language,
    load_lexer,
)
from spark_tui.ui.style.incremental_lexer import IncrementalLexer, LineSpans
from spark_tui.ui.style.row_paint import StyledRange

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
CODE = [s for s in SAMPLES if language(s.name)]
NEVER = lambda: False  # noqa: E731


def full(lexer: Lexer, text: str) -> list[list[StyledRange]]:
    """What Pygments itself says about the whole text, per line."""
    spans = LineSpans()
    for pos, token, value in lexer.get_tokens_unprocessed(text):
        spans.add(pos, token, value)
    return spans.lines


def image(path: str, text: str) -> FileImage:
    data = text.encode()
    lines = tuple(text.splitlines(keepends=True))
    return FileImage(path, data, blob_id(data), 0o100644, "utf-8", "\n", b"", lines)


def created(path: str, lines: Sequence[str]) -> Hunk:
    new = tuple(line + "\n" for line in lines)
    return Hunk(HunkId(1, 1, "1"), path, FileOp.CREATE, HunkState.OPEN, base_span=(0, 0), new=new)


@pytest.mark.parametrize("file", CODE, ids=lambda f: f.name)
def test_a_new_file_ends_up_coloured_as_pygments_colours_it(file: Path) -> None:
    lines = file.read_text("utf-8").split("\n")
    rows = [Row("+", None, n, text) for n, text in enumerate(lines, 1)]
    colours = HunkColours(FileColours(language(file.name), []), created(file.name, lines), rows)
    assert colours.work(NEVER)
    expected = full(load_lexer(language(file.name)), "\n".join(lines))
    assert [list(colours.spans(n)) for n in range(len(rows))] == expected


@pytest.mark.parametrize("file", CODE, ids=lambda f: f.name)
def test_a_placed_hunk_is_coloured_as_in_the_file_with_it_applied(file: Path) -> None:
    text = file.read_text("utf-8")
    base = image(file.name, text)
    chance = random.Random(7)
    key = language(file.name)
    colours_of_base = FileColours(key, [line.rstrip("\n") for line in base.lines])
    before = full(load_lexer(key), text)
    for _ in range(12):
        start = chance.randrange(len(base.lines) - 6)
        end = start + chance.randrange(4)
        other = chance.randrange(len(base.lines) - 6)
        new = base.lines[other : other + chance.randrange(1, 6)]
        hunk = Hunk(
            HunkId(1, 1, "1"),
            file.name,
            FileOp.UPDATE,
            HunkState.OPEN,
            base_span=(start, end),
            old=base.lines[start:end],
            new=new,
        )
        rows = diff_rows(hunk, base, 3)
        colours = HunkColours(colours_of_base, hunk, rows)
        assert colours.work(NEVER)
        applied = "".join((*base.lines[:start], *new, *base.lines[end:]))
        after = full(load_lexer(key), applied)
        for n, row in enumerate(rows):
            if row.tag == "+":
                assert row.new_no is not None
                expected = after[row.new_no - 1]
            else:
                assert row.old_no is not None
                expected = before[row.old_no - 1]
            assert list(colours.spans(n)) == expected, (start, end, other, n, row)


STREAMED = [f for f in CODE if f.suffix in {".py", ".ts", ".js", ".go", ".rs", ".c"}]


@pytest.mark.parametrize("file", STREAMED, ids=lambda f: f.name)
def test_a_growing_text_keeps_nearly_all_colours_and_lexes_little(file: Path) -> None:
    text = file.read_text("utf-8")
    chance = random.Random(3)
    lexer = IncrementalLexer(load_lexer(language(file.name)), block_comments=file.suffix != ".py")
    at = line_start = 0
    while at < len(text):
        at = min(len(text), at + chance.randrange(20, 110))
        newline = text.rfind("\n", 0, at) + 1
        lexer.feed(text[line_start:newline], text[newline:at])
        line_start = max(line_start, newline)
    expected = full(load_lexer(language(file.name)), text)
    wrong = sum(a != b for a, b in zip(lexer.spans.lines, expected, strict=True))
    assert wrong <= len(expected) // 50
    assert lexer.lexed <= 10 * len(text)


def test_a_writing_hunk_colours_both_sides() -> None:
    live = LiveColours("py")
    rows = [
        Row(" ", 1, 1, "def f(x):"),
        Row("-", 2, None, "    return 1"),
        Row("+", None, 2, "    ret"),
    ]
    assert live.grow(rows, 2) == 0
    assert (0, 3, "syntax.keyword") in live.spans(0)
    assert (4, 10, "syntax.keyword") in live.spans(1)
    assert not any(role == "syntax.keyword" for _, _, role in live.spans(2))
    rows[2] = Row("+", None, 2, "    return 'x'")
    assert live.grow(rows, 3) <= 2
    assert (4, 10, "syntax.keyword") in live.spans(2)
    assert any(role == "syntax.string" for _, _, role in live.spans(2))


def test_an_unclosed_comment_recolours_its_lines_when_it_closes() -> None:
    live = LiveColours("ts")
    rows = [Row("+", None, 1, "/**"), Row("+", None, 2, " * let it be"), Row("+", None, 3, " */")]
    for n in range(1, 4):
        changed = live.grow(rows[:n], n)
    assert changed == 0
    assert list(live.spans(1)) == [(0, 12, "syntax.comment")]


def test_very_long_lines_stay_plain() -> None:
    long = "x = '" + "a" * LONG_LINE + "'"
    base = FileColours("py", ["def f():", long])
    assert base.work(1, NEVER)
    assert base.line(0) == []
    live = LiveColours("py")
    live.grow([Row("+", None, 1, long)], 1)
    assert live.spans(0) == ()


def test_work_stops_when_time_is_up_and_goes_on_later() -> None:
    file = next(f for f in CODE if f.suffix == ".py")
    lines = file.read_text("utf-8").split("\n")
    colours = FileColours("py", lines)
    slices = 0
    while not colours.work(len(lines) - 1, lambda: True):
        slices += 1
    assert slices > 5
    assert colours.spans.lines == full(load_lexer("py"), "\n".join(lines))


def test_only_what_is_asked_for_is_lexed() -> None:
    file = next(f for f in CODE if f.suffix == ".py")
    lines = file.read_text("utf-8").split("\n")
    colours = FileColours("py", lines)
    assert colours.work(3, NEVER)
    assert len(colours.spans) < 30


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a/b.py", "py"),
        ("README.md", ""),
        ("Makefile", "makefile"),
        ("x/Dockerfile", "dockerfile"),
        ("A.TSX", "tsx"),
        ("noext", ""),
        ("a.unknown", ""),
    ],
)
def test_the_language_comes_from_the_name(path: str, key: str) -> None:
    assert language(path) == key


def test_every_lexer_of_the_map_exists() -> None:
    from spark_tui.ui.style.highlight import _LEXERS

    for key in _LEXERS:
        assert list(load_lexer(key).get_tokens_unprocessed("x\n"))


def test_colours_come_once_the_lexer_is_there() -> None:
    colourist = Colourist()
    arrived = threading.Event()
    assert not colourist.ready("a.py")
    colourist.warm(["a.py", "b.md"], arrived.set)
    assert arrived.wait(10)
    assert colourist.ready("x/b.py")
    assert colourist.plain("b.md")


def test_other_lexers_of_pygments_work_as_before() -> None:
    text = "def f():\n    return 1\n"
    before = list(load_lexer("py").get_tokens_unprocessed(text))
    IncrementalLexer(load_lexer("py")).feed(text)
    assert list(load_lexer("py").get_tokens_unprocessed(text)) == before
