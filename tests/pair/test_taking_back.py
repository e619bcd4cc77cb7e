"""Undo in a session over a real worktree: what one key did, who is in the way, many at once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import Flushed, Notice, Undone
from spark_tui.services.worktree import open_worktree
from tests.pair.conftest import Rig

LINES = "".join(f"line {number}\n" for number in range(1, 41))


def patch(*numbers: int, path: str = "a.txt", old: str = "line", new: str = "LINE") -> str:
    hunks = "".join(f"@@\n-{old} {number}\n+{new} {number}\n" for number in numbers)
    return f"*** Begin Patch\n*** Update File: {path}\n{hunks}*** End Patch\n"


class Desk:
    """A session in a repository of two files, and the steps of its tests."""

    def __init__(self, folder: Path, rig: Callable[..., Rig]) -> None:
        self.root = folder / "work"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        for name in ("a.txt", "b.txt"):
            (self.root / name).write_text(LINES)
        self.git("add", "-A")
        self.git("commit", "-qm", "start")
        self.tree = open_worktree(self.root, folder / "state")
        self._rig = rig
        self.r: Rig

    async def open(self) -> None:
        """Begin the session, with a watch that is on."""
        self.r = self._rig({}, real=self.tree)
        for number in range(200):
            (self.root / "marker").write_text(str(number))
            try:
                await self.r.until(lambda: "marker" in self.r.pair.session.outside, 0.1)
            except TimeoutError:
                continue
            return
        pytest.fail("the watch reports nothing")

    def git(self, *args: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        subprocess.run(["git", *who, *args], cwd=self.root, check=True, capture_output=True)

    def read(self, name: str = "a.txt") -> str:
        return (self.root / name).read_text()

    async def answer(self, text: str, *patches: str) -> None:
        call = await self.r.ask(text)
        for one in patches:
            call.say(one)
        call.end()
        await self.r.until(lambda: self.r.pair.session.turns[-1].ending is not None)

    async def keep(self, *turns: int) -> None:
        """Keep every open hunk of these turns with one key."""
        session = self.r.pair.session
        chosen = turns or (session.turns[-1].id,)
        ids = [h.id for t in session.turns if t.id in chosen for h in t.hunks]
        ids = [i for i in ids if (h := session.find(i)) and h.state is HunkState.OPEN]
        self.r.pair.decide(ids, HunkState.KEPT, time.monotonic_ns())
        await self.r.until(lambda: all(self.state(i) is HunkState.APPLIED for i in ids))

    def state(self, ident: Any) -> HunkState:
        hunk = self.r.pair.session.find(ident)
        assert hunk is not None
        return hunk.state

    def states(self) -> list[list[str]]:
        return [[h.state.value for h in t.hunks] for t in self.r.pair.session.turns]

    async def undone(self, count: int) -> Undone:
        def all_() -> list[Undone]:
            return [e for e in self.r.events if isinstance(e, Undone)]

        await self.r.until(lambda: len(all_()) == count)
        return all_()[-1]

    async def notice(self, text: str) -> Notice:
        def found() -> list[Notice]:
            return [e for e in self.r.events if isinstance(e, Notice) and text in e.text]

        await self.r.until(found)
        return found()[-1]


@pytest.fixture
async def desk(tmp_path: Path, rig: Callable[..., Rig]) -> Desk:
    made = Desk(tmp_path, rig)
    await made.open()
    return made


async def test_one_key_over_two_turns_is_one_entry_and_one_u_takes_all_of_it_back(
    desk: Desk,
) -> None:
    await desk.answer("the first in @a.txt", patch(5, 15))
    await desk.answer("and the other, @b.txt", patch(5, path="b.txt"))
    await desk.keep(1, 2)
    assert [e.id for e in desk.tree.entries()] == [1]
    flushed = [e for e in desk.r.events if isinstance(e, Flushed)]
    assert {(e.entry, e.hunks, e.files) for e in flushed} == {(1, 3, 2)}
    desk.r.pair.take_back(time.monotonic_ns())
    await desk.undone(1)
    assert (desk.read(), desk.read("b.txt")) == (LINES, LINES)
    assert desk.states() == [["open", "open"], ["open"]]
    assert desk.tree.entries()[-1].note.instruction == (
        "the first in @a.txt · and the other, @b.txt"
    )


async def test_back_to_an_entry_takes_every_later_one_back_and_redo_has_all_again(
    desk: Desk,
) -> None:
    await desk.answer("one in @a.txt", patch(5))
    await desk.keep()
    await desk.answer("two in @a.txt", patch(15), patch(5, path="b.txt"))
    await desk.keep()
    await desk.answer("three in @a.txt", patch(5, old="LINE", new="last"))
    await desk.keep()
    after = desk.read(), desk.read("b.txt")
    desk.r.pair.undo_to(1, time.monotonic_ns())
    done = await desk.undone(1)
    assert (done.back, done.undoes, done.merged) == ((3, 2), 2, False)
    assert desk.read() == LINES.replace("line 5\n", "LINE 5\n")
    assert desk.states() == [["applied"], ["open", "open"], ["open"]]
    assert [a.entry for a in desk.r.pair.session.acts] == [1]
    desk.r.pair.redo(time.monotonic_ns())
    await desk.notice("#2 and #3 redone")
    assert (desk.read(), desk.read("b.txt")) == after
    assert desk.states() == [["applied"], ["applied", "applied"], ["applied"]]
    desk.r.pair.take_back(time.monotonic_ns())
    assert (await desk.undone(2)).undoes == 3
    assert desk.states() == [["applied"], ["applied", "applied"], ["open"]]


async def test_what_was_taken_back_in_between_is_on_disk_again(desk: Desk) -> None:
    await desk.answer("one in @a.txt", patch(5))
    await desk.keep()
    first = desk.read()
    desk.r.pair.take_back(time.monotonic_ns())
    await desk.undone(1)
    await desk.answer("two in @a.txt", patch(15))
    await desk.keep(2)
    after = desk.read()
    desk.r.pair.undo_to(1, time.monotonic_ns())
    await desk.undone(2)
    await desk.r.until(lambda: desk.states() == [["applied"], ["open"]])
    assert desk.read() == first
    desk.r.pair.redo(time.monotonic_ns())
    await desk.r.until(lambda: desk.states() == [["open"], ["applied"]])
    assert desk.read() == after


async def test_an_entry_in_the_way_is_named_and_goes_along_on_wish(desk: Desk) -> None:
    await desk.answer("one in @a.txt", patch(5))
    await desk.keep()
    await desk.answer("two in @a.txt", patch(5, old="LINE", new="last"))
    await desk.keep()
    desk.r.pair.undo_entry(1, time.monotonic_ns())
    said = await desk.notice("#1 not undone")
    assert said.text == "#1 not undone: #2 changed line 5 since"
    assert (said.entry, said.together, said.place) == (1, (1, 2), ("a.txt", 5))
    desk.r.pair.undo_through(1, time.monotonic_ns())
    assert (await desk.undone(1)).back == (2, 1)
    assert desk.read() == LINES
    assert desk.states() == [["open"], ["open"]]


async def test_a_hunk_over_lines_that_an_undo_changed_names_the_entry(desk: Desk) -> None:
    await desk.answer("one in @a.txt", patch(5))
    await desk.keep()
    await desk.answer("two in @a.txt", patch(5, old="LINE", new="last"))
    desk.r.pair.undo_entry(1, time.monotonic_ns())
    await desk.undone(1)
    await desk.r.until(lambda: desk.states()[1] == ["stale"])
    stale = desk.r.pair.session.turns[1].hunks[0]
    assert stale.refusal is not None
    assert stale.refusal.message == "#2 changed line 5 since"


async def test_a_hunk_over_lines_that_another_turn_wrote_names_its_entry(desk: Desk) -> None:
    await desk.answer("one in @a.txt", patch(5))
    await desk.answer("two in @b.txt and @a.txt", patch(4, path="a.txt"))
    await desk.keep(2)
    await desk.answer("three in @a.txt", patch(30))
    stale = desk.r.pair.session.turns[0].hunks[0]
    if stale.state is HunkState.STALE:
        assert stale.refusal is not None
        assert stale.refusal.message.startswith("#1 changed line")


@pytest.mark.parametrize("how", ["person", "stash", "checkout"])
async def test_you_changed_is_said_only_where_the_person_did(
    how: str, tmp_path: Path, rig: Callable[..., Rig]
) -> None:
    desk = Desk(tmp_path, rig)
    there = LINES.replace("line 5\n", "second 5\n") if how != "person" else LINES
    (desk.root / "a.txt").write_text(there)
    if how == "checkout":
        desk.git("checkout", "-qb", "second")
        desk.git("commit", "-qam", "second")
    await desk.open()
    await desk.answer("it in @a.txt", patch(5, old="line" if how == "person" else "second"))
    assert desk.states() == [["open"]]
    match how:
        case "person":
            (desk.root / "a.txt").write_text(LINES.replace("line 5\n", "mine\n"))
        case "stash":
            desk.git("stash")
        case _:
            desk.git("checkout", "-q", "main")
    await desk.r.until(lambda: desk.states() == [["stale"]])
    refusal = desk.r.pair.session.turns[0].hunks[0].refusal
    assert refusal is not None
    assert refusal.message == (
        "you changed line 5 since" if how == "person" else "line 5 changed since"
    )
