from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.errors import JournalError, WorktreeError
from spark_tui.core.journal import JournalBounds
from spark_tui.services.worktree import commit, disk, finalize
from spark_tui.services.worktree import prune as pruning
from spark_tui.services.worktree.commands import GitCommands
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.prune import prune

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any


def test_an_entry_moves_into_the_private_repository(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"2\n"})
    assert tree.journal.pending()
    tree.close()
    assert not tree.journal.pending()
    names = sorted(os.listdir(tree.journal.folder / "entries"))
    assert names == ["000001.settled"]
    assert sorted(rig.seen()) == ["a.py"]


def test_what_a_process_left_unsettled_the_next_one_settles(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    with monkeypatch.context() as patch:
        patch.setattr(finalize.Settler, "submit", lambda *_: None)
        rig.put(tree, {"a.py": b"2\n"})
    again = rig.tree()
    again.recover()
    again.close()
    assert not again.journal.pending()
    (record,) = again.journal.records()
    assert record.commit
    assert sorted(rig.seen()) == ["a.py"]


def test_a_program_that_just_ends_leaves_no_temp_file_behind(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    code = (
        "import sys; from pathlib import Path\n"
        "from spark_tui.core.edits.model import Change\n"
        "from spark_tui.core.edits.text import image_of\n"
        "from spark_tui.core.journal import EntryNote\n"
        "from spark_tui.services.worktree import open_worktree\n"
        "tree = open_worktree(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "change = Change(tree.read('a.py'), image_of('a.py', b'2\\n'))\n"
        "tree.flush([change], EntryNote('x', 'y', 1))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(rig.root), str(rig.state)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert {path: data for path, (_, data) in rig.seen().items()} == {"a.py": b"2\n"}
    assert "+2" in rig.tree().log_patch()


def test_a_lock_that_a_killed_git_left_behind_goes_after_a_while(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    tree.journal.create()
    locks = [
        tree.journal.store.git_dir / name for name in ("index.lock", "refs/heads/journal.lock")
    ]
    for lock in locks:
        lock.touch()
    rig.put(tree, {"a.py": b"2\n"})
    tree.close()
    assert tree.journal.pending(), "a git may be at work"
    for lock in locks:
        os.utime(lock, (1_700_000_000, 1_700_000_000))
    again = rig.tree()
    again.recover()
    again.close()
    assert not again.journal.pending()
    assert not any(lock.exists() for lock in locks)


def test_undo_needs_nothing_of_git(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise WorktreeError("git is gone")

    monkeypatch.setattr(finalize, "commit_record", broken)
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"2\n"})
    tree.close()
    assert tree.journal.pending()
    rig.tree().undo()
    assert (rig.root / "a.py").read_bytes() == b"1\n"


def test_an_entry_is_flagged_when_git_disagrees(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        commit, "unified", lambda _: "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    )
    rig.save("a.py", b"1\n")
    tree = rig.tree()
    rig.put(tree, {"a.py": b"2\n"})
    tree.close()
    (record,) = rig.tree().journal.records()
    assert "patch" in record.flag
    assert tree.entries()[0].flag == record.flag
    assert "+2" in tree.log_patch()


def test_the_oldest_entries_are_pruned_and_the_rest_stays_whole(rig: Rig) -> None:
    rig.save("a.py", b"0\n")
    tree = rig.tree()
    for number in range(1, 9):
        rig.put(tree, {"a.py": b"%d\n" % number, f"f{number}.py": b"content %d\n" % number})
    tree.close()
    before = {path.name for path in (tree.journal.store.git_dir / "objects").glob("??/*")}
    journal = Journal(tree.journal.folder, rig.root)
    with journal.locked("settle.lock"):
        assert prune(journal, JournalBounds(100)) == 0
        assert prune(journal, JournalBounds(6)) == 4
    after = {path.name for path in (tree.journal.store.git_dir / "objects").glob("??/*")}
    assert len(after) < len(before)
    again = rig.tree()
    assert [entry.id for entry in again.entries()] == [8, 7, 6, 5]
    assert "#8" in again.log_patch()
    assert "#5" in again.log_patch()
    assert "content 4" not in again.log_patch()
    with pytest.raises(JournalError, match="there is no entry #2"):
        again.undo(2)
    for _ in range(4):
        again.undo()
    assert (rig.root / "a.py").read_bytes() == b"4\n"
    rig.put(again, {"a.py": b"next\n"})
    again.close()
    assert again.entries()[0].id == 13
    assert all(record.commit and not record.flag for record in again.journal.records())


def test_the_stored_bytes_are_bounded_and_the_newest_entry_always_stays(rig: Rig) -> None:
    tree = rig.tree()
    for number in range(4):
        rig.put(tree, {f"f{number}.bin": random.Random(number).randbytes(300_000).hex().encode()})
    tree.close()
    journal = Journal(tree.journal.folder, rig.root)
    full = journal.store.size()
    assert full > 1_000_000
    with journal.locked("settle.lock"):
        assert prune(journal, JournalBounds(megabytes=2), weigh=True) == 0
        assert prune(journal, JournalBounds(megabytes=1), weigh=True) == 2
        assert [record.id for record in journal.records()] == [3, 4]
    for number in (5, 6):  # what only pruned entries touched goes with the pruning after
        rig.put(tree, {f"f{number}.txt": b"small\n"})
        tree.close()
        with journal.locked("settle.lock"):
            prune(journal, JournalBounds(entries=1), weigh=True)
        assert [record.id for record in journal.records()] == [number]
    assert journal.store.size() < 10_000
    rig.tree().undo(6)
    assert not (rig.root / "f6.txt").exists()


@pytest.mark.parametrize("stopped_in", ["drop", "sync", "shallow", "forget", "git prune"])
def test_a_pruning_that_is_stopped_loses_no_entry_that_is_listed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, stopped_in: str
) -> None:
    tree = rig.tree()
    for number in range(1, 9):
        rig.put(tree, {"a.py": b"%d\n" % number, f"f{number}.py": b"content %d\n" % number})
    tree.close()
    journal = Journal(tree.journal.folder, rig.root)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        match stopped_in:
            case "drop":
                patch.setattr(Journal, "drop", stop)
            case "sync":
                patch.setattr(Journal, "sync", stop)
            case "shallow":
                patch.setattr(disk, "replace_private", stop)
            case "forget":
                patch.setattr(pruning, "forget_paths", stop)
            case _:
                real = GitCommands.__call__

                def prunes_no_more(git: GitCommands, *args: str, feed: bytes = b"") -> str:
                    if args[0] == "prune":
                        stop()
                    return real(git, *args, feed=feed)

                patch.setattr(GitCommands, "__call__", prunes_no_more)
        with journal.locked("settle.lock"), pytest.raises(KeyboardInterrupt):
            prune(journal, JournalBounds(6))
    again = rig.tree()
    listed = again.entries()
    assert len(listed) >= 4
    for _ in range(4):
        again.undo()
    assert (rig.root / "a.py").read_bytes() == b"4\n"
    again.close()
    assert "#8" in again.log_patch()
    with again.journal.locked("settle.lock"):
        prune(Journal(tree.journal.folder, rig.root), JournalBounds(4))
    assert len(rig.tree().entries()) == 3
    assert rig.git("fsck", cwd=again.journal.store.git_dir) == ""


def test_an_entry_that_was_committed_late_costs_none_its_bytes(rig: Rig) -> None:
    tree = rig.tree()
    for number in range(1, 4):
        rig.put(tree, {"a.py": b"%d\n" % number, f"f{number}.py": b"content %d\n" % number})
    tree.close()
    lock = tree.journal.store.git_dir / "index.lock"
    lock.touch()
    rig.put(tree, {"late.py": b"committed last\n"})
    tree.close()
    lock.unlink()
    for number in range(5, 8):
        rig.put(tree, {"a.py": b"%d\n" % number, f"f{number}.py": b"content %d\n" % number})
    tree.close()
    again = rig.tree()
    again.recover()
    again.close()
    journal = Journal(tree.journal.folder, rig.root)
    with journal.locked("settle.lock"):
        assert prune(journal, JournalBounds(6)) == 3
    assert rig.git("fsck", cwd=journal.store.git_dir) == ""
    for _ in range(4):
        rig.tree().undo()
    assert {p: data for p, (_, data) in rig.seen().items() if p != "a.py"} == {
        f"f{number}.py": b"content %d\n" % number for number in range(1, 4)
    }
    assert (rig.root / "a.py").read_bytes() == b"3\n"


def test_nothing_is_pruned_while_an_entry_is_not_committed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.save("a.py", b"0\n")
    tree = rig.tree()
    for number in range(1, 6):
        rig.put(tree, {"a.py": b"%d\n" % number})
    tree.close()
    rig.save("a.py", b"mine, in no commit\n")
    tree.prepare(tree.read("a.py"))
    monkeypatch.setattr(finalize.Settler, "submit", lambda *_: None)
    rig.put(tree, {"a.py": b"last\n"})
    with tree.journal.locked("settle.lock"):
        assert prune(tree.journal, JournalBounds(2)) == 0
    rig.tree().undo()
    assert (rig.root / "a.py").read_bytes() == b"mine, in no commit\n"


def test_two_sessions_share_one_journal(rig: Rig) -> None:
    rig.save("a.py", b"1\n")
    one, two = rig.tree(), rig.tree()
    rig.put(one, {"a.py": b"2\n"})
    rig.put(two, {"a.py": b"3\n"})
    assert [entry.id for entry in one.entries()] == [2, 1]
    one.undo()
    two.undo()
    assert (rig.root / "a.py").read_bytes() == b"1\n"
    one.close()
    two.close()
    assert not one.journal.pending()


def test_bytes_without_a_place_are_rescued(rig: Rig, tmp_path: Path) -> None:
    journal = rig.tree().journal
    journal.create()
    kept = journal.rescue("dir/a.py", b"theirs\n")
    assert kept.read_bytes() == b"theirs\n"
    assert kept == journal.rescue("dir/a.py", b"theirs\n")
    assert kept.stat().st_mode & 0o777 == 0o600
