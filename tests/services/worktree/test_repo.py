from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.errors import FileRefusedError, WorktreeError
from spark_tui.core.tree import ChangedFile
from spark_tui.services.worktree import GitWorktree, open_worktree
from spark_tui.services.worktree import repo as repository
from spark_tui.services.worktree.repo import find_repository
from spark_tui.ui.messages.remedies import shell_line

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any


def test_a_folder_outside_any_worktree_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(WorktreeError) as caught:
        open_worktree(tmp_path, tmp_path / "state")
    way = f"{tmp_path} is not in a git worktree · cd into one, or: spark-tui demo"
    assert shell_line(caught.value) == way
    assert not (tmp_path / "state").exists()


def test_a_relative_place_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorktreeError, match="is not in a git worktree") as caught:
        open_worktree(Path(), tmp_path / "state")
    assert caught.value.what.startswith(str(tmp_path))


def test_a_bare_repository_and_a_git_directory_have_no_files(rig: Rig) -> None:
    rig.git("init", "-q", "--bare", str(rig.folder / "bare.git"))
    for place in (rig.folder / "bare.git", rig.root / ".git"):
        with pytest.raises(WorktreeError, match="this repository has no files to edit"):
            open_worktree(place, rig.state)


def test_the_worktree_is_found_from_a_file_and_from_below(rig: Rig) -> None:
    rig.save("a/b/c.py", b"x\n")
    for place in (rig.root / "a/b", rig.root / "a/b/c.py"):
        assert open_worktree(place, rig.state).root == rig.root


def test_branch_changes_and_counts(rig: Rig) -> None:
    rig.save("a.py", b"1\n2\n3\n")
    rig.save("gone.py", b"1\n")
    rig.commit_all()
    rig.save("a.py", b"1\ntwo\n3\n4\n")
    rig.save("new file.txt", b"1\n2")
    rig.save("staged.txt", b"1\n")
    rig.git("add", "staged.txt")
    (rig.root / "gone.py").unlink()
    shown = rig.tree().tree()
    assert (shown.name, shown.branch, shown.unborn) == ("work", "main", False)
    assert shown.changed == (
        ChangedFile("a.py", 2, 1, "M"),
        ChangedFile("gone.py", 0, 1, "D"),
        ChangedFile("new file.txt", 2, 0, "?"),
        ChangedFile("staged.txt", 1, 0, "A"),
    )
    rig.git("checkout", "-q", "--detach")
    assert rig.tree().tree().branch == rig.git("rev-parse", "HEAD")[:9]


def test_paths_are_the_files_git_does_not_ignore(rig: Rig) -> None:
    rig.save("b.py", b"")
    rig.save("a dir/\u00fc.py", b"")
    rig.save(".gitignore", b"*.log\nbuild/\n")
    rig.commit_all()
    rig.save("untracked.py", b"")
    rig.save("x.log", b"")
    rig.save("build/out.py", b"")
    (rig.root / "link").symlink_to("b.py")
    rig.git("add", "link")
    assert rig.tree().paths() == (".gitignore", "a dir/\u00fc.py", "b.py", "untracked.py")


