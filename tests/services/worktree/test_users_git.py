"""What we do never shows in the user's own git, and what they do to it never costs an undo.

`SPARK_TUI_ROUNDS=100` makes a hundred edits and undos instead of a few, and `-s` prints what they
took on the disk.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.journal import EntryNote

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

ROUNDS = int(os.environ.get("SPARK_TUI_ROUNDS", "6"))
LINES = b"".join(b"line %d\n" % number for number in range(1, 301))
ASKED = (
    ("status", "--porcelain=v2", "--branch", "--ignored"),
    ("stash", "list"),
    ("for-each-ref",),
    ("fsck", "--full"),
    ("reflog",),
    ("ls-files", "--stage"),
)


def busy(rig: Rig) -> None:
    """A repository in the middle of everything: stash, branches, staged, untracked, ignored."""
    rig.save("a.py", LINES)
    rig.save("b.py", LINES)
    rig.save(".gitignore", b"*.log\n")
    rig.commit_all()
    rig.git("branch", "side")
    rig.git("tag", "v1")
    rig.save("a.py", LINES + b"stashed\n")
    rig.git("stash")
    rig.save("b.py", LINES + b"staged\n")
    rig.git("add", "b.py")
    rig.save("b.py", LINES + b"staged\nnot staged\n")
    rig.save("untracked.txt", b"mine\n")
    rig.save("ignored.log", b"log\n")
    rig.git("status")


def asked(rig: Rig) -> list[str]:
    return [rig.git(*command) for command in ASKED]


def stored(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_many_edits_and_undos_leave_the_users_git_the_same(rig: Rig) -> None:
    busy(rig)
    before, seen = asked(rig), rig.seen(git=True)
    tree = rig.tree()
    for number in range(ROUNDS):
        note = EntryNote(f"round {number}", "simulated", number)
        line = b"line %d\n" % (number % 300 + 1)
        files = {path: (rig.root / path).read_bytes() for path in ("a.py", "b.py")}
        rig.put(tree, {path: data.replace(line, b"ours\n") for path, data in files.items()}, note)
        tree.undo()
    tree.close()
    assert rig.seen(git=True) == seen
    assert asked(rig) == before
    assert len(tree.entries(1000)) == 2 * ROUNDS
    grown = stored(tree.journal.folder)
    print(f"{ROUNDS} edits and undos of 2 files of {len(LINES)} bytes: {grown} bytes of journal")
    assert grown < 20_000 + ROUNDS * 12_000


@pytest.mark.parametrize("how", ["mixed", "hard, and back by redo", "hard, elsewhere"])
def test_undo_works_after_reset_expired_reflog_and_gc(rig: Rig, how: str) -> None:
    rig.save("a.py", LINES)
    rig.commit_all()
    if how == "hard, elsewhere":
        rig.save("a.py", LINES.replace(b"line 250\n", b"mine\n"))
        rig.commit_all()
    mine = (rig.root / "a.py").read_bytes() + (b"never committed\n" if how == "mixed" else b"")
    rig.save("a.py", mine)
    tree = rig.tree()
    ours = mine.replace(b"line 9\n", b"nine\n")
    rig.put(tree, {"a.py": ours})
    tree.close()
    rig.git("commit", "-q", "-a", "-m", "ours")
    if how == "mixed":
        rig.git("reset", "-q", "HEAD~1")
    elif how == "hard, and back by redo":
        tree.undo()
        rig.git("reset", "-q", "--hard", "HEAD~1")
    else:
        rig.save("a.py", ours.replace(b"mine\n", b"line 250\n"))
        rig.git("commit", "-q", "-a", "-m", "line 250 again")
        rig.git("reset", "-q", "--hard")
    rig.git("reflog", "expire", "--expire=now", "--all")
    rig.git("gc", "-q", "--prune=now")
    again = rig.tree()
    if how == "mixed":
        again.undo()
        assert (rig.root / "a.py").read_bytes() == mine
    elif how == "hard, and back by redo":
        again.redo()
        assert (rig.root / "a.py").read_bytes() == ours
    else:
        assert again.undo().merged
        assert (rig.root / "a.py").read_bytes() == LINES


LFS = b"""version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""


def test_line_endings_and_lfs_attributes_change_no_byte_of_ours(rig: Rig) -> None:
    """The filters an attribute names are never run: bytes are what is on the disk."""
    rig.save(
        ".gitattributes",
        b"*.py text eol=crlf\n*.txt text eol=lf\n*.big filter=lfs diff=lfs merge=lfs -text\n"
        b"*.id ident\n*.enc working-tree-encoding=UTF-16\n",
    )
    rig.git("config", "filter.lfs.clean", "false")
    rig.git("config", "filter.lfs.smudge", "false")
    rig.git("config", "filter.lfs.required", "true")
    rig.git("config", "core.autocrlf", "true")
    files = {
        "a.py": b"one\r\ntwo\r\n",
        "b.py": b"one\ntwo\n",
        "c.txt": b"one\r\ntwo\r\n",
        "d.big": LFS,
        "e.id": b"$Id$\none\n",
        "f.enc": "\ufeffone\n".encode("utf-16-le"),
    }
    for path, data in files.items():
        rig.save(path, data)
    before = rig.seen()
    tree = rig.tree()
    wanted: dict[str, bytes | None] = {
        path: data.replace(b"o\0n", b"O\0n").replace(b"one", b"One").replace(b"123", b"9")
        for path, data in files.items()
    }
    rig.put(tree, wanted)
    assert {path: (rig.root / path).read_bytes() for path in files} == wanted
    rig.save("a.py", (rig.root / "a.py").read_bytes() + b"mine\r\n" * 9)
    assert tree.undo().merged
    assert rig.seen()["a.py"][1] == files["a.py"] + b"mine\r\n" * 9
    assert {p: seen for p, seen in rig.seen().items() if p != "a.py"} == {
        p: seen for p, seen in before.items() if p != "a.py"
    }
    assert all(record.commit and not record.flag for record in tree.journal.records())


def test_a_worktree_with_a_git_file_is_edited_and_undone(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.commit_all()
    (rig.root / ".git").rename(rig.folder / "elsewhere.git")
    (rig.root / ".git").write_text(f"gitdir: {rig.folder}/elsewhere.git\n")
    before = rig.seen(git=True), stored(rig.folder / "elsewhere.git")
    tree = rig.tree()
    assert tree.repo.git_dir == rig.folder / "elsewhere.git"
    rig.put(tree, {"a.py": b"ours\n"})
    tree.undo()
    assert (rig.seen(git=True), stored(rig.folder / "elsewhere.git")) == before
