"""A branch switch, a rebase and a stash of the person's while a turn is under way."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import TreeChanged, TurnEnded
from spark_tui.services.worktree import GitWorktree, open_worktree

LINES = "".join(f"line {number}\n" for number in range(1, 41))
PATCH = """
*** Begin Patch
*** Update File: a.txt
@@
 line 4
-line 5
+five
 line 6
@@
 line 34
-line 35
+thirty-five
 line 36
*** End Patch
"""
FIRST, REST = PATCH[: PATCH.index(" line 34")], PATCH[PATCH.index(" line 34") :]


class Repo:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.state = folder / "state"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.commit(LINES, "start")
        self.git("checkout", "-q", "-b", "side")
        self.commit(
            LINES.replace("line 5\n", "changed on side\n").replace("line 1\n", "0\nline 1\n")
        )
        self.git("checkout", "-q", "main")

    def git(self, *args: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        done = subprocess.run(
            ["git", *who, *args], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout

    def commit(self, text: str, subject: str = "more") -> None:
        self.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)

    def write(self, text: str) -> None:
        (self.root / "a.txt").write_text(text)

    @property
    def text(self) -> str:
        return (self.root / "a.txt").read_text()

    def tree(self) -> GitWorktree:
        return open_worktree(self.root, self.state)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path)


async def answered(rig: Callable[..., Any], repo: Repo) -> Any:
    """Two open hunks, and a watch that is on."""
    r = rig({}, real=repo.tree())
    await r.until(lambda: any(isinstance(e, TreeChanged) for e in r.events))
    await watched(r, repo)
    call = await r.ask("change @a.txt")
    call.say(PATCH)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    assert r.states() == ["open", "open"]
    return r


async def watched(r: Any, repo: Repo) -> None:
    """Save a marker until it is noticed."""
    for number in range(100):
        (repo.root / "marker").write_text(str(number))
        try:
            await r.until(lambda: "marker" in r.pair.session.outside, 0.2)
        except TimeoutError:
            continue
        return
    pytest.fail("the watch reports nothing")


def moved(r: Any) -> list[tuple[str, tuple[int, int]]]:
    return [(e.tree.branch, e.moved) for e in r.events if isinstance(e, TreeChanged) and e.moved]


async def test_a_branch_switch_places_hunks_again_and_marks_the_others_stale(
    rig: Callable[..., Any], repo: Repo
) -> None:
    r = await answered(rig, repo)
    repo.git("checkout", "-q", "side")
    await r.until(lambda: moved(r))
    assert moved(r) == [("side", (1, 1))]
    assert r.states() == ["stale", "open"]
    assert r.hunks()[1].line == 36
    r.pair.decide([r.hunks()[1].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[1] == "applied")
    side = repo.git("show", "side:a.txt")
    assert repo.text == side.replace("line 35\n", "thirty-five\n")
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states()[1] == "open")
    assert repo.text == side
    repo.git("checkout", "-q", "main")
    await r.until(lambda: len(moved(r)) == 2)
    assert r.states() == ["open", "open"]


async def test_a_stash_and_its_pop_are_survived(rig: Callable[..., Any], repo: Repo) -> None:
    repo.write(LINES.replace("line 20\n", "mine\n"))
    mine = repo.text
    r = await answered(rig, repo)
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "open"])
    ours = repo.text
    repo.git("stash", "-q")
    await r.until(lambda: r.pair.session.tree.changed == () or "a.txt" in r.pair.session.outside)
    assert repo.text == LINES
    repo.git("stash", "pop", "-q")
    assert repo.text == ours
    r.pair.undo_entry(1, time.monotonic_ns())
    await r.until(lambda: repo.text == mine)


async def test_a_rebase_is_survived_and_the_edit_goes_on_top(
    rig: Callable[..., Any], repo: Repo
) -> None:
    repo.commit(LINES.replace("line 40\n", "forty\n"), "mine")
    r = await answered(rig, repo)
    before = repo.git("rev-parse", "HEAD")
    repo.git("rebase", "-q", "side")
    assert repo.git("rev-parse", "HEAD") != before
    await r.until(lambda: r.states() == ["stale", "open"])
    rebased = repo.text
    r.pair.decide([r.hunks()[1].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[1] == "applied")
    assert repo.text == rebased.replace("line 35\n", "thirty-five\n")
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: repo.text == rebased)


async def test_a_switch_while_the_answer_streams_writes_only_what_fits_there(
    rig: Callable[..., Any], repo: Repo
) -> None:
    r = rig({}, real=repo.tree())
    await r.until(lambda: any(isinstance(e, TreeChanged) for e in r.events))
    await watched(r, repo)
    call = await r.ask("change @a.txt")
    call.say(FIRST)
    await r.until(lambda: r.states()[:1] == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "kept")
    repo.git("checkout", "-q", "side")
    await r.until(lambda: moved(r))
    call.say(REST)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    side = repo.git("show", "side:a.txt")
    assert repo.text == side
    assert r.states()[0] == "stale"
