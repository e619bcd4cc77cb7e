from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.errors import JournalError, WorktreeError
from spark_tui.services.worktree import commit, settle
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
        patch.setattr(settle.Settler, "submit", lambda *_: None)
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


def test_undo_needs_nothing_of_git(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise WorktreeError("git is gone")

    monkeypatch.setattr(settle, "commit_record", broken)
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
        assert prune(journal, max_entries=100) == 0
        assert prune(journal, max_entries=6, kept=4) == 4
    after = {path.name for path in (tree.journal.store.git_dir / "objects").glob("??/*")}
    assert after < before
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
    monkeypatch.setattr(settle.Settler, "submit", lambda *_: None)
    rig.put(tree, {"a.py": b"last\n"})
    with tree.journal.locked("settle.lock"):
        assert prune(tree.journal, max_entries=2, kept=2) == 0
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
