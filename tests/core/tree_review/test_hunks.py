"""One path as hunks, their names, and its bytes without some of them."""

from __future__ import annotations

import itertools

import pytest

from spark_tui.core.tree_review.hunks import file_change, split, without
from spark_tui.core.tree_review.model import ChangeKind, PathChange, Side, SideKind

TEN = b"".join(b"line %d\n" % n for n in range(10))


def side(data: bytes | None, mode: int = 0o100644, oid: str = "") -> Side:
    if data is None:
        return Side()
    return Side(SideKind.FILE, mode, data, len(data), oid)


def change(before: bytes | None, after: bytes | None, **named: str) -> PathChange:
    return file_change("a.py", side(before, oid="b" * 40), side(after), **named)  # type: ignore[arg-type]


def kinds(found: PathChange) -> list[ChangeKind]:
    return [hunk.kind for hunk in found.file.hunks]


def test_hunks_are_counted_as_a_diff_counts() -> None:
    after = TEN.replace(b"line 1\n", b"one\nmore\n").replace(b"line 8\n", b"")
    first, second = change(TEN, after).file.hunks
    assert (first.old_start, first.new_start, first.added, first.removed) == (2, 2, 2, 1)
    assert (second.old_start, second.new_start, second.added, second.removed) == (9, 9, 0, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TEN, TEN.replace(b"line 1\n", b"one\n").replace(b"line 8", b"eight")),
        (TEN.replace(b"\n", b"\r\n"), TEN.replace(b"line 3\n", b"").replace(b"\n", b"\r\n")),
        (TEN[:-1], TEN + b"more"),
        (TEN, TEN[:-1]),
        (b"", TEN),
        (TEN, b""),
        (b"\xef\xbb\xbf" + TEN, TEN),
        (TEN.replace(b"3", b"\xe9"), TEN.replace(b"7", b"\xff")),
        (b"a\rb\rc\r", b"a\rB\rc\r"),
        ("ä\n漢\n".encode() * 5, "ä\n字\n".encode() * 5),
        (b"\0\1", b"\0\2"),
    ],
)
def test_every_subset_is_exact(before: bytes, after: bytes) -> None:
    found = change(before, after)
    ids = [hunk.id for hunk in found.file.hunks]
    assert without(found, ids)[0].data == before
    assert without(found, [])[0].data == after
    for count in range(len(ids)):
        for chosen in itertools.combinations(ids, count):
            left = change(before, without(found, chosen)[0].data)
            assert len(left.file.hunks) <= len(ids) - len(chosen)


def test_what_comes_and_goes_and_moves_is_one_hunk_each() -> None:
    assert kinds(change(None, b"x\n")) == [ChangeKind.NEW]
    assert kinds(change(b"x\n", None)) == [ChangeKind.DELETED]
    moved = file_change("b.py", side(TEN, oid="b"), side(TEN[7:], 0o100755), origin="a.py")
    assert kinds(moved) == [ChangeKind.RENAMED, ChangeKind.MODE, ChangeKind.LINES]
    name, mode, lines = (hunk.id for hunk in moved.file.hunks)
    assert [(r.path, r.data, r.mode) for r in without(moved, [name])] == [
        ("b.py", None, 0),
        ("a.py", TEN[7:], 0o100755),
    ]
    assert without(moved, [mode, lines])[0] == without(moved, [lines, mode])[0]
    assert without(moved, [mode, lines])[0].data == TEN
    assert without(moved, [mode, lines])[0].mode == 0o100644


def test_what_is_no_text_is_named_with_its_size() -> None:
    (hunk,) = change(b"\0" * 1200, b"\0" * 3400).file.hunks
    assert (hunk.kind, hunk.what) == (ChangeKind.BINARY, "binary, 1.2 kB → 3.4 kB")
    (hunk,) = file_change(
        "a", side(b"x"), Side(SideKind.FILE, 0o100644, None, 99_000_000)
    ).file.hunks
    assert (hunk.kind, hunk.fixed) == (ChangeKind.LARGE, "too large to write")
    with pytest.raises(ValueError, match="no such hunk"):
        without(change(b"x", None), ["other"])


def test_links_and_other_repositories_are_shown_and_stay() -> None:
    for kind, named in (
        (SideKind.LINK, ChangeKind.LINK),
        (SideKind.SUBMODULE, ChangeKind.SUBMODULE),
    ):
        (hunk,) = file_change("a", side(b"x\n"), Side(kind, 0o120000, b"/etc", 4)).file.hunks
        assert hunk.kind is named
        assert hunk.fixed


def test_ids_stay_while_path_base_and_hunk_do() -> None:
    one = change(TEN, TEN.replace(b"line 8", b"eight")).file.hunks[0]
    both = change(TEN, TEN.replace(b"line 8", b"eight").replace(b"line 1", b"one")).file.hunks
    assert one.id == both[1].id != both[0].id
    assert one.content == both[1].content
    other = file_change("a.py", side(TEN, oid="c"), side(TEN.replace(b"line 8", b"eight")))
    assert other.file.hunks[0].id != one.id
    assert other.file.hunks[0].content == one.content  # seen is seen, whatever it is based on
    twice = change(b"a\n" * 20, b"a\n" * 9 + b"b\n" + b"a\n" * 6 + b"b\n" + b"a\n" * 4).file.hunks
    assert len({hunk.content for hunk in twice}) == len(twice)


def test_a_split_hunk_is_its_runs() -> None:
    found = change(TEN, TEN.replace(b"line 3", b"three").replace(b"line 5", b"five"))
    (hunk,) = found.file.hunks
    parts = split(found, hunk)
    assert [(h.old_start, h.added) for h in parts.file.hunks] == [(4, 1), (6, 1)]
    assert without(parts, [parts.file.hunks[0].id])[0].data == TEN.replace(b"line 5", b"five")
    assert split(parts, parts.file.hunks[0]) is parts


def test_a_new_function_is_shown_from_its_own_first_line() -> None:
    before = b"def a():\n    if x:\n        y()\n\n\ndef c():\n    if x:\n        y()\n"
    after = before.replace(b"def c", b"def b():\n    if x:\n        y()\n\n\ndef c")
    (hunk,) = change(before, after).file.hunks
    assert hunk.new_start == 6
