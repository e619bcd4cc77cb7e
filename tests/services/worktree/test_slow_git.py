"""A git that does not answer is stopped with all that it started, when nobody waits any more."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes
from spark_tui.services.processes import StoppedError
from spark_tui.services.worktree.repo import find_repository, list_paths, read_tree


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A git that lists and compares files for ever; the folder has the pids of what it started."""
    real = processes.git_program()
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    program = bin_ / "git"
    program.write_text(
        "#!/bin/sh\n"
        f'for word in "$@"; do case "$word" in ls-files|status)\n'
        f"  sleep 300 & echo $! > {tmp_path}/child.new; mv {tmp_path}/child.new {tmp_path}/child\n"
        "  wait;; esac; done\n"
        f'exec {real} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    processes.git_program.cache_clear()
    yield tmp_path
    processes.git_program.cache_clear()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("read", [list_paths, read_tree], ids=["listing", "comparing"])
def test_a_slow_git_is_stopped_with_what_it_started(slow: Path, read: object) -> None:
    assert callable(read)
    root = slow / "r"
    root.mkdir()
    processes.run_git(["init", "-q"], cwd=root)
    repo = find_repository(root)
    failed: list[WorktreeError] = []

    def work() -> None:
        try:
            read(repo)
        except WorktreeError as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    child = slow / "child"
    deadline = time.monotonic() + 60
    while not child.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    repo.stop_reading()
    thread.join(60)
    assert [type(error) for error in failed] == [StoppedError]
    pid = int(child.read_text())
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert repo.git("rev-parse", "--git-dir").status == 0
    repo.stop_reading(for_good=True)
    with pytest.raises(StoppedError):
        list_paths(repo)
    assert repo.git("rev-parse", "--git-dir").status == 0
