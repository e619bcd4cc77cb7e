"""Who is said to have changed a file meanwhile: the person, an entry, or nobody by name."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest

from spark_tui.core.edits import writers
from spark_tui.core.edits.compose import MisfitError, changes_for
from spark_tui.core.edits.model import Change, FileOp, Hunk, HunkId, HunkState
from spark_tui.core.edits.text import image_of
from spark_tui.core.errors import ConflictError, JournalError
from spark_tui.services.worktree import GitWorktree, disk
from tests.services.worktree.conftest import NOTE, Rig

LINES = b"".join(b"line %d\n" % n for n in range(1, 61))
LATER = LINES.replace(b"line 50\n", b"LINE 50\n")


def by_the_person(rig: Rig, data: bytes) -> None:
    rig.save("a.py", data)


def by_an_entry(rig: Rig, data: bytes) -> None:
    rig.put(rig.tree(), {"a.py": data})


def by_git(rig: Rig, data: bytes) -> None:
    rig.save("a.py", data)
    rig.git("hash-object", "-w", "a.py")  # what a checkout leaves: a blob that the repository has


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (by_the_person, "you saved a.py meanwhile, yours is kept"),
        (by_an_entry, "#1 changed a.py meanwhile, that is kept"),
        (by_git, "a.py changed meanwhile, that is kept"),
    ],
)
def test_a_write_that_was_raced_blames_who_did_it(
    rig: Rig, change: Callable[[Rig, bytes], None], told: str
) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    changes = [Change(tree.read("a.py"), image_of("a.py", b"new a\n"))]
    change(rig, LATER)
    with pytest.raises(ConflictError) as caught:
        tree.flush(changes, NOTE)
    assert caught.value.what == told
    assert (rig.root / "a.py").read_bytes() == LATER


@pytest.mark.parametrize(
    ("change", "stays", "told"),
    [
        (by_the_person, writers.YOU, "your later edit stays"),
        (by_an_entry, "#2", "#2 stays"),
        (by_git, "", "later edits stay"),
    ],
)
def test_an_undo_that_leaves_a_later_edit_says_whose_it_is(
    rig: Rig, change: Callable[[Rig, bytes], None], stays: str, told: str
) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    first = LINES.replace(b"line 10\n", b"LINE 10\n")
    rig.put(tree, {"a.py": first})
    change(rig, first.replace(b"line 50\n", b"LINE 50\n"))
    done = tree.undo(1)
    assert (done.merged, done.stays, writers.stays(done.stays)) == (True, stays, told)
    assert (rig.root / "a.py").read_bytes() == LATER


def test_a_refusal_names_the_file_at_fault(rig: Rig) -> None:
    tree = rig.tree()
    twice = [Change(tree.read("a.py"), image_of("a.py", data)) for data in (b"1\n", b"2\n")]
    with pytest.raises(JournalError, match=r"^a\.py is named twice, nothing written$"):
        tree.flush([Change(tree.read("b.py"), image_of("b.py", b"b\n")), *twice], NOTE)
    assert not (rig.root / "b.py").exists()


def test_a_file_that_may_not_be_written_is_named(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.save("a.py", b"a\n")
    rig.save("lib/b.py", b"b\n")
    tree = rig.tree()
    changes = [change_of(tree, path) for path in ("a.py", "lib/b.py")]
    make, made = disk.create_temp, iter(range(9))

    def refused(*args: Any, **named: Any) -> int:
        if next(made):
            raise PermissionError(errno.EACCES, "Permission denied", "a name of ours")
        return make(*args, **named)

    monkeypatch.setattr(disk, "create_temp", refused)
    with pytest.raises(JournalError) as caught:
        tree.flush(changes, NOTE)
    assert caught.value.what == "permission denied for lib/b.py, nothing written"
    assert (rig.root / "a.py").read_bytes() == b"a\n"


def change_of(tree: GitWorktree, path: str) -> Change:
    return Change(tree.read(path), image_of(path, b"new\n"))


def test_hunks_that_do_not_fit_name_the_file_they_are_of() -> None:
    base = [image_of(path, LINES) for path in ("a.py", "b.py")]
    hunks = [
        Hunk(HunkId(1, number, "1"), image.path, FileOp.UPDATE, HunkState.KEPT, None, (9, 10),
             (old,), ("new\n",))
        for number, (image, old) in enumerate(zip(base, ("line 10\n", "line 11\n"), strict=True))
    ]  # fmt: skip
    with pytest.raises(MisfitError) as caught:
        changes_for(hunks, {image.path: image for image in base})
    assert caught.value.path == "b.py"
