"""A session's git commands: GitPython's command layer over our hardened processes.

GitPython's own `execute` hands our whole environment to git; this subclass replaces it. The import
takes 60 ms: a session does it in the thread of its first apply, a shell command never.
"""

from __future__ import annotations

import functools
import io
import os
from typing import Any

from spark_tui.services.processes import git_program
from spark_tui.services.processes.child import Completed
from spark_tui.services.processes.importing import without_processes
from spark_tui.services.worktree.commands import GitCommands


class GitPythonCommands(GitCommands):
    """The same commands, each a call of GitPython's `Git`: `rev-parse` is its `rev_parse`."""

    def _run(self, args: tuple[str, ...], feed: bytes) -> Completed:
        git = _git_class()(super()._run, self._work_tree or self._git_dir)
        command = getattr(git, args[0].replace("-", "_"))
        status, out, complaint = command(
            *args[1:], istream=io.BytesIO(feed), with_extended_output=True, stdout_as_string=False
        )
        return Completed(status, out, complaint)


@functools.cache
def _git_class() -> Any:
    _import_quietly()
    from git.cmd import Git

    class HardenedGit(Git):
        """Every command becomes one hardened process with an explicit git directory."""

        GIT_PYTHON_GIT_EXECUTABLE = git_program()

        def __init__(self, run: Any, folder: Any) -> None:
            super().__init__(str(folder))
            self._hardened = run

        def execute(self, command: Any, *_: Any, **options: Any) -> Any:
            """Run `command` (GitPython's argv, whose first item is git itself)."""
            done = self._hardened(tuple(map(str, command[1:])), options["istream"].read())
            return done.status, done.out, done.err

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
