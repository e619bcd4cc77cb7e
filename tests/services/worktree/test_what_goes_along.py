"""Mode, owner and attributes go along with a file; a read-only one is not written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.headless import propose
from spark_tui.core.errors import FileRefusedError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

NOTE = EntryNote("x", "simulated", 1, ())
TEXT = b"a\nold\nb\nc\n"
MOVES = {
    "v4a": (
        "*** Begin Patch\n*** Update File: a.py\n*** Move to: d/b.py\n@@\n a\n-old\n+new\n"
        "*** End Patch\n"
    ),
    "git": "diff --git a/a.py b/d/b.py\nrename from a.py\nrename to d/b.py\n",
}


def apply(tree: GitWorktree, text: str) -> int:
    return tree.flush(propose(text, tree.read).changes, NOTE).id


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def on_disk(rig: Rig, tmp_path: Path) -> Iterator[Rig]:
    """The rig on a file system that has attributes."""
    there = type(rig)(tmp_path.resolve())
    there.init()
    yield there
    there.close()


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("permissions", [0o600, 0o750, 0o664])
def test_a_moved_file_keeps_its_mode_there_and_back(rig: Rig, kind: str, permissions: int) -> None:
    rig.save("a.py", TEXT, permissions)
    tree = rig.tree()
    entry = apply(tree, MOVES[kind])
    assert mode(rig.root / "d/b.py") == permissions
    tree.undo(entry)
    assert mode(rig.root / "a.py") == permissions
    tree.redo()
    assert mode(rig.root / "d/b.py") == permissions


@pytest.mark.parametrize("kind", MOVES)
def test_a_moved_file_keeps_its_attributes_and_owner_there_and_back(
    on_disk: Rig, kind: str
) -> None:
    rig = on_disk
    rig.save("a.py", TEXT)
    try:
        os.setxattr(rig.root / "a.py", "user.note", b"mine")
    except OSError:
        pytest.skip("no attributes here")
    if os.geteuid() == 0:
        os.chown(rig.root / "a.py", 12_345, 54_321)
    owner = (rig.root / "a.py").stat().st_uid
    tree = rig.tree()
    entry = apply(tree, MOVES[kind])
    for path in ("d/b.py", "a.py", "d/b.py"):
        assert os.getxattr(rig.root / path, "user.note") == b"mine"
        assert (rig.root / path).stat().st_uid == owner
        if path == "a.py":
            tree.redo()
        elif tree.entries()[0].undoes is None:
            tree.undo(entry)


def test_a_new_file_beside_a_deleted_one_is_no_move(rig: Rig) -> None:
    rig.save("a.py", TEXT, 0o600)
    tree = rig.tree()
    text = "*** Begin Patch\n*** Delete File: a.py\n*** Add File: b.py\n+x\n*** End Patch\n"
    apply(tree, text)
    assert mode(rig.root / "b.py") == 0o666 & ~_umask()


def _umask() -> int:
    now = os.umask(0o022)
    os.umask(now)
    return now


EDIT = "*** Begin Patch\n*** Update File: a.py\n@@\n a\n-old\n+new\n*** End Patch\n"


def test_what_may_not_be_set_is_said_and_the_file_is_written(
    on_disk: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = on_disk
    rig.save("a.py", TEXT)
    held = {"security.selinux": b"label", "trusted.x": b"1", "security.ima": b"hash"}
    real = (os.listxattr, os.getxattr, os.setxattr)
    original = (rig.root / "a.py").stat().st_ino
    monkeypatch.setattr(
        os, "listxattr", lambda fd: [*held] if os.fstat(fd).st_ino == original else real[0](fd)
    )
    monkeypatch.setattr(
        os,
        "getxattr",
        lambda fd, name: held[name] if os.fstat(fd).st_ino == original else real[1](fd, name),
    )

    def refuse(fd: int, name: str, value: bytes) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setxattr", refuse)
    tree = rig.tree()
    apply(tree, EDIT)
    assert (rig.root / "a.py").read_bytes() == TEXT.replace(b"old", b"new")
    assert [note.what for note in tree.notes] == ["a.py lost security.selinux, trusted.x"]


def test_what_may_be_set_is_kept(on_disk: Rig) -> None:
    rig = on_disk
    rig.save("a.py", TEXT)
    set_: list[str] = []
    for name in ("user.x", "trusted.x", "security.test"):
        try:
            os.setxattr(rig.root / "a.py", name, b"1")
            set_.append(name)
        except OSError:
            continue
    tree = rig.tree()
    apply(tree, EDIT)
    for name in set_:
        assert os.getxattr(rig.root / "a.py", name) == b"1"
    assert tree.notes == []


@pytest.mark.parametrize("kind", ["edit", "delete", "move"])
def test_a_read_only_file_is_not_written(rig: Rig, kind: str) -> None:
    rig.save("a.py", TEXT, 0o444)
    text = {
        "edit": EDIT,
        "delete": "*** Begin Patch\n*** Delete File: a.py\n*** End Patch\n",
        "move": MOVES["git"],
    }[kind]
    tree = rig.tree()
    with pytest.raises(FileRefusedError, match=r"a\.py is read-only, not written"):
        apply(tree, text)
    assert rig.seen() == {"a.py": (0o100444, TEXT)}
    (rig.root / "a.py").chmod(0o644)
    apply(tree, text)
