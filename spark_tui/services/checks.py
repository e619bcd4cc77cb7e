"""Runs the person's post-apply checks: their own programs, without a shell, bounded."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shlex
import threading
import time
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from spark_tui.core.checks import CheckResult, CheckRule, DeclaredCheck, FinishedCheck, findings
from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes
from spark_tui.services.home import expanded
from spark_tui.services.plain_files import read_plain, write_private

OUTPUT_CAP = 1024 * 1024
"""Bytes of output after which a check is stopped."""

HEAD, TAIL = 256 * 1024, 1024 * 1024
"""Bytes from both ends of an output that are read."""

WHOLE_CAP = 64 * 1024 * 1024
"""Bytes of an output that are kept on disk."""

REPORT_CAP = 16 * 1024 * 1024
"""Bytes of a JUnit report that are read."""

CHOSEN = "chosen.json"
"""The checks that the person chose from what the project declares, beside their outputs."""

CHOSEN_MOST = 64 * 1024
ROOT_MOST = 2_000
"""Names at the root of a project that are looked at."""

CUT = "\n… cut here …\n"
"""Stands in an output where its middle was."""


def _splits(run: str) -> bool:
    try:
        return bool(shlex.split(run))
    except ValueError:
        return False


class UserChecks:
    """Checks in one worktree. `secret_names` are variables their processes must not see.

    The whole text of a check's newest run is kept below `keep`, readable by the person only;
    without a folder it is not. Without `rules` those that were chosen here before count.
    """

    def __init__(
        self,
        root: Path,
        rules: Sequence[CheckRule],
        secret_names: Collection[str] = (),
        keep: Path | None = None,
    ) -> None:
        self._root = root
        self._secret_names = tuple(secret_names)
        self._keep = keep
        self.rules = tuple(rules) or self._chosen()

    def declared(self) -> tuple[DeclaredCheck, ...]:
        """What the project itself declares, from the files at its root. Blocks, never raises."""
        from spark_tui.core.green.declared import MOST_TEXT, ROOT_FILES, declared_checks

        names: set[str] = set()
        texts: dict[str, str] = {}
        with contextlib.suppress(OSError), os.scandir(self._root) as entries:
            for entry in itertools.islice(entries, ROOT_MOST):
                folder = entry.is_dir(follow_symlinks=False)
                names.add(f"{entry.name}/" if folder else entry.name)
        for name in names.intersection(ROOT_FILES):
            with contextlib.suppress(OSError):
                data = read_plain(self._root / name, MOST_TEXT, links=False, cut=True)
                texts[name] = data.decode("utf-8", "replace")
        return declared_checks(texts, frozenset(names))

    def choose(self, check: DeclaredCheck) -> CheckRule:
        """Have this check from here on, in later sessions of this worktree too. Blocks.

        Raises OSError where it can't be remembered; it counts for this session all the same.
        """
        rule = CheckRule(shlex.join(check.argv))
        self.rules = (*(one for one in self.rules if one.run != rule.run), rule)
        if self._keep is not None:
            write_private(self._keep / CHOSEN, json.dumps([rule.run]).encode())
        return rule

    def _chosen(self) -> tuple[CheckRule, ...]:
        """The checks that were chosen in earlier sessions."""
        if self._keep is None:
            return ()
        try:
            found = json.loads(read_plain(self._keep / CHOSEN, CHOSEN_MOST, links=False))
        except (OSError, ValueError, RecursionError):
            return ()
        runs = found if isinstance(found, list) else []
        return tuple(CheckRule(run) for run in runs if isinstance(run, str) and _splits(run))

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
                as_check=True,
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
            return CheckResult(rule.name, True, took, command=command, output=output, status=0)
        count, first = findings(output, paths)
        return CheckResult(rule.name, False, took, count, first, command, output, done.status)

    def run_whole(
        self,
        rule: CheckRule,
        paths: Sequence[str],
        stop: threading.Event,
        *,
        quick: bool = False,
        seconds: float | None = None,
        told: Callable[[str], None] = lambda _text: None,
    ) -> FinishedCheck | None:
        """Run the command of one check to its end and keep what it printed; None when stopped.

        With `quick` its shorter command; `seconds` bounds it where that is less than its own limit.
        `told` gets what it prints as it comes. Never raises: what did not start is a problem.
        """
        argv = rule.quick_argv(paths) if quick else rule.argv(paths)
        limit = min(rule.seconds, seconds) if seconds is not None else rule.seconds
        report = self._root / rule.report if rule.report and not quick else None
        before = _changed_at(report)
        ring = _Ring(self._keep / f"{rule.name}.txt" if self._keep is not None else None)
        decode = getincrementaldecoder("utf-8")("replace").decode

        def heard(chunk: bytes) -> None:
            ring.add(chunk)
            told(decode(chunk))

        since = time.monotonic_ns()
        status, problem, started = None, "", False
        try:
            program = processes.find_program(self._program(argv[0]))
            if program is None:
                raise WorktreeError(f"{argv[0]} is not installed")
            started = True
            status = processes.check_user(
                [program, *argv[1:]],
                cwd=self._root,
                told=heard,
                stop=stop,
                timeout=max(0.1, limit),
                secret_names=self._secret_names,
            )
        except processes.StoppedError:
            return None
        except processes.TooSlowError as error:
            problem = error.what
        except WorktreeError as error:
            problem, started = error.what, False
        finally:
            place = ring.close()
        took = time.monotonic_ns() - since
        junit = _report(report) if report is not None and _changed_at(report) != before else None
        return FinishedCheck(
            tuple(argv), status, took, ring.text(), problem, place, junit, started=started
        )

    def _program(self, name: str) -> str:
        """A program named by a path is meant from the worktree's root, where it runs."""
        given = expanded(name)
        return str(self._root / given) if "/" in name and not given.is_absolute() else name


