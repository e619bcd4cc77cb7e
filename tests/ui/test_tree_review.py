"""The screen of a review of anyone's changes, on a real repository."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from spark_tui.core.events import TreeChanged
from spark_tui.core.tree import Tree
from spark_tui.core.tree_review.foreign_patch import changes_of_patch
from spark_tui.core.tree_review.model import Scope
from spark_tui.core.tree_review.patch_source import PatchSource
from spark_tui.core.tree_review.seen import SeenState
from spark_tui.pair.tree_review import ReviewSource
from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.reviewed_tree import ReviewedTree
from spark_tui.ui.options import ShellOptions, TreeReviewSetup
from spark_tui.ui.tree_review.blocks import TreeHunkBlock
from spark_tui.ui.tree_review.screen import TreeReviewScreen
from tests.services.worktree.random_trees import git, git_state, save, snapshot
from tests.ui.review_race import run
from tests.ui.scripted import Drive, FakeConductor, driven

TEN = b"".join(b"line %d\n" % n for n in range(10))
FORTY = b"".join(b"line %d\n" % n for n in range(40))


class Reviewing:
    """The screen, its keys, and the tree it is about."""

    def __init__(self, drive: Drive, root: Path) -> None:
        self.drive = drive
        self.root = root

    @property
    def screen(self) -> TreeReviewScreen:
        screen = self.drive.app.reviewing
        assert screen is not None
        return screen

    @property
    def block(self) -> TreeHunkBlock:
        block = self.screen.view.block
        assert block is not None
        return block

    async def until(self, check: Callable[[], bool]) -> None:
        await self.drive.until(check)

    async def press(self, *keys: str) -> None:
        await self.drive.pilot.press(*keys)

    async def settled(self) -> None:
        await self.until(lambda: self.screen.view.decidable(1 << 62) is self.screen.view.block)

    def rows(self) -> list[str]:
        view = self.screen.view
        shown = [view._row(view.viewport.top + y) for y in range(view.size.height)]
        return ["".join(s.text for s in strip).rstrip() for strip in shown]

    def title(self) -> str:
        return self.screen.header._title

    def said(self) -> str:
        row = self.screen.keys_row
        return row.message.text(row.where, row.keymap)

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()


@contextlib.asynccontextmanager
async def reviewing(
    root: Path,
    size: tuple[int, int] = (120, 36),
    source: Callable[[], ReviewSource] | None = None,
    **more: object,
) -> AsyncIterator[Reviewing]:
    state = root.parent / "state"
    made = source or (lambda: ReviewedTree(open_worktree(root, state), Scope()))
    options = ShellOptions(reviewing=TreeReviewSetup(made, **more))  # type: ignore[arg-type]
    async with driven(FakeConductor(), size, options) as drive:
        rig = Reviewing(drive, root)
        await rig.until(lambda: rig.screen.review.ready and not rig.screen.review.unread)
        await rig.until(lambda: rig.screen.view.block is not None)
        yield rig


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    save(root, {"a.py": (FORTY, 0o644), "b.py": (TEN, 0o644), "c.py": (TEN, 0o644)})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    changed = FORTY.replace(b"line 2\n", b"two\n").replace(b"line 20\n", b"twenty\n")
    (root / "a.py").write_bytes(changed.replace(b"line 38\n", b""))
    (root / "b.py").write_bytes(TEN.replace(b"line 4", b"four").replace(b"line 6", b"six"))
    (root / "new.txt").write_bytes(b"new\n")
    return root


async def test_seen_discarded_remarked_and_taken_back(root: Path, tmp_path: Path) -> None:
    shown, kept = snapshot(root), git_state(root)
    remarks = tmp_path / "remarks.md"

    def keep(text: str) -> None:
        remarks.write_text(text)

    async with reviewing(root, keep_remarks=keep) as rig:
        assert rig.title() == "review · worktree against HEAD · 0 of 5 seen"
        assert rig.rows()[0].startswith("▌○ a.py:3")
        row = rig.screen.view.eye()
        await rig.press("y")
        assert rig.block.of.new_start == 21
        assert rig.screen.view.eye() == row or row == 0
        assert rig.title().endswith("1 of 5 seen")

        await rig.settled()
        await rig.press("d")
        await rig.until(lambda: rig.screen.review.taken == 1 and not rig.screen.review.busy)
        assert b"line 20\n" in rig.read("a.py")
        assert b"two\n" in rig.read("a.py")
        hunks = rig.screen.view.document.hunks_of("a.py")
        assert [(b.of.new_start, bool(b.discarded)) for b in hunks] == [
            (3, False),
            (21, True),
            (38, False),
        ]
        assert rig.block.of.new_start == 38

        for key in ("n", "r", "period", "1"):
            await rig.press(key)
        assert snapshot(root) != shown
        await rig.press("u")
        await rig.until(lambda: rig.screen.review.taken == 0 and not rig.screen.review.busy)
        assert snapshot(root) == shown
        assert rig.block.of.new_start == 21

        await rig.press("u")
        assert rig.title().endswith("0 of 5 seen")
        await rig.press("J", "J", "J", "s")
        assert [b.of.new_start for b in rig.screen.view.document.hunks_of("b.py")] == [5, 7]

        await rig.press("c", *"less", "enter")
        assert rig.screen.remarks[0].place == "b.py:5"
        await rig.until(remarks.exists)
        setup = rig.screen._setup
        rig.screen._setup = TreeReviewSetup(setup.source)
        await rig.press("q")
        assert rig.said() == "1 remark · Enter sends them · Y copies them · q again forgets them"
        rig.screen._setup = setup
        assert "1. `b.py:5`: less" in remarks.read_text()
        await rig.press("a")
        assert rig.block.of.path == "new.txt"
        await rig.press("A")
        assert rig.said() == "6 seen"
        await rig.press("enter")
        assert rig.drive.app.reviewing is None
        told = rig.drive.fake.calls[-1]
        assert "@b.py:5-5 less" in str(told)
        assert "+four" in str(told)
    assert snapshot(root) == shown
    assert git_state(root) == kept


async def test_only_what_is_painted_is_discarded(root: Path) -> None:
    (root / "a.py").write_bytes(FORTY)
    (root / "b.py").write_bytes(TEN[7:])
    (root / "new.txt").write_bytes(b"".join(b"new %d\n" % n for n in range(200)))
    shown = snapshot(root)
    async with reviewing(root, (80, 24)) as rig:
        await rig.settled()
        await rig.press("space", "space", "space")
        await rig.press("d")
        assert rig.said() == "shown now · press again"
        assert snapshot(root) == shown
        await rig.settled()
        await rig.press("d")
        await rig.until(lambda: rig.screen.review.taken == 1)
        assert rig.read("b.py") == TEN
        await rig.press("q")
    assert rig.read("b.py") == TEN


async def test_what_others_write_appears_and_what_is_current_stays(root: Path) -> None:
    async with reviewing(root) as rig:
        await rig.press("y")
        current = rig.block.of.content
        (root / "a.py").write_bytes(rig.read("a.py").replace(b"two", b"TWO"))
        (root / "0.py").write_bytes(b"zero\n")
        (root / "0\x1b]0;t\x07\u202e.py").write_bytes(b"\x1b[2J\x9b1m\r\n\xe2\x80\xae")
        rig.drive.fake.push(TreeChanged(1, Tree("work", "main"), ()))
        await rig.until(lambda: "0.py" in rig.screen.review.by_path)
        await rig.until(lambda: not rig.screen.review.unread)
        assert rig.block.of.content == current
        blocks = rig.screen.view.document.hunks_of("a.py")
        assert blocks[0].seen is SeenState.CHANGED
        await rig.press("K")
        row = next(line for line in rig.rows() if line.startswith("▌✎ a.py:3"))
        assert "changed since you saw it · new at" in row
        await rig.press("J")

        await rig.press("K", "K", "K")
        assert any("0␛]0;t" in line for line in rig.rows())
        assert not any(ord(char) < 32 or char in "\x7f\x9b\u202e" for char in "".join(rig.rows()))
        await rig.press("J", "J", "J")

        other = b"somebody else wrote this\n"
        await rig.settled()
        (root / "a.py").write_bytes(other)
        await rig.press("d")
        await rig.until(lambda: not rig.screen.review.busy and bool(rig.said()))
        assert rig.read("a.py") == other
        assert rig.screen.review.taken == 0


async def test_a_patch_is_looked_at_in_the_smallest_window(root: Path) -> None:
    text = git(root, "diff").decode() + "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"
    changes = changes_of_patch(text.replace("four", "fo\x1b[31mur"))
    async with reviewing(root, (60, 16), lambda: PatchSource(changes)) as rig:
        assert "a patch" in rig.title()
        assert sum(block.unfolded for block in rig.screen.view.document.hunks_of("a.py")) == 1
        await rig.press("d")
        assert "only be looked at" in rig.said()
        await rig.press("j", "j", "j")
        assert not any("\x1b" in line for line in rig.rows())
        await rig.press("question_mark")
        assert rig.screen.popup.model is not None
        await rig.press("escape", "ctrl+x", "v", "escape")


async def test_nothing_is_lost_while_another_program_writes(tmp_path: Path) -> None:
    decisions, _, bursts = await run(tmp_path / "work", tmp_path / "state", 3, 12)
    assert decisions >= 12
    assert bursts
