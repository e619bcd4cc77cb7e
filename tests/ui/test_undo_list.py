from __future__ import annotations

from dataclasses import replace

import pytest

from spark_tui.core.edits.entry import FileSides, entry_hunks
from spark_tui.core.events import EntryOpened, Notice, Severity
from spark_tui.core.journal import Entry, EntryNote, EntryView, Obstacle
from spark_tui.core.remedy import Remedy
from spark_tui.ui.lists.contents import undo_list
from spark_tui.ui.lists.entry import entry_list
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import Drive, FakeConductor, driven

LINES = b"".join(b"%d\n" % number for number in range(1, 31))


def entry(number: int, text: str, undoes: int | None = None, undone_by: int | None = None) -> Entry:
    return Entry(number, 0.0, EntryNote(text, "spark", 1), ("a.py",), undoes, undone_by)


def test_entries_are_listed_with_what_they_did_and_each_can_be_opened() -> None:
    chosen: list[str] = []
    model = undo_list(
        [
            replace(entry(4, "", undoes=3), redoes=1),
            entry(3, "", undoes=1, undone_by=4),
            entry(2, "cap\nit"),
            entry(1, "rename", undone_by=3),
        ],
        chosen.append,
    )
    assert [i.left for i in model.items] == ["#4", "#3", "#2", "#1"]
    assert [i.middle for i in model.items] == [
        "a.py · redoes #1",
        "a.py · undoes #1",
        "a.py · cap it",
        "a.py · rename",
    ]
    assert [i.id for i in model.items] == ["4", "3", "2", "1"]
    assert model.items[1].right == "redone by #4"
    assert model.items[3].right == "undone by #3"
    assert model.choose is not None
    model.choose("2")
    assert chosen == ["2"]


def test_an_empty_journal_says_so() -> None:
    assert undo_list([], lambda _: None).footer == ("nothing is written yet",)


def view(**more: object) -> EntryView:
    sides = [
        FileSides("a.py", LINES, LINES.replace(b"\n3\n", b"\nthree\n").replace(b"20\n", b"")),
        FileSides("b.py", None, b"new\n"),
    ]
    return EntryView(replace(entry(14, "cap it"), **more), entry_hunks(sides))  # type: ignore[arg-type]


def test_an_opened_entry_shows_its_hunks_and_takes_back_all_or_one() -> None:
    chosen: list[str] = []
    model = entry_list(view(), chosen.append)
    assert [(i.id, i.left, i.middle) for i in model.items if i.id] == [
        ("all", "all 3 hunks", "cap it"),
        ("1", "hunk 1", "a.py:3  +1 -1"),
        ("2", "hunk 2", "a.py:20  +0 -1"),
        ("3", "hunk 3", "b.py  created  +1 -0"),
    ]
    rows = [(i.left.split(), i.middle, i.role) for i in model.items if not i.id][2:4]
    assert rows == [(["3", "-"], "3", "remove"), (["3", "+"], "three", "add")]
    assert model.choose is not None
    model.choose("2")
    assert chosen == ["2"]


def test_rows_of_an_opened_entry_never_look_the_same_while_they_differ() -> None:
    long = "".join(f"argument_{n}, " for n in range(30))
    pairs = [(f"f({long}3)", f"f({long}30)"), ("blank", "blank "), ("\tx", "    x")]
    sides = [
        FileSides(f"{n}.py", f"{old}\n".encode(), f"{new}\n".encode())
        for n, (old, new) in enumerate(pairs)
    ]
    sides.append(FileSides("end.py", b"x\n", b"x"))
    opened = EntryView(entry(14, "cap it"), entry_hunks(sides))
    rows = [
        i.middle for i in entry_list(opened, lambda _: None).items if i.role in {"add", "remove"}
    ]
    assert rows == [
        "…rgument_29, 3)",
        "…rgument_29, 30)",
        "blank",
        "blank␣",
        "→x",
        "␣␣␣␣x",
        "x",
        "x ← no newline at the end",
    ]


def test_what_is_undone_already_or_in_the_way_is_told_at_its_hunk() -> None:
    gone = entry_list(view(undone_by=16), lambda _: None)
    assert not [i for i in gone.items if i.id]
    assert gone.items[0].middle == "by #16 · undoing #16 redoes this"
    one = replace(
        view(taken=(1,)),
        obstacles=tuple((n, Obstacle("a.py", 20, "you", ((20, "mine"),))) for n in (0, 2)),
    )
    model = entry_list(one, lambda _: None)
    assert [(i.id, i.right) for i in model.items if i.left.startswith(("all", "hunk"))] == [
        ("all", "! you changed line 20 since"),
        ("", "undone already"),
        ("2", "! you changed line 20 since"),
        ("3", ""),
    ]
    assert [i.middle for i in model.items if i.left.endswith("yours")] == ["mine"]


