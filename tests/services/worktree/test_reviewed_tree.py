"""A tree's changes as git sees them, and hunks taken out of it, without running anything."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from spark_tui.core.errors import ConflictError, SparkError, UsageError
from spark_tui.core.tree_review.model import ChangeKind, PathChange, Scope, ScopeKind
from spark_tui.core.tree_review.seen import as_seen
from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.reviewed_tree import ReviewedTree
from tests.services.worktree.random_trees import git, git_state, save

TEN = b"".join(b"line %d\n" % n for n in range(10))


def repository(tmp_path: Path, files: dict[str, bytes]) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    save(root, {path: (data, 0o644) for path, data in files.items()})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    return root


def opened(root: Path, scope: Scope | None = None, *paths: str) -> ReviewedTree:
    return ReviewedTree(open_worktree(root, root.parent / "state"), scope or Scope(), paths)


def changes(tree: ReviewedTree) -> dict[str, PathChange]:
    found = [change for change in tree.changes(tree.listed()) if change is not None]
    return {change.file.path: change for change in found}


def kinds(found: dict[str, PathChange]) -> dict[str, list[ChangeKind]]:
    return {path: [h.kind for h in change.file.hunks] for path, change in found.items()}


def test_everything_is_shown_as_what_it_is(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 1200\n"
    large = b"\0" * 1200
    root = repository(
        tmp_path,
        {
            "a.py": TEN,
            "gone.py": TEN * 2,
            "moved.py": TEN * 3,
            "link": b"x",
            "run": b"#!/bin/sh\n",
            "kept.psd": pointer % hashlib.sha256(large).hexdigest().encode(),
            "new.psd": pointer % (b"0" * 64),
            "uv.lock": b"1\n",
        },
    )
    (root / ".gitattributes").write_text("*.psd filter=lfs\n*.py linguist-generated=false\n")
    save_one(root, "a.py", TEN.replace(b"line 4", b"four"))
    save_one(root, "uv.lock", b"2\n")
    save_one(root, "z.py", b"z\n")
    save_one(root, "kept.psd", large)
    save_one(root, "new.psd", large)
    (root / "gone.py").unlink()
    (root / "moved.py").rename(root / "there.py")
    (root / "link").unlink()
    (root / "link").symlink_to("/etc/passwd")
    (root / "run").chmod(0o755)
    (root / "inner").mkdir()
    git(root / "inner", "init", "-q")
    os.mkfifo(root / "pipe")
    found = changes(opened(root))
    assert kinds(found) == {
        ".gitattributes": [ChangeKind.NEW],
        "a.py": [ChangeKind.LINES],
        "gone.py": [ChangeKind.DELETED],
        "inner": [ChangeKind.SUBMODULE],
        "link": [ChangeKind.LINK],
        "new.psd": [ChangeKind.LFS],
        "run": [ChangeKind.MODE],
        "there.py": [ChangeKind.RENAMED],
        "uv.lock": [ChangeKind.LINES],
        "z.py": [ChangeKind.NEW],
    }
    assert list(found)[-1] == "uv.lock"
    fixed = {path for path, change in found.items() if change.file.hunks[0].fixed}
    assert fixed == {"inner", "link", "new.psd"}


def save_one(root: Path, path: str, data: bytes) -> None:
    (root / path).write_bytes(data)


def test_conflicts_names_and_scopes(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": TEN, "sub/b.py": TEN})
    git(root, "checkout", "-q", "-b", "other")
    save_one(root, "a.py", TEN.replace(b"line 1\n", b"other\n"))
    git(root, "commit", "-qam", "other")
    git(root, "checkout", "-q", "main")
    save_one(root, "a.py", TEN.replace(b"line 1\n", b"mine\n"))
    save_one(root, "sub/b.py", TEN[7:])
    git(root, "commit", "-qam", "mine")
    between = opened(root, Scope(ScopeKind.BETWEEN, "main^", "main"))
    assert kinds(changes(between)) == {"a.py": [ChangeKind.LINES], "sub/b.py": [ChangeKind.LINES]}
    assert kinds(changes(opened(root, Scope(base="main^"), "sub"))) == {
        "sub/b.py": [ChangeKind.LINES]
    }
    with pytest.raises(UsageError):
        between.take_out([])
    with pytest.raises(SparkError, match="no commit"):
        opened(root, Scope(base="--output=x"))
    git(root, "merge", "-q", "other", check=False)
    save_one(root, "caf\u00e9 \x1b[31m.txt", b"x\n")
    os.link(root / "caf\u00e9 \x1b[31m.txt", os.fsencode(root) + b"/\xff")
    found = changes(opened(root))
    assert kinds(found)["a.py"] == [ChangeKind.CONFLICT]
    assert found["a.py"].file.hunks[0].fixed
    assert found["\udcff"].file.hunks[0].fixed
    git(root, "add", "-A")
    assert "sub/b.py" not in changes(opened(root, Scope(ScopeKind.STAGED)))


def test_line_ends_are_git_s_and_the_file_s(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.txt": TEN, "b.txt": TEN})
    with (root / ".git/config").open("a") as config:
        config.write("[core]\n\tautocrlf = true\n")
    crlf = TEN.replace(b"\n", b"\r\n")
    save_one(root, "a.txt", crlf.replace(b"line 4", b"four"))
    save_one(root, "b.txt", crlf)
    tree = opened(root)
    found = changes(tree)
    assert list(found) == ["a.txt"]
    (hunk,) = found["a.txt"].file.hunks
    assert (hunk.added, hunk.removed) == (1, 1)
    tree.take_out([(found["a.txt"], {hunk.id})])
    assert (root / "a.txt").read_bytes() == crlf
    (root / "b.txt").unlink()
    gone = changes(tree)["b.txt"]
    tree.take_out([(gone, {gone.file.hunks[0].id})])
    assert (root / "b.txt").read_bytes() == crlf
    assert changes(tree) == {}
    tree.worktree.close(commit=False)


def test_nothing_is_written_over_what_came_since(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": TEN, "b.py": TEN})
    save_one(root, "a.py", TEN.replace(b"line 4", b"four"))
    save_one(root, "b.py", TEN.replace(b"line 4", b"four"))
    tree = opened(root)
    found = changes(tree)
    drops = [(found[path], {found[path].file.hunks[0].id}) for path in ("a.py", "b.py")]
    save_one(root, "b.py", b"somebody else\n")
    state = git_state(root)
    with pytest.raises(ConflictError):
        tree.take_out(drops)
    assert (root / "a.py").read_bytes() == TEN.replace(b"line 4", b"four")
    git(root, "commit", "-qam", "meanwhile")
    with pytest.raises(ConflictError, match="another one in HEAD"):
        tree.take_out(drops[:1])
    assert git_state(root) != state


def test_what_was_seen_is_kept_as_hashes_for_the_user_only(tmp_path: Path) -> None:
    root = repository(tmp_path, {"secret name.py": TEN})
    save_one(root, "secret name.py", TEN.replace(b"line 4", b"hush"))
    tree = opened(root)
    change = changes(tree)["secret name.py"]
    hunk = change.file.hunks[0]
    assert tree.remember([as_seen(change.file, hunk)])
    assert hunk.content in opened(root).seen()
    file = next((tmp_path / "state").rglob("seen"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"secret" not in file.read_bytes()
    assert b"hush" not in file.read_bytes()
    assert tree.forget([as_seen(change.file, hunk)])
    assert hunk.content not in opened(root).seen()
    file.write_bytes(b"\xff\0 nonsense\n" * 9)
    assert len(opened(root).seen()) == 0


def test_a_repository_without_commits(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q")
    save_one(root, "a.py", TEN)
    assert kinds(changes(opened(root))) == {"a.py": [ChangeKind.NEW]}


def test_no_program_of_a_repository_runs(tmp_path: Path) -> None:
    root = repository(
        tmp_path, {"a.py": TEN, "b.py": TEN, ".gitattributes": b"* diff=x filter=x\n"}
    )
    canary = tmp_path / "fired"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-commit", "post-checkout"):
        (hooks / hook).symlink_to(program)
    config = (
        f"[core]\n\tfsmonitor = {program}\n\thooksPath = {hooks}\n\tpager = {program}\n"
        f'[filter "x"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n'
        f'[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n'
        f"[diff]\n\texternal = {program}\n"
    )
    with (root / ".git/config").open("a") as file:
        file.write(config)
    save_one(root, "a.py", TEN[7:])
    (root / "new.py").write_bytes(TEN)
    (root / "b.py").rename(root / "c.py")
    tree = opened(root)
    found = changes(tree)
    assert all(h.fixed for change in found.values() for h in change.file.hunks)
    (root / ".gitattributes").write_bytes(b"* diff=x\n")
    found = changes(tree)
    drops = [(c, {h.id for h in c.file.hunks if not h.fixed}) for c in found.values()]
    entry = tree.take_out([(c, ids) for c, ids in drops if ids])
    tree.take_back(entry.id)
    tree.close()
    assert not canary.exists()
