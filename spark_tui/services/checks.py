"""Runs the person's post-apply checks: their own programs, without a shell, bounded."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from spark_tui.core.checks import CheckResult, CheckRule, findings
from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes
from spark_tui.services.home import expanded

OUTPUT_CAP = 1024 * 1024
"""Bytes of output after which a check is stopped."""


class UserChecks:
    """Checks in one worktree. `secret_names` are variables their processes must not see."""

    def __init__(
        self, root: Path, rules: Sequence[CheckRule], secret_names: Collection[str] = ()
    ) -> None:
        self.rules = tuple(rules)
        self._root = root
        self._secret_names = tuple(secret_names)

    def run(
        self, rule: CheckRule, paths: Sequence[str], stop: threading.Event
    ) -> CheckResult | None:
        """Run one check on these files and wait; None when `stop` was set meanwhile.

        Never raises: a program that is missing, too slow or too loud is a failed check.
        """
        since = time.monotonic_ns()
        try:
            argv = rule.argv(paths)
            program = processes.find_program(self._program(argv[0]))
            if program is None:
                raise WorktreeError(f"{argv[0]} is not installed")
            done = processes.run_user(
                [program, *argv[1:]],
                cwd=self._root,
                timeout=rule.seconds,
                cap=OUTPUT_CAP,
                secret_names=self._secret_names,
                stop=stop,
            )
        except processes.StoppedError:
            return None
        except WorktreeError as error:
            took = time.monotonic_ns() - since
            return CheckResult(rule.name, False, took, 1, paths[0], shlex.join(argv), error.what)
        took = time.monotonic_ns() - since
        output = (done.out + done.err).decode("utf-8", "replace")
        command = shlex.join(argv)
        if done.status == 0:
            return CheckResult(rule.name, True, took, command=command, output=output)
        count, first = findings(output, paths)
        return CheckResult(rule.name, False, took, count, first, command, output)

    def _program(self, name: str) -> str:
        """A program named by a path is meant from the worktree's root, where it runs."""
        given = expanded(name)
        return str(self._root / given) if "/" in name and not given.is_absolute() else name
