"""Git's commands, with GitPython's command layer and without it, say the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from spark_tui.core.errors import WorktreeError
from spark_tui.services.worktree.commands import GitCommands
from spark_tui.services.worktree.gitpython import GitPythonCommands


@pytest.mark.parametrize("commands", [GitCommands, GitPythonCommands])
def test_both_ways_feed_answer_and_refuse_alike(
    commands: type[GitCommands], tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    git = commands(tmp_path)
    sha = git("hash-object", "-w", "--stdin", feed=b"one\r\n\xff\n")
    assert git("cat-file", "-s", sha) == "7"
    assert git("cat-file", "blob", sha) == "one\r\n\udcff"
    assert git.find("rev-parse", "--verify", "--quiet", "refs/heads/none") == ""
    with pytest.raises(WorktreeError, match="missing-object"):
        git("cat-file", "blob", "missing-object")
