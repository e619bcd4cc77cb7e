"""git's command layer (GitPython) over hardened processes.

GitPython's own `execute` hands our whole environment to git; this subclass replaces it. The
import costs 150 ms or more and is done where a command is first needed, never on the way to the
screen or to the disk.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark_tui.core.errors import WorktreeError
from spark_tui.services.processes import git_program, run_git, without_processes

if TYPE_CHECKING:
    from git.cmd import Git


def commands(git_dir: Path, work_tree: Path | None = None) -> Git:
    """GitPython's `Git` for one repository: `commands(d).write_tree()` runs `git write-tree`.

    Its calls return stdout as text (`stdout_as_string=False`: bytes), take `istream` as a binary
    file to feed, and raise WorktreeError with git's words where the exit status is not 0.
    """
    made: Git = _git_class()(git_dir, work_tree)
    return made


@functools.cache
def _git_class() -> Any:
    _import_quietly()
    from git.cmd import Git

    class HardenedGit(Git):
        """Every command becomes one hardened process with an explicit git directory.

        What it writes is on stable storage when it ends: by default git syncs neither loose
        objects nor refs (git-config(1), core.fsync).
        """

        GIT_PYTHON_GIT_EXECUTABLE = git_program()

        def __init__(self, git_dir: Path, work_tree: Path | None) -> None:
            super().__init__(str(work_tree or git_dir))
            self._repository = (git_dir, work_tree)

        def execute(self, command: Any, *_: Any, **options: Any) -> Any:
            """Run `command` (GitPython's argv, whose first item is git itself)."""
            git_dir, work_tree = self._repository
            source = options.get("istream")
            done = run_git(
                [str(part) for part in command[1:]],
                git_dir=git_dir,
                work_tree=work_tree,
                feed=source.read() if source is not None else b"",
                config=("core.fsync=all",),
            )
            as_text = options.get("stdout_as_string", True)
            out: str | bytes = done.out.decode("utf-8", "surrogateescape") if as_text else done.out
            if as_text and options.get("strip_newline_in_stdout", True):
                out = out[:-1] if done.out.endswith(b"\n") else out
            if options.get("with_extended_output"):
                return done.status, out, done.err.decode("utf-8", "replace")
            if done.status != 0:
                raise WorktreeError(f"git {command[1]}: {done.complaint}")
            return out

    return HardenedGit


def _import_quietly() -> None:
    """Import GitPython without its running `git version`, or anything else by itself, ever."""
    names = {"GIT_PYTHON_REFRESH": "quiet", "GIT_PYTHON_GIT_EXECUTABLE": "/nonexistent/git"}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        with without_processes():
            import git  # noqa: F401  (its __init__ looks for a git to run)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
