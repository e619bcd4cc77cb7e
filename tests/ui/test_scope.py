"""Ctrl+X d: the review is about the whole session, or about the last turn only."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.model import HunkId
from tests.ui.scripted import Drive

OLD, NEW = HunkId(1, 3, "1"), HunkId(2, 1, "1")


@pytest.fixture
async def two_turns(drive: Drive) -> Drive:
    """Two answers with open hunks."""
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    await drive.review()
    await drive.press("i")
    await drive.ask("and again")
    await drive.first()
    await drive.complete()
    await drive.review()
    return drive


def open_now(drive: Drive) -> str:
    return drive.row("review")


async def test_the_last_turn_alone_is_counted_and_decided(two_turns: Drive) -> None:
    drive = two_turns
    both = open_now(drive)
    await drive.press("ctrl+x", "d")
    assert "last turn · " in open_now(drive)
    assert "review: the last turn · Ctrl+X d switches" in drive.screen
    assert drive.app.desk.body.current == NEW
    await drive.press("A")
    assert {i.turn for i in drive.fake.named("decide")[0][0]} == {2}  # type: ignore[attr-defined]
    await drive.press("tab", "ctrl+x", "d")
    assert "last turn" not in open_now(drive)
    assert "open" in both


async def test_older_hunks_fold_and_unfold_with_the_scope(two_turns: Drive) -> None:
    drive = two_turns
    block = drive.app.desk.body.document.hunks[OLD]
    seen = [block.unfolded]
    for _ in range(2):
        await drive.press("ctrl+x", "d")
        seen.append(block.unfolded)
    assert seen == [True, False, True]


async def test_j_stays_in_the_last_turn(two_turns: Drive) -> None:
    drive = two_turns
    await drive.press("ctrl+x", "d")
    turns = set()
    for _ in range(4):
        await drive.press("j")
        current = drive.app.desk.body.current
        assert current is not None
        turns.add(current.turn)
    assert turns == {2}


async def test_a_new_turn_becomes_the_scope(two_turns: Drive) -> None:
    drive = two_turns
    await drive.press("ctrl+x", "d", "i")
    await drive.ask("once more")
    document = drive.app.desk.body.document
    assert document.asking == {}
    assert not document.hunks[NEW].unfolded
