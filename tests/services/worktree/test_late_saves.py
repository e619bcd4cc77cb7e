"""A save that lands in a file we had swapped out already."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.errors import SparkError
from spark_tui.services.worktree import GitWorktree, disk, finalize
from spark_tui.services.worktree.files import Folders
from spark_tui.services.worktree.late_saves import settle_displaced
from spark_tui.services.worktree.rollback import Restored
from spark_tui.ui.messages.remedies import shell_line

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any


@pytest.fixture
def tree(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> GitWorktree:
    """Entry 1 replaced a.py, whose old file is still beside it."""
    monkeypatch.setattr(finalize.Settler, "submit", lambda *_: None)
    monkeypatch.setattr(finalize.Settler, "submit_left_over", lambda *_: None)
    rig.save("a.py", b"old\n", 0o640)
    made = rig.tree()
    rig.put(made, {"a.py": b"ours\n"})
    return made


def aside(rig: Rig) -> Path:
    (found,) = rig.root.glob(f"{disk.TEMP_PREFIX}*")
    return found


def look_again(tree: GitWorktree) -> Restored:
    record = tree.journal.record(1)
    with Folders(tree.root) as folders:
        return settle_displaced(tree.journal, folders, record, record.steps[0])


def test_unchanged_bytes_go(rig: Rig, tree: GitWorktree) -> None:
    assert look_again(tree) == Restored()
    assert rig.seen() == {"a.py": (0o100640, b"ours\n")}


def test_a_late_save_comes_back_and_ours_goes_later(rig: Rig, tree: GitWorktree) -> None:
    aside(rig).write_bytes(b"late\n")
    assert look_again(tree).left == ("a.py",)
    assert (rig.root / "a.py").read_bytes() == b"late\n"
    assert aside(rig).read_bytes() == b"ours\n"
    assert look_again(tree) == Restored()
    assert rig.seen() == {"a.py": (0o100640, b"late\n")}


def test_a_late_save_wins_over_everything_we_wrote_since(rig: Rig, tree: GitWorktree) -> None:
    old = aside(rig)
    rig.put(tree, {"a.py": b"ours again\n"})
    old.write_bytes(b"late\n")
    assert look_again(tree).left == ("a.py",)
    assert (rig.root / "a.py").read_bytes() == b"late\n"


def test_a_late_save_comes_back_where_we_deleted_the_file_since(
    rig: Rig, tree: GitWorktree
) -> None:
    old = aside(rig)
    rig.put(tree, {"a.py": None})
    old.write_bytes(b"late\n")
    assert look_again(tree).restored == ("a.py",)
    assert (rig.root / "a.py").read_bytes() == b"late\n"


@pytest.mark.parametrize("ours_on_top", [False, True])
def test_a_newer_save_stays_and_the_late_one_is_kept_aside(
    rig: Rig, tree: GitWorktree, *, ours_on_top: bool
) -> None:
    old = aside(rig)
    rig.save("a.py", b"newer\n")
    if ours_on_top:
        rig.put(tree, {"a.py": b"newer\nand ours\n"})
    old.write_bytes(b"late\n")
    done = look_again(tree)
    assert (rig.root / "a.py").read_bytes().startswith(b"newer\n")
    assert [Path(kept).read_bytes() for kept in done.rescued] == [b"late\n"]
    assert not old.exists()


def test_a_save_while_the_late_one_is_put_back_is_the_newest(
    rig: Rig, tree: GitWorktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside(rig).write_bytes(b"late\n")
    real = disk.swap
    saved: list[int] = []

    def saved_first(folder: int, one: str, other: str) -> bool:
        if not saved:
            saved.append(1)
            rig.save("a.py", b"newest\n")
        return real(folder, one, other)

    monkeypatch.setattr(disk, "swap", saved_first)
    done = look_again(tree)
    assert rig.seen() == {"a.py": (0o100644, b"newest\n")}
    assert [Path(kept).read_bytes() for kept in done.rescued] == [b"late\n"]


@pytest.mark.parametrize("watched", [False, True])
async def test_a_late_save_is_told(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, *, watched: bool
) -> None:
    monkeypatch.setattr(disk, "has_writer", lambda _: None)
    monkeypatch.setattr(finalize, "LINGER_SECONDS", 0.2)
    rig.save("a.py", b"old\n")
    tree = rig.tree()
    heard: list[SparkError] = []
    told = asyncio.Event()

    def warn(error: SparkError) -> None:
        heard.append(error)
        told.set()

    if watched:
        tree.watch(warn)
    with (rig.root / "a.py").open("r+b", buffering=0) as editor:
        rig.put(tree, {"a.py": b"ours\n"})
        editor.write(b"late\n")
    await asyncio.to_thread(tree.close)
    if watched:
        await asyncio.wait_for(told.wait(), 5)
    (error,) = heard or tree.late_saves()
    assert shell_line(error) == "you saved a.py meanwhile, yours is kept · try again on that text"
    assert (rig.root / "a.py").read_bytes() == b"late\n"
