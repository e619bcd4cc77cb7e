"""The journal's folder, made when something is first written to it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spark_tui.core.errors import JournalError
from spark_tui.services.worktree.journal import Journal


def test_threads_may_need_a_new_journal_at_the_same_moment(tmp_path: Path) -> None:
    """The pre-image of a first hunk is stored while the first decision flushes."""
    start = threading.Barrier(4)

    def first(journal: Journal) -> str:
        start.wait(10)
        journal.create()
        return journal.store.put(b"bytes")

    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            journal = Journal(tmp_path / str(number), tmp_path)
            assert len(set(pool.map(first, [journal] * 4))) == 1
            assert (journal.folder / "worktree").read_text() == f"{tmp_path}\n"


def test_a_file_in_the_way_of_the_state_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "journals" / "r", tmp_path)
    with pytest.raises(JournalError, match=r"cannot look into .*: not a directory"):
        journal.next_id()
