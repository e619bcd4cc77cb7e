from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.diff import opcodes, quoted, tagged, unified, unquoted
from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import image_of

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
