from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.diff import emphasis, opcodes, quoted, rows, tagged, unified, unquoted
from spark_tui.core.edits.model import Change, FileOp, Hunk, HunkId, HunkState, RawHunk, Row
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.text import absent, image_of

LINES = "".join(f"line {n}\n" for n in range(1, 21))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=12), st.lists(st.integers(0, 4), max_size=12))
def test_opcodes_cover_both_sides_and_alternate(a: list[int], b: list[int]) -> None:
    ops = opcodes(a, b)
    i = j = 0
    for n, op in enumerate(ops):
        assert (op.a1, op.b1) == (i, j)
        i, j = op.a2, op.b2
        assert (a[op.a1 : op.a2] == b[op.b1 : op.b2]) is op.equal
        if n:
            assert op.equal is not ops[n - 1].equal
    assert (i, j) == (len(a), len(b))


def test_two_texts_become_tagged_lines() -> None:
    assert [tuple(line) for line in tagged(("a", "b"), ("a", "c"))] == [
        (" ", "a"),
        ("-", "b"),
        ("+", "c"),
    ]


def _hunk(text: str, old: str, new: str) -> tuple[Hunk, FileEdit]:
    edit = FileEdit(1, 1, FileOp.UPDATE, image_of("a.py", text.encode()))
    return edit.place(RawHunk(tagged(old.split("\n"), new.split("\n"))), 1), edit


def test_rows_number_both_sides_and_mark_what_differs_within_a_line() -> None:
    hunk, edit = _hunk(LINES, "line 5\nline 6", "line five\nline 6\nmore")
    assert rows(hunk, edit.image, context=1) == (
        Row(" ", 4, 4, "line 4"),
        Row("-", 5, None, "line 5", ((5, 6),)),
        Row("+", None, 5, "line five", ((5, 9),)),
        Row(" ", 6, 6, "line 6"),
        Row("+", None, 7, "more"),
        Row(" ", 7, 8, "line 7"),
    )


def test_rows_stop_at_the_file_s_ends() -> None:
    hunk, edit = _hunk("a\nb\n", "a", "x")
    assert [row.text for row in rows(hunk, edit.image)] == ["a", "x", "b"]


def test_a_hunk_without_a_place_shows_the_model_s_lines() -> None:
    hunk, edit = _hunk(LINES, "nowhere", "x")
    assert hunk.state is HunkState.REFUSED
    assert rows(hunk, edit.image) == (Row("-", None, None, "nowhere"), Row("+", None, None, "x"))


def test_rows_of_created_and_deleted_files() -> None:
    edit = FileEdit(1, 1, FileOp.DELETE, image_of("a", b"x\ny\n"))
    assert [(r.tag, r.old_no) for r in rows(edit.delete([]), edit.image)] == [("-", 1), ("-", 2)]
    created = Hunk(
        HunkId(1, 1, "1"), "n", FileOp.CREATE, HunkState.OPEN, base_span=(0, 0), new=("p\n", "q")
    )
    assert rows(created, absent("n")) == (Row("+", None, 1, "p"), Row("+", None, 2, "q"))


def test_lines_with_little_in_common_get_no_emphasis() -> None:
    assert emphasis("alpha beta", "gamma = 3") == ((), ())
    assert emphasis("x = f(a, b)", "x = f(a, c)") == (((9, 10),), ((9, 10),))
    assert emphasis("x" * 5_000, "x" * 5_001) == ((), ())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a b.py", "a b.py"),
        ('q".py', '"q\\".py"'),
        ("t\tb\\n.py", '"t\\tb\\\\n.py"'),
        ("ü.py", '"\\303\\274.py"'),
    ],
)
def test_odd_names_are_quoted_as_git_does(path: str, name: str) -> None:
    assert quoted(path) == name
    assert unquoted(name) == path


# ------------------------------------------------------------------- git reads our diffs


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\n"),
        (b"a\nb\n", b"a\nb"),
        (b"a\nb", b"x\ny"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\rb\rc", b"a\rX\rc"),
        (b"caf\xe9\nx\n", b"caf\xe9\ny\n"),
        (b"x\x0cy\n\xe2\x80\xa8z\n", b"x\x0cy\n\xe2\x80\xa8w\n"),
        (b"", b"one\n"),
        (b"one\n", b""),
        (None, b"new\n"),
        (b"gone\n", None),
        (LINES.encode(), LINES.replace("line 3\n", "3\n").replace("line 15\n", "").encode()),
    ],
)
def test_git_applies_what_is_printed(tmp_path: Path, old: bytes | None, new: bytes | None) -> None:
    for name in ("plain.txt", 'd/odd "näme\t.txt'):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        if old is not None:
            file.write_bytes(old)
        text = unified([Change(image_of(name, old), image_of(name, new))])
        done = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "-"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert (file.read_bytes() if file.exists() else None) == new


def test_nothing_changed_prints_nothing_and_a_mode_prints_its_lines() -> None:
    image = image_of("a", b"x\n")
    assert unified([Change(image, image)]) == ""
    assert unified([Change(image, image_of("a", b"x\n", 0o100755))]) == (
        "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n"
    )
