"""What was seen stays seen by what it says; what became of it is told."""

from __future__ import annotations

from spark_tui.core.tree_review.hunks import file_change
from spark_tui.core.tree_review.model import PathChange, Side, SideKind
from spark_tui.core.tree_review.seen import MOST, SeenHunk, SeenHunks, SeenState, as_seen, read_line

TEN = b"".join(b"line %d\n" % n for n in range(10))


def change(after: bytes, oid: str = "b") -> PathChange:
    one = Side(SideKind.FILE, 0o100644, TEN, len(TEN), oid)
    return file_change("a.py", one, Side(SideKind.FILE, 0o100644, after, len(after)))


def test_seen_by_content_and_changed_since() -> None:
    first = change(TEN.replace(b"line 2", b"two").replace(b"line 8", b"eight"))
    seen = SeenHunks()
    seen.add(as_seen(first.file, first.file.hunks[0]))
    assert [seen.look(first.file, h) for h in first.file.hunks] == [SeenState.SEEN, SeenState.NEW]
    later = change(TEN.replace(b"line 2", b"2!").replace(b"line 8", b"eight"))
    assert [seen.look(later.file, h) for h in later.file.hunks] == [
        SeenState.CHANGED,
        SeenState.NEW,
    ]
    based = change(TEN.replace(b"line 2", b"two"), oid="c")
    assert seen.look(based.file, based.file.hunks[0]) is SeenState.SEEN
    seen.discard(first.file.hunks[0].content)
    assert seen.look(first.file, first.file.hunks[0]) is SeenState.NEW


def test_only_so_many_are_remembered() -> None:
    seen = SeenHunks(SeenHunk(f"{n:016x}", "f" * 16, n, n) for n in range(MOST + 5))
    assert len(seen) == MOST
    assert f"{4:016x}" not in seen
    assert next(iter(seen)).start == 5


def test_lines_of_the_file_are_checked() -> None:
    hunk = SeenHunk("0" * 16, "f" * 16, 3, 9)
    assert read_line(hunk.written()) == (hunk, True)
    assert read_line(f"-{hunk.written()}") == (hunk, False)
    for wrong in (
        "",
        "x",
        "0" * 16,
        f"{hunk.written()} 1",
        hunk.written().replace("f", "g"),
        "a b 1 ²",
    ):
        assert read_line(wrong) is None
