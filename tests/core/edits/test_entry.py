from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from spark_tui.core.edits.entry import FileSides, entry_hunks, with_taken
from spark_tui.core.edits.model import FileOp

LINES = [b"line %d\n" % number for number in range(1, 31)]
BEFORE = b"".join(LINES)


def changed(**lines: bytes) -> bytes:
    out = list(LINES)
    for name, data in lines.items():
        out[int(name[1:]) - 1] = data
    return b"".join(out)


def test_changes_that_lie_apart_are_hunks_of_their_own() -> None:
    side = FileSides("a.py", BEFORE, changed(l5=b"five\n", l7=b"seven\n", l20=b""), 0o644, 0o644)
    first, second = entry_hunks([side])
    assert (first.number, first.line, first.added, first.removed) == (1, 5, 2, 2)
    assert (second.number, second.line, second.added, second.removed) == (2, 20, 0, 1)
    assert [(row.tag, row.text) for row in second.rows] == [
        (" ", "line 18"),
        (" ", "line 19"),
        ("-", "line 20"),
        (" ", "line 21"),
        (" ", "line 22"),
    ]
    assert second.title == "a.py:20  +0 -1"
    assert with_taken([side], {1})["a.py"] == (changed(l20=b""), 0o644)
    assert with_taken([side], {2})["a.py"] == (changed(l5=b"five\n", l7=b"seven\n"), 0o644)


def test_create_delete_rename_and_mode_are_one_hunk_each() -> None:
    sides = [
        FileSides("old.py", BEFORE, None, 0o640, 0),
        FileSides("gone.py", b"x\n", None, 0o600, 0),
        FileSides("new.py", None, changed(l9=b"nine\n"), 0, 0o644),
        FileSides("fresh.py", None, b"fresh\n", 0, 0o644),
        FileSides("tool.sh", b"a\nb\n", b"a\nB\n", 0o644, 0o755),
    ]
    hunks = entry_hunks(sides)
    assert [(h.op, h.title) for h in hunks] == [
        (FileOp.DELETE, "gone.py  deleted  +0 -1"),
        (FileOp.RENAME, "new.py  renamed from old.py  +1 -1"),
        (FileOp.CREATE, "fresh.py  created  +1 -0"),
        (FileOp.MODE, "tool.sh  mode"),
        (FileOp.UPDATE, "tool.sh:2  +1 -1"),
    ]
    back = with_taken(sides, {2, 4})
    assert back["old.py"] == (BEFORE, 0o640)
    assert back["new.py"] == (None, 0)
    assert back["gone.py"] == (None, 0)
    assert back["tool.sh"] == (b"a\nB\n", 0o644)


def test_what_is_no_text_or_changes_its_encoding_is_one_hunk() -> None:
    binary = FileSides("a.bin", b"\0\1\n", b"\0\2\n", 0o644, 0o644)
    recoded = FileSides("b.txt", "é\nx\n".encode(), "\ufeffé\ny\n".encode("utf-16-le"))
    assert [h.title for h in entry_hunks([binary, recoded])] == [
        "a.bin  all of it",
        "b.txt  all of it",
    ]
    assert with_taken([binary, recoded], {2}) == {
        "a.bin": (b"\0\2\n", 0o644),
        "b.txt": ("é\nx\n".encode(), 0),
    }


texts = st.lists(
    st.sampled_from(
        [b"one\n", b"two\r\n", b"caf\xe9\n", b"\n", b"last", b"x\ry\n", b"\xef\xbb\xbf"]
    ),
    max_size=14,
).map(b"".join)


@given(before=st.none() | texts, after=st.none() | texts, one=st.integers(1, 6))
def test_all_hunks_taken_is_the_file_before_and_each_one_is_its_own(
    before: bytes | None, after: bytes | None, one: int
) -> None:
    side = FileSides(
        "a", before, after, 0o644 if before is not None else 0, 0o755 if after is not None else 0
    )
    hunks = entry_hunks([side])
    numbers = {hunk.number for hunk in hunks}
    assert numbers == set(range(1, len(hunks) + 1))
    assert with_taken([side], numbers)["a"][0] == before
    assert with_taken([side], ())["a"][0] == after
    if one in numbers and len(numbers) > 1:
        assert with_taken([side], {one})["a"] not in ((after, 0o755), (before, 0o644))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\xe9\nb\nc\nd\n1\n2\ne\nf\n", b"a\xe9\nB\nc\nd\n1\n2\ne\xc3\xa9\nf\n"),
        (b"x\xe9y\nb\nc\nd\n1\n2\ne\nf\n", b"xy\nb\nc\nd\n1\n2\ne\nF\n"),
        (b"\xef\xbb\xbfx\nb\nc\nd\n1\n2\ne\nf\n", b"x\nb\nc\nd\n1\n2\ne\nF\n"),
    ],
)
def test_hunks_of_a_file_whose_encoding_reads_otherwise_afterwards_are_lines(
    before: bytes, after: bytes
) -> None:
    files = [FileSides("f", before, after)]
    hunks = entry_hunks(files)
    assert [h.line for h in hunks if h.line] == [h.line for h in hunks]
    assert len(hunks) == 2
    taken = with_taken(files, {1})["f"][0]
    assert taken is not None
    lines = before.split(b"\n")[:3] + after.split(b"\n")[3:]
    assert taken == b"\n".join(lines)
    assert with_taken(files, {1, 2})["f"][0] == before
