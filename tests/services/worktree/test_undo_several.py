"""Many entries taken back in one step: random histories, real files, every byte."""

from __future__ import annotations

import random
import stat
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import JournalError, OverlapError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any

LINES = b"".join(b"line %d\n" % number for number in range(1, 61))
PATHS = ("a.py", "sub/b.py", "sub/deep/c.txt", "d.sh", "e.txt")
Tree = dict[str, tuple[int, bytes]]


def note(turn: int, session: str = "s") -> EntryNote:
    return EntryNote(f"turn {turn}", "simulated", turn, session=session)


def any_text(dice: random.Random) -> bytes:
    ends = dice.choice([b"\n", b"\r\n", b"\r"])
    text = ends.join(b"%d caf\xe9" % dice.randrange(9) for _ in range(dice.randrange(1, 12)))
    return text + (ends if dice.random() < 0.7 else b"")


def edit(tree: GitWorktree, dice: random.Random, turn: int) -> None:
    """Some files created, rewritten, deleted, renamed, made executable, as one entry."""
    changes = []
    paths = dice.sample(PATHS, dice.randint(1, 3))
    for path in paths:
        before = tree.read(path)
        kind = dice.random()
        if not before.exists:
            changes.append(Change(before, image_of(path, any_text(dice))))
        elif kind < 0.2:
            changes.append(Change(before, absent(path)))
        elif kind < 0.35:
            mode = 0o100644 if before.mode == 0o100755 else 0o100755
            changes.append(Change(before, image_of(path, before.data, mode)))
        elif kind < 0.5 and not tree.read(f"moved/{path}").exists:
            to = f"moved/{path}"
            changes += [
                Change(before, absent(path)),
                Change(absent(to), image_of(to, before.data, before.mode)),
            ]
        else:
            data = any_text(dice) if dice.random() < 0.5 else before.data + any_text(dice)
            changes.append(Change(before, image_of(path, data, before.mode)))
    if all(c.before == c.after for c in changes):
        return
    tree.flush(changes, note(turn))


def step(tree: GitWorktree, dice: random.Random, turn: int) -> None:
    """An edit, an undo of any entry or of a hunk of it, a redo."""
    kind = dice.random()
    known = [entry.id for entry in tree.entries()]
    try:
        if kind < 0.55 or not known:
            edit(tree, dice, turn)
        elif kind < 0.7:
            tree.undo(dice.choice(known))
        elif kind < 0.8:
            view = tree.view(dice.choice(known))
            tree.undo(view.entry.id, [dice.choice(view.hunks).number] if view.hunks else ())
        elif kind < 0.9:
            tree.redo()
        else:
            tree.undo_to(dice.choice([0, *known]))
    except (OverlapError, JournalError):
        pass


def files(rig: Rig) -> Tree:
    """Every file; a folder left empty is nobody's content."""
    return {path: found for path, found in rig.seen().items() if not stat.S_ISDIR(found[0])}


def history(rig: Rig, seed: int, steps: int) -> None:
    dice = random.Random(seed)
    rig.save("a.py", LINES)
    rig.save("d.sh", b"#!/bin/sh\n", 0o755)
    rig.save("e.txt", b"no newline")
    tree = rig.tree()
    after: dict[int, Tree] = {0: files(rig)}
    for turn in range(steps):
        step(tree, dice, turn)
        newest = max((entry.id for entry in tree.entries()), default=0)
        after[newest] = files(rig)
    for target in dice.sample(sorted(after), min(3, len(after))):
        newest = max((entry.id for entry in tree.entries()), default=0)
        now = files(rig)
        if target == newest:
            continue
        done = tree.undo_to(target)
        assert (done.entry, done.merged) == (newest + 1, False)
        assert files(rig) == after[target], (seed, target)
        back = tree.entries()[0]
        assert back.back == tuple(range(newest, target, -1))
        assert all(e.undone_by is not None for e in tree.entries() if target < e.id <= newest)
        again = tree.redo()
        assert again.back == back.back
        assert files(rig) == now, (seed, target)
        tree.undo(again.entry)
        assert files(rig) == after[target]
        tree.redo(again.entry + 1)
        assert files(rig) == now


@pytest.mark.parametrize("seed", range(4))
def test_any_later_entries_are_taken_back_at_once_byte_for_byte(rig: Rig, seed: int) -> None:
    history(rig, seed, steps=10)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 220))
def test_any_later_entries_are_taken_back_at_once_many(rig: Rig, seed: int) -> None:
    history(rig, seed, steps=25)


def put(rig: Rig, tree: GitWorktree, old: bytes, new: bytes, turn: int = 1) -> int:
    data = (rig.root / "a.py").read_bytes()
    assert old in data
    return rig.put(tree, {"a.py": data.replace(old, new)}, note(turn)).id