class _Ring:
    """Head and tail of an output in memory, and all of it in a file."""

    def __init__(self, place: Path | None) -> None:
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._size = 0
        self._cut = False
        self._written = 0
        self._place = ""
        self._file: int | None = None
        if place is not None:
            with contextlib.suppress(OSError):
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                fresh = place.with_name(f".{place.name}.new")
                fresh.unlink(missing_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
                self._file = os.open(fresh, flags, 0o600)
                fresh.rename(place)
                self._place = str(place)

    def add(self, chunk: bytes) -> None:
        """Take what was printed."""
        self._save(chunk)
        room = HEAD - len(self._head)
        self._head += chunk[:room]
        rest = chunk[room:] if room > 0 else chunk
        if rest:
            self._tail.append(rest)
            self._size += len(rest)
        while self._tail and self._size - len(self._tail[0]) >= TAIL:
            self._size -= len(self._tail.popleft())
            self._cut = True

    def _save(self, chunk: bytes) -> None:
        if self._file is None or self._written >= WHOLE_CAP:
            return
        try:
            self._written += os.write(self._file, chunk[: WHOLE_CAP - self._written])
        except OSError:
            self._written = WHOLE_CAP  # a full disk is no reason to stop a check

    def text(self) -> str:
        """What is kept of it, as text."""
        tail = b"".join(self._tail)
        if not self._cut:
            return (bytes(self._head) + tail).decode("utf-8", "replace")
        head = bytes(self._head).decode("utf-8", "replace")
        return head + CUT + tail[-TAIL:].decode("utf-8", "replace")

    def close(self) -> str:
        """No more comes; where all of it is, "" where it is not kept."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        return self._place


def _changed_at(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        status = path.lstat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)


def _report(path: Path) -> str | None:
    """The text of a report, None where it is no plain file of a sensible size."""
    try:
        return read_plain(path, REPORT_CAP, links=False).decode("utf-8", "replace")
    except OSError:
        return None