def test_edits_and_undo_work_before_the_first_commit(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    assert tree.tree().unborn
    assert tree.tree().branch == "main"
    assert tree.tree().changed == (ChangedFile("a.py", 1, 0, "?"),)
    _edit_and_back(rig, tree)


def test_linked_worktrees_have_journals_of_their_own(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    rig.commit_all()
    other = rig.folder / "other"
    rig.git("worktree", "add", "-q", str(other), "-b", "side")
    tree = rig.tree()
    linked = open_worktree(other, rig.state)
    assert (linked.root, linked.tree().branch) == (other, "side")
    rig.put(linked, {"a.py": b"side\n"})
    assert tree.entries() == ()
    assert (rig.root / "a.py").read_bytes() == b"1\n"
    linked.undo()
    assert (other / "a.py").read_bytes() == b"1\n"
    linked.close()


def test_a_submodule_is_a_worktree_itself_and_closed_to_its_parent(rig: Rig) -> None:
    source = rig.folder / "source"
    source.mkdir()
    rig.git("init", "-q", "-b", "main", cwd=source)
    (source / "lib.py").write_bytes(b"lib\n")
    rig.git("add", "-A", cwd=source)
    rig.git("-c", "user.email=u@e", "-c", "user.name=u", "commit", "-qm", "x", cwd=source)
    allow = ("-c", "protocol.file.allow=always")
    rig.git(*allow, "submodule", "add", "-q", str(source), "vendor/lib")
    rig.commit_all()
    tree = rig.tree()
    assert tree.paths() == (".gitmodules",)
    with pytest.raises(FileRefusedError, match="belongs to the repository in vendor/lib"):
        tree.read("vendor/lib/lib.py")
    inner = open_worktree(rig.root / "vendor/lib", rig.state)
    assert inner.root == rig.root / "vendor/lib"
    assert inner.paths() == ("lib.py",)
    rig.put(inner, {"lib.py": b"new\n"})
    inner.undo()
    assert (rig.root / "vendor/lib/lib.py").read_bytes() == b"lib\n"
    inner.close()


def test_a_sparse_checkout_lists_and_writes_only_what_is_there(rig: Rig) -> None:
    rig.save("in/a.py", b"1\n")
    rig.save("out/b.py", b"1\n")
    rig.commit_all()
    rig.git("sparse-checkout", "set", "in")
    tree = rig.tree()
    assert tree.paths() == ("in/a.py",)
    assert not tree.read("out/b.py").exists
    assert tree.tree().changed == ()
    rig.put(tree, {"in/a.py": b"2\n"})
    tree.undo()
    assert sorted(rig.seen()) == ["in/a.py"]


def test_a_worktree_setting_that_points_elsewhere_is_refused(rig: Rig) -> None:
    rig.git("config", "core.worktree", str(rig.home))
    with pytest.raises(WorktreeError):
        open_worktree(rig.root, rig.state)


def test_the_users_own_ignore_file_counts(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    (rig.home / "mine").write_text("*.tmp\n")
    (rig.home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/mine\n\tpager = false\n")
    monkeypatch.setenv("HOME", str(rig.home))
    rig.save("a.tmp", b"")
    rig.save("a.py", b"")
    assert rig.tree().paths() == ("a.py",)


def test_another_owner_is_refused_in_gits_words(rig: Rig) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (rig.root, rig.root / ".git"):
        os.chown(path, 65534, 65534)
    with pytest.raises(WorktreeError, match="belongs to another user") as caught:
        open_worktree(rig.root, rig.state)
    assert "safe.directory" in str(caught.value.remedies[0])


def test_an_unreadable_file_is_said(rig: Rig) -> None:
    rig.save("net/key.pem", b"k\n", 0o000)
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    with pytest.raises(FileRefusedError) as caught:
        rig.tree().read("net/key.pem")
    assert shell_line(caught.value) == "cannot read net/key.pem: permission denied · nothing sent"


def _edit_and_back(rig: Rig, tree: GitWorktree) -> None:
    rig.put(tree, {"a.py": b"2\n"})
    tree.undo()
    assert (rig.root / "a.py").read_bytes() == b"1\n"


def test_a_folder_with_line_feeds_in_its_name_is_found(rig: Rig) -> None:
    odd = rig.folder / "two\nlines\n"
    odd.mkdir()
    rig.git("init", "-q", str(odd))
    (odd / "a").mkdir()
    assert open_worktree(odd / "a", rig.state).root == odd.resolve()


def test_a_configuration_that_stops_git_is_named(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.save("a.py", b"x = 1\n")
    config = rig.root / ".git" / "config"
    plain = config.read_text()
    many = "".join(f'[filter "number-{n}"]\n\tclean = cat\n' for n in range(5_000))
    config.write_text(plain + many)
    repo = find_repository(rig.root)
    with pytest.raises(WorktreeError) as caught:
        repo.disarmed()
    assert caught.value.what == f"{config} names more drivers than can be switched off"
    waits = rig.folder / "waits"
    os.mkfifo(waits)
    config.write_text(f"{plain}[include]\n\tpath = {waits}\n")
    monkeypatch.setattr(repository, "CONFIG_SECONDS", 0.1)
    with pytest.raises(WorktreeError) as caught:
        repo.disarmed()
    assert caught.value.what == f"git did not finish reading {config}"
    with pytest.raises(
        WorktreeError, match="did not finish reading the configuration of"
    ) as caught:
        find_repository(rig.root)
    assert str(rig.root) in caught.value.what
