"""A repository that was moved keeps its state; two that are alike keep theirs apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.filing import filed_under, left_behind, note, state_name
from spark_tui.services.worktree.repo import Repository
from tests.services.worktree.conftest import Rig


class Folders:
    """Git directories as git makes them, and what is noted of them in one state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"

    def init(self, name: str) -> Path:
        made = self.folder / name / ".git"
        made.mkdir(parents=True)
        (made / "description").write_text("Unnamed repository")
        return made.parent

    def copy(self, root: Path, name: str) -> Path:
        return Path(shutil.copytree(root, self.folder / name, copy_function=shutil.copy2))

    def under(self, root: Path) -> str:
        return filed_under(Repository(root, root / ".git"), self.state).name

    def used(self, root: Path) -> str:
        """As when something is written there."""
        under = filed_under(Repository(root, root / ".git"), self.state)
        note(Repository(root, root / ".git"), self.state, under)
        return under.name


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.fixture
def moved(folders: Folders) -> Path:
    """A repository that something was written in, at its second place."""
    first = folders.init("first")
    assert folders.used(first) == "first"
    return first.rename(folders.folder / "second")


@pytest.mark.parametrize("noted", [False, True])
def test_a_moved_repository_is_known_again(folders: Folders, moved: Path, noted: bool) -> None:
    for place in ("second", "third", "first", "fourth"):
        moved = moved.rename(folders.folder / place)
        assert (folders.used(moved) if noted else folders.under(moved)) == "first"


def test_another_repository_at_the_old_place_is_another_one(folders: Folders, moved: Path) -> None:
    other = folders.init("first")
    name = folders.used(other)
    assert name != "first"
    assert folders.used(moved) == "first"
    assert folders.under(other) == name
    assert folders.under(other.rename(folders.folder / "elsewhere")) == name
    assert folders.under(moved) == "first"


def test_a_copy_and_a_clone_are_others(folders: Folders, moved: Path) -> None:
    copy, clone = folders.copy(moved, "copy"), folders.init("clone")
    assert folders.used(moved) == "first"
    assert (folders.under(copy), folders.under(clone)) == ("copy", "clone")


def test_one_on_another_disk_is_known_by_what_git_made_once(folders: Folders, moved: Path) -> None:
    far, second = folders.copy(moved, "far"), folders.copy(moved, "far2")
    shutil.rmtree(moved)
    assert folders.used(far) == "first"
    assert folders.under(second) == "far2"  # the first of two copies was it


def test_one_that_is_put_back_from_a_copy_is_the_same(folders: Folders, moved: Path) -> None:
    folders.used(moved)
    backup = folders.copy(moved, "backup")
    shutil.rmtree(moved)
    for number in range(20):  # its inode goes to others
        (folders.folder / f"other {number}").mkdir()
    assert folders.under(folders.copy(backup, "second")) == "first"


def test_journals_of_what_is_gone_are_named(folders: Folders, moved: Path) -> None:
    journal = folders.state / "journals" / state_name(folders.folder / "first")
    journal.mkdir(parents=True)
    (journal / "worktree").write_text(f"{folders.folder / 'first'}\n")
    assert left_behind(folders.state) == [(folders.folder / "first", journal)]
    folders.used(moved)
    assert left_behind(folders.state) == []
    shutil.rmtree(folders.state / "worktrees")  # one from before worktrees were noted
    assert left_behind(folders.state) == [(folders.folder / "first", journal)]
    assert folders.under(moved) == "second"


def test_damaged_notes_and_a_disk_that_refuses_are_no_notes(folders: Folders) -> None:
    root = folders.init("r")
    folders.used(root)
    (file,) = (folders.state / "worktrees").iterdir()
    for data in (b"", b"\0", b"[" * 9_000, b'{"under": 1}', b'{"under":"/x","root":"/y"}'):
        file.write_bytes(data)
        assert folders.under(root) == "r"
    shutil.rmtree(folders.state)
    folders.state.write_bytes(b"")
    assert folders.used(root) == "r"
    assert left_behind(folders.state) == []


def test_undo_and_journal_go_with_what_was_moved(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    rig.commit_all()
    rig.git("worktree", "add", "-q", str(rig.folder / "side"), "-b", "side")
    for root, text in ((rig.root, b"ours\n"), (rig.folder / "side", b"side\n")):
        tree = open_worktree(root, rig.state)
        rig.put(tree, {"a.py": text})
        tree.close()
    rig.git("worktree", "move", str(rig.folder / "side"), str(rig.folder / "aside"))
    tree = open_worktree(rig.folder / "aside", rig.state)
    assert tree.journal.folder.name == state_name(rig.folder / "side")
    tree.undo()
    tree.close()
    assert (rig.folder / "aside" / "a.py").read_bytes() == b"1\n"
    assert (rig.root / "a.py").read_bytes() == b"ours\n"
    tree = open_worktree(rig.root.rename(rig.folder / "renamed"), rig.state)
    rig.put(tree, {"a.py": b"more\n"})
    assert [entry.id for entry in tree.entries()] == [2, 1]
    tree.undo_to(0)
    tree.close()
    assert (rig.folder / "renamed" / "a.py").read_bytes() == b"1\n"
