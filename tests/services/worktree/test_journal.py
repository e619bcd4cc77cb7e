"""The journal's folder, made when something is first written to it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
