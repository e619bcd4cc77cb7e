from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.model import Change, FileOp
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import ConflictError, JournalError
from spark_tui.services.worktree import GitWorktree
from spark_tui.ui.messages.remedies import shell_line

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

LINES = b"".join(b"line %d\n" % number for number in range(1, 61))


def swapped(data: bytes, *numbers: int) -> bytes:
    for number in numbers:
        data = data.replace(b"line %d\n" % number, b"LINE %d\n" % number)
    return data


@pytest.fixture
def tree(rig: Rig) -> GitWorktree:
    """Entry 1 changed lines 10, 30 and 50 of a.py and made n.py."""
    rig.save("a.py", LINES, 0o640)
    made = rig.tree()
    rig.put(made, {"a.py": swapped(LINES, 10, 30, 50), "n.py": b"n\n"})
    return made


def text(rig: Rig) -> bytes:
    return (rig.root / "a.py").read_bytes()


def test_one_hunk_is_taken_back_and_the_others_stay(rig: Rig, tree: GitWorktree) -> None:
    assert [hunk.title for hunk in tree.view(1).hunks] == [
        "a.py:10  +1 -1",
        "a.py:30  +1 -1",
        "a.py:50  +1 -1",
        "n.py  created  +1 -0",
    ]
    done = tree.undo(1, [2])
    assert (done.entry, done.undoes, done.hunks, done.files) == (2, 1, (2,), ("a.py",))
    assert text(rig) == swapped(LINES, 10, 50)
    assert (rig.root / "n.py").exists()
    assert (rig.root / "a.py").stat().st_mode & 0o777 == 0o640
    second, first = tree.entries()
    assert (second.undoes, second.hunks) == (1, (2,))
    assert (first.undone_by, first.taken) == (None, (2,))


def test_what_was_taken_back_alone_can_be_had_again_and_the_rest_taken_too(
    rig: Rig, tree: GitWorktree
) -> None:
    tree.undo(1, [2])
    with pytest.raises(JournalError, match="hunk 2 of #1 is already undone"):
        tree.undo(1, [2])
    tree.redo()
    assert text(rig) == swapped(LINES, 10, 30, 50)
    tree.undo(1, [4])
    assert not (rig.root / "n.py").exists()
    tree.undo(1, [1])
    done = tree.undo(1)
    assert done.files == ("a.py",)
    assert text(rig) == LINES
    assert tree.entries()[-1].undone_by == done.entry
    tree.undo(done.entry)
    assert text(rig) == swapped(LINES, 30, 50)
    assert tree.entries()[-1].taken == (1, 4)


def test_the_last_hunk_left_takes_back_the_entry(rig: Rig, tree: GitWorktree) -> None:
    tree.undo(1, [1, 2, 4])
    done = tree.undo(1, [3])
    assert done.hunks == ()
    assert text(rig) == LINES
    assert tree.entries()[-1].undone_by == done.entry


def test_a_hunk_of_an_old_entry_comes_back_under_later_edits(rig: Rig, tree: GitWorktree) -> None:
    rig.put(tree, {"a.py": b"new first line\n" + text(rig).replace(b"line 58\n", b"58\n")})
    done = tree.undo(1, [2])
    assert done.merged
    assert text(rig) == b"new first line\n" + swapped(LINES, 10, 50).replace(b"line 58\n", b"58\n")


def test_a_hunk_in_the_way_of_a_later_edit_is_told_and_the_others_still_come_back(
    rig: Rig, tree: GitWorktree
) -> None:
    rig.save("a.py", text(rig).replace(b"LINE 30\n", b"mine\nmine too\n"), 0o640)
    before = rig.seen()
    with pytest.raises(ConflictError) as caught:
        tree.undo(1, [2])
    assert caught.value.what == "hunk 2 of #1 not undone: you changed line 30 since"
    assert rig.seen() == before
    view = tree.view(1)
    whole, second = view.obstacle(0), view.obstacle(2)
    assert whole is not None
    assert second is not None
    assert (second.path, second.line) == ("a.py", 30)
    assert second.there == ((30, "mine"), (31, "mine too"))
    assert view.obstacle(1) is view.obstacle(3) is view.obstacle(4) is None
    tree.undo(1, [1, 3])
    assert text(rig) == LINES.replace(b"line 30\n", b"mine\nmine too\n")


def test_rename_and_mode_are_taken_back_alone(rig: Rig) -> None:
    rig.save("old.py", LINES, 0o640)
    rig.save("tool.sh", LINES, 0o644)
    tree = rig.tree()
    old, tool = tree.read("old.py"), tree.read("tool.sh")
    tree.flush(
        [
            Change(old, absent("old.py")),
            Change(absent("pkg/new.py"), image_of("pkg/new.py", swapped(LINES, 3), old.mode)),
            Change(tool, image_of("tool.sh", swapped(LINES, 5), 0o100755)),
        ],
        rig_note(),
    )
    assert [hunk.op for hunk in tree.view(1).hunks] == [
        FileOp.RENAME,
        FileOp.MODE,
        FileOp.UPDATE,
    ]
    tree.undo(1, [1])
    assert sorted(rig.seen()) == ["old.py", "tool.sh"]
    assert rig.seen()["old.py"] == (0o100640, LINES)
    tree.undo(1, [2])
    assert rig.seen()["tool.sh"] == (0o100644, swapped(LINES, 5))


def test_a_hunk_that_is_none_is_told_with_how_to_see_them(tree: GitWorktree) -> None:
    with pytest.raises(JournalError) as caught:
        tree.undo(1, [9])
    assert (
        shell_line(caught.value)
        == "#1 has 4 hunks, no hunk 9 · spark-tui undo 1 --dry-run shows them"
    )


def rig_note() -> Any:
    from spark_tui.core.journal import EntryNote

    return EntryNote("move it", "simulated", 1)
