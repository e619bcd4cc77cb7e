from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.errors import WorktreeError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree
from spark_tui.services.worktree.user_commit import commit

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

ASKED = EntryNote("cap it at 8 in @a.py", "simulated", 1)


@pytest.fixture
def mine(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A committed a.py and other.py, and an editor that leaves the message as it is."""
    monkeypatch.setenv("HOME", str(rig.home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    editor(rig, monkeypatch, "exit 0")
    rig.save("a.py", b"a\n")
    rig.save("other.py", b"o\n")
    rig.git("add", "-A")
    rig.git("commit", "-q", "-m", "start", "--date", "2020-01-01T00:00:00")
    return rig


def editor(rig: Rig, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program(rig.folder / "editor", script)
    monkeypatch.setenv("GIT_EDITOR", str(rig.folder / "editor"))


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def run(tree: GitWorktree, session: tuple[int, ...] = (1, 2)) -> str:
    return commit(tree.repo, tree.journal, tree.plan_commit(session), ())


def test_our_files_are_committed_and_all_else_stays_as_it_is(mine: Rig) -> None:
    mine.save("other.py", b"staged\n")
    mine.git("add", "other.py")
    mine.save("untracked.py", b"u\n")
    tree = mine.tree()
    mine.put(tree, {"a.py": b"8\n", "pkg/new.py": b"n\n"}, ASKED)
    plan = tree.plan_commit((1,))
    assert plan.paths == ("a.py", "pkg/new.py")
    assert plan.unknown == ("pkg/new.py",)
    made = run(tree)
    assert mine.git("rev-parse", "HEAD").startswith(made)
    assert mine.git("log", "-1", "--format=%B%an") == "Cap it at 8 in a.py\nUser\n"
    assert mine.git("show", "--name-only", "--format=").split() == ["a.py", "pkg/new.py"]
    assert mine.git("status", "--porcelain").split("\n") == ["M  other.py", "?? untracked.py", ""]
    with pytest.raises(WorktreeError, match="no edit of ours is left to commit"):
        tree.plan_commit((1,))
    tree.undo(1)
    assert (mine.root / "a.py").read_bytes() == b"a\n"


def test_hooks_signing_and_the_persons_own_words_count(
    mine: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = mine.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    program(hooks / "pre-commit", f"touch {mine.folder}/checked")
    signer = program(
        mine.folder / "signer",
        "cat > /dev/null; echo '[GNUPG:] SIG_CREATED x' >&2; echo '-----BEGIN PGP SIGNATURE-----'",
    )
    mine.git("config", "commit.gpgSign", "true")
    mine.git("config", "gpg.program", str(signer))
    editor(mine, monkeypatch, 'echo "My own words" > "$1"')
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Someone")
    monkeypatch.setenv("GIT_DIR", str(mine.folder / "elsewhere"))
    monkeypatch.setenv("A_API_KEY", "secret")
    tree = mine.tree()
    mine.put(tree, {"a.py": b"8\n"}, ASKED)
    assert run(tree)
    assert mine.git("log", "-1", "--format=%s %an") == "My own words Someone\n"
    assert "BEGIN PGP SIGNATURE" in mine.git("cat-file", "commit", "HEAD")
    assert (mine.folder / "checked").exists()


@pytest.mark.parametrize("how", ["the hook refuses", "the message is emptied"])
def test_a_commit_that_is_not_made_changes_nothing(
    mine: Rig, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "the hook refuses":
        hooks = mine.root / ".git" / "hooks"
        hooks.mkdir(exist_ok=True)
        program(hooks / "pre-commit", "exit 1")
    else:
        editor(mine, monkeypatch, ': > "$1"')
    mine.save("other.py", b"staged\n")
    mine.git("add", "other.py")
    tree = mine.tree()
    mine.put(tree, {"a.py": None, "new.py": b"n\n"}, ASKED)
    before = mine.git("ls-files", "--stage"), mine.git("status", "--porcelain")
    assert run(tree) == ""
    assert (mine.git("ls-files", "--stage"), mine.git("status", "--porcelain")) == before
    assert list(tree.journal.folder.glob("merge-*")) == []


def test_the_first_commit_of_a_repository_can_be_ours(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(rig.home))
    editor(rig, monkeypatch, "exit 0")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"1\n"}, EntryNote("begin", "simulated", 1))
    assert run(tree, ())
    assert rig.git("log", "--format=%s") == "Begin\n"


def test_edits_that_were_taken_back_or_are_older_than_head_do_not_count(mine: Rig) -> None:
    tree = mine.tree()
    mine.put(tree, {"a.py": b"8\n"}, ASKED)
    mine.put(tree, {"other.py": b"9\n"}, EntryNote("test it", "simulated", 1))
    tree.undo(2)
    plan = tree.plan_commit()
    assert (plan.paths, plan.message) == (("a.py",), "Cap it at 8 in a.py\n")
    mine.git("commit", "-q", "--allow-empty", "-m", "later", "--date", "2099-01-01T00:00:00")
    assert tree.plan_commit({1}).paths == ("a.py",)