async def test_the_list_opens_an_entry_and_enter_there_takes_one_hunk_back(drive: Drive) -> None:
    fake = drive.fake
    fake.journal = (entry(14, "cap it"), entry(13, "older"))
    fake.views[14] = view()
    await drive.press("ctrl+x", "U", "enter")
    assert fake.named("show_entry") == [(14,)]
    await drive.until(lambda: "hunk 2" in drive.screen)
    assert "three" in drive.screen
    await drive.press("down", "down", "enter")
    assert fake.named("undo_entry") == [(14, (2,))]


async def test_after_a_conflict_o_opens_the_line_and_the_list_key_shows_both(
    fake: FakeConductor,
) -> None:
    opened: list[tuple[str, int]] = []
    options = ShellOptions(edit_file=lambda path, line: opened.append((path, line)))
    fake.views[14] = view()
    async with driven(fake, options=options) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.review()
        said = Notice(0, "#14 not undone", (Remedy.OPEN_IT,), Severity.ERROR, ("a.py", 20), 14)
        fake.push(said)
        await drive.until(lambda: "#14 not undone" in drive.screen)
        await drive.press("o")
        assert opened == [("a.py", 20)]
        fake.push(said)
        await drive.until(lambda: drive.app.desk.keys.review.conflict is not None)
        await drive.press("U")
        assert fake.named("show_entry") == [(14,)]
        await drive.until(lambda: "hunk 2" in drive.screen)


async def test_details_longer_than_the_list_can_be_read_to_their_end(drive: Drive) -> None:
    long = b"".join(b"%d\n" % number for number in range(90))
    sides = [FileSides("a.py", None, long), FileSides("b.py", None, b"new\n")]
    drive.fake.push(EntryOpened(0, EntryView(entry(14, "x"), entry_hunks(sides))))
    await drive.until(lambda: "hunk 1" in drive.screen)
    await drive.press("down")
    seen = set()
    for _ in range(8):
        seen |= {line.split()[2] for line in drive.text if line.split()[1:2] == ["+"]}
        await drive.press("pagedown")
    assert {"0", "44", "89"} <= seen
    assert "▸ hunk 2" in drive.screen
    await drive.press("up")
    assert "▸ hunk 1" in drive.screen


def test_an_opened_entry_offers_to_go_back_to_it_and_to_before_its_turn() -> None:
    sides = [FileSides("a.py", b"1\n", b"2\n")]
    shown = EntryView(entry(14, "x"), entry_hunks(sides), (), 13, 16)
    chosen: list[str] = []
    rows = {item.id: item.middle for item in entry_list(shown, chosen.append).items}
    assert rows["here"] == "back to here: undoes #15 and #16"
    assert rows["before"] == "back to before this turn: undoes #13 to #16"
    alone = EntryView(entry(14, "x"), entry_hunks(sides), (), 14, 14)
    ids = {item.id for item in entry_list(alone, chosen.append).items}
    assert not ids & {"here", "before", "through"}


async def test_back_to_here_and_to_before_this_turn_are_one_key(drive: Drive) -> None:
    sides = [FileSides("a.py", b"1\n", b"2\n")]
    for downs, call in ((1, ("undo_to", (14,))), (2, ("undo_to", (12,)))):
        opened = EntryView(entry(14, "x"), entry_hunks(sides), (), 13, 16)
        drive.fake.push(EntryOpened(0, opened))
        await drive.until(lambda: "back to here" in drive.screen)
        await drive.press(*["down"] * downs, "enter")
        assert drive.fake.named(call[0])[-1] == call[1]


async def test_enter_takes_back_what_is_in_the_way_too(
    fake: FakeConductor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.prompt.offer.READ_NS", 0)
    async with driven(fake) as drive:
        await drive.ask("cap it")
        said = Notice(0, "#14 not undone", (Remedy.OPEN_IT,), Severity.ERROR, ("a.py", 20), 14)
        fake.push(replace(said, together=(14, 16)))
        await drive.until(lambda: "Enter takes back #14 and #16" in drive.screen)
        await drive.press("enter")
        assert fake.named("undo_through") == [(14,)]
        assert drive.app.desk.keys.review.conflict is None