def test_what_somebody_else_wrote_meanwhile_stays_or_nothing_changes(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 10\n", b"LINE 10\n")
    rig.save("a.py", (rig.root / "a.py").read_bytes().replace(b"line 30\n", b"mine 30\n"))
    put(rig, tree, b"line 50\n", b"LINE 50\n")
    rig.put(tree, {"n.py": b"new\n"})
    assert tree.undo_to(0).merged
    assert (rig.root / "a.py").read_bytes() == LINES.replace(b"line 30\n", b"mine 30\n")
    assert not (rig.root / "n.py").exists()
    tree.redo()
    rig.save("a.py", (rig.root / "a.py").read_bytes().replace(b"LINE 10\n", b"mine 10\n"))
    before = rig.seen()
    with pytest.raises(OverlapError) as caught:
        tree.undo_to(0)
    assert caught.value.by == "you"
    assert "not undone: you changed" in caught.value.what
    assert rig.seen() == before, "all or nothing: the new file stays too"


def test_a_dry_run_and_a_target_that_is_none_write_nothing(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 10\n", b"LINE 10\n")
    put(rig, tree, b"line 10\n".upper(), b"ten\n")
    before = rig.seen()
    told = tree.undo_to(0, dry_run=True)
    assert (told.entry, told.back, told.files) == (0, (2, 1), ("a.py",))
    assert rig.seen() == before
    with pytest.raises(JournalError, match="there is no entry #9"):
        tree.undo_to(9)
    with pytest.raises(JournalError, match="nothing to take back"):
        tree.undo_to(2)


# ------------------------------------------------------------------- who is in the way


def test_an_entry_in_the_way_is_named_and_goes_along_if_that_is_wished(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.save("b.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 42\n", b"LINE 42\n")
    rig.put(tree, {"b.py": b"other\n"}, note(2))
    put(rig, tree, b"line 3\n", b"LINE 3\n", 3)
    put(rig, tree, b"LINE 42\n", b"answer\n", 4)
    with pytest.raises(OverlapError) as caught:
        tree.undo(1)
    error = caught.value
    assert error.what == "#1 not undone: #4 changed line 42 since"
    assert (error.by, error.entries) == ("#4", (1, 3, 4))
    view = tree.view(1)
    found = view.obstacle(0)
    assert found is not None
    assert (found.by, found.entries, found.there) == ("#4", (1, 3, 4), ((42, "answer"),))
    done = tree.undo_through(1)
    assert done.back == (4, 3, 1)
    assert (rig.root / "a.py").read_bytes() == LINES
    assert (rig.root / "b.py").read_bytes() == b"other\n"
    assert tree.entries()[0].deed == "undoes #1, #3 and #4"
    tree.redo()
    assert b"answer\n" in (rig.root / "a.py").read_bytes()


def test_the_person_is_named_where_it_was_the_person(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 42\n", b"LINE 42\n")
    rig.save("a.py", LINES.replace(b"line 42\n", b"mine\n"))
    put(rig, tree, b"line 3\n", b"LINE 3\n")
    with pytest.raises(OverlapError, match="#1 not undone: you changed line 42 since") as caught:
        tree.undo(1)
    assert caught.value.entries == ()


@pytest.mark.parametrize("how", ["stash", "checkout", "restore", "reset", "revert"])
def test_what_git_brought_is_nobodys_change(rig: Rig, how: str) -> None:
    rig.save("a.py", LINES)
    rig.commit_all()
    rig.save("a.py", LINES.replace(b"line 42\n", b"other branch\n"))
    rig.git("checkout", "-qb", "other")
    rig.commit_all()
    rig.git("checkout", "-q", "main")
    tree = rig.tree()
    put(rig, tree, b"line 42\n", b"LINE 42\n")
    match how:
        case "stash":
            rig.git("stash")
            rig.git("checkout", "-q", "other")
        case "checkout":
            rig.git("checkout", "-qf", "other")
        case "restore":
            rig.git("restore", "--source=other", "a.py")
        case "reset":
            rig.git("reset", "-q", "--hard", "other")
        case _:
            rig.git("checkout", "-q", "--", "a.py")
            rig.git("cherry-pick", "other")
    with pytest.raises(OverlapError) as caught:
        tree.undo(1)
    assert caught.value.what == "#1 not undone: line 42 changed since"
    assert caught.value.by == ""


def test_lines_that_went_are_blamed_on_who_took_them(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 42\n", b"LINE 42\n")
    put(rig, tree, b"line 41\nLINE 42\nline 43\n", b"")
    put(rig, tree, b"line 1\n", b"above\nline 1\n")
    with pytest.raises(OverlapError) as caught:
        tree.undo(1)
    assert caught.value.by == "#2"


def test_a_file_that_an_entry_deleted_since_is_told_so(rig: Rig) -> None:
    tree = rig.tree()
    rig.put(tree, {"n.py": b"1\n2\n3\n"}, note(1))
    rig.put(tree, {"n.py": b"1\n2\nthree\n"}, note(2))
    rig.put(tree, {"n.py": None}, note(3))
    with pytest.raises(OverlapError) as caught:
        tree.undo(2)
    assert caught.value.what == "#2 not undone: #3 changed n.py since"
    assert tree.undo_through(1).back == (3, 2, 1)
    assert not (rig.root / "n.py").exists()


def test_what_an_undo_in_between_brought_back_is_in_nobodys_way(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 42\n", b"LINE 42\n")
    put(rig, tree, b"LINE 42\n", b"answer\n")
    tree.undo()
    assert not tree.undo(1).merged
    assert (rig.root / "a.py").read_bytes() == LINES


def test_a_redo_that_does_not_fit_any_more_says_so(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()
    put(rig, tree, b"line 42\n", b"LINE 42\n")
    tree.undo()
    rig.save("a.py", LINES.replace(b"line 42\n", b"mine\n"))
    with pytest.raises(OverlapError, match=r"^#1 not redone: you changed line 42 since"):
        tree.redo()


def test_the_first_entry_of_a_turn_is_known_across_other_turns_and_sessions(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tree = rig.tree()

    def wrote(turn: int, session: str) -> int:
        text = b"%d %s\n" % (turn, session.encode())
        return rig.put(tree, {"a.py": text * (len(tree.entries()) + 1)}, note(turn, session)).id

    for turn, session in ((1, "x"), (1, "y"), (2, "y"), (1, "y"), (2, "y")):
        wrote(turn, session)
    assert [(tree.view(n).first, tree.view(n).newest) for n in (1, 2, 3, 4, 5)] == [
        (1, 5),
        (2, 5),
        (3, 5),
        (2, 5),
        (3, 5),
    ]
    wrote(3, "")
    wrote(3, "")
    assert tree.view(7).first == 6


def test_hundreds_of_undos_and_redos_are_followed(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"2\n"})
    from spark_tui.services.worktree.chain import Chain
    from spark_tui.services.worktree.records import Record

    records = [Record(1, 0.0, note(1), ())]
    for number in range(2, 4_000):
        back = tuple(range(number - 1, 0, -1))[:50] if number % 3 == 0 else ()
        records.append(Record(number, 0.0, note(1), (), undoes=number - 1, back=back))
    chain = Chain(records)
    assert chain.undone_by(records[-1].id) is None
    assert chain.undone_by(records[-2].id) == records[-1].id


def test_a_group_is_taken_back_and_what_lies_between_stays(rig: Rig) -> None:
    rig.save("a.py", LINES)
    rig.save("d.sh", b"#!/bin/sh\n")
    tree = rig.tree()
    before = files(rig)

    def put(path: str, data: bytes, group: int, part: int) -> None:
        image = tree.read(path)
        made = EntryNote("make pytest pass", "simulated", part, group=group, part=part)
        tree.flush([Change(image, image_of(path, data, image.mode))], made)

    put("a.py", LINES.replace(b"line 3\n", b"three\n"), 0, 1)
    put("d.sh", b"exit 0\n", 0, 0)  # no part of it
    put("a.py", tree.read("a.py").data.replace(b"line 9\n", b"worse\n"), 1, 2)
    tree.undo(3)
    put("a.py", tree.read("a.py").data + b"more\n", 1, 3)
    assert [(e.id, e.group) for e in tree.entries()] == [(5, 1), (4, 0), (3, 1), (2, 0), (1, 1)]
    done = tree.undo_group(1)
    assert done.back == (5, 4, 3, 1)
    assert files(rig) == before | {"d.sh": (before["d.sh"][0], b"exit 0\n")}
    with pytest.raises(JournalError, match="green:1 is already undone"):
        tree.undo_group(1)
    with pytest.raises(JournalError, match="no group green:2"):
        tree.undo_group(2)
    tree.redo(done.entry)
    assert tree.read("a.py").data.endswith(b"more\n")
    assert tree.undo_group(1).files == ("a.py",)
    assert tree.read("a.py").data == LINES


def test_what_was_only_tried_is_told_from_what_was_kept(rig: Rig) -> None:
    rig.save("a.py", LINES)
    tried = EntryNote("try it", "simulated", 1, provisional=True)

    def flush() -> int:
        image = rig.tree().read("a.py")
        return rig.tree().flush([Change(image, image_of("a.py", image.data + b"x\n"))], tried).id

    def undecided() -> list[int]:
        return [entry.id for entry in rig.tree().entries() if entry.undecided]

    first, second, third = flush(), flush(), flush()
    assert undecided() == [third, second, first]
    rig.tree().keep(first)
    rig.tree().undo(third)
    assert undecided() == [second]
