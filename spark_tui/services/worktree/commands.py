"""git's commands on one repository, over hardened processes."""

from __future__ import annotations

from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.services.processes import run_git
from spark_tui.services.processes.child import Completed


class GitCommands:
    """`GitCommands(d)("write-tree")` runs `git write-tree` on the repository in `d`.

    Every command is one process with an explicit git directory. What it writes is on stable storage
    when it ends: by default git syncs neither loose objects nor refs (git-config(1), core.fsync).
    """

    def __init__(self, git_dir: Path, work_tree: Path | None = None) -> None:
        self._git_dir = git_dir
        self._work_tree = work_tree

    def __call__(self, *args: str, feed: bytes = b"") -> str:
        """What it prints, without its last newline; `feed` goes to its stdin.

        Bytes that are no UTF-8 become lone surrogates. Raises WorktreeError with git's words where
        the exit status is not 0.
        """
        done = self._run(args, feed)
        if done.status != 0:
            raise WorktreeError(f"git {args[0]}: {done.complaint}")
        return _text(done)

    def find(self, *args: str) -> str:
        """The same for what may not be there: "" where the exit status is not 0."""
        done = self._run(args, b"")
        return _text(done) if done.status == 0 else ""

    def _run(self, args: tuple[str, ...], feed: bytes) -> Completed:
        return run_git(
            args,
            git_dir=self._git_dir,
            work_tree=self._work_tree,
            feed=feed,
            config=("core.fsync=all",),
        )


def _text(done: Completed) -> str:
    return done.out.decode("utf-8", "surrogateescape").removesuffix("\n")
