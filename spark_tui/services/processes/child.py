"""Starting a child of any profile and waiting for it, with time, memory and output bounded."""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import WorktreeError
from spark_tui.services.home import expanded

OUTPUT_CAP = 16 * 1024 * 1024
"""Bytes of output that are read from a child."""

_MEMORY_CAP = 4 * 1024 * 1024 * 1024
_CHUNK = 65_536
_LOOK_UP_S = 0.05
_NEVER = threading.Event()  # nobody sets it


@dataclass(frozen=True, slots=True)
class Completed:
    """What a finished process left: exit status (negative is a signal) and its output."""

    status: int
    out: bytes
    err: bytes

    @property
    def complaint(self) -> str:
        """The first line of stderr, printable, without git's `fatal: `."""
        first = self.err.decode("utf-8", "replace").strip().split("\n", 1)[0]
        line = "".join(c if c.isprintable() else "�" for c in first)
        return line.removeprefix("fatal: ").removeprefix("error: ")


class TooSlowError(WorktreeError):
    """A process ran into its time limit and was killed with its group."""


class StoppedError(WorktreeError):
    """A process was not wanted any more and was killed with its group."""


class TooMuchOutputError(WorktreeError):
    """A process wrote more than the cap and was killed with its group."""


def path_folders() -> list[str]:
    """The absolute folders of PATH, in order; the system's own where there are none."""
    folders = os.environ.get("PATH", "/usr/bin:/bin").split(":")
    return [folder for folder in folders if folder.startswith("/")] or ["/usr/bin", "/bin"]


def find_program(name: str) -> str | None:
    """Absolute path of a program the user named: by PATH's absolute folders, or by its path."""
    if "/" in name:
        given = expanded(name).absolute()
        return str(given) if os.access(given, os.X_OK) and given.is_file() else None
    for folder in path_folders():
        candidate = Path(folder) / name
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return str(candidate)
    return None


def run(
    argv: Sequence[str],
    environment: dict[str, str],
    *,
    cwd: Path | None,
    feed: bytes,
    timeout: float,
    cap: int,
    limited: bool,
    stop: threading.Event | None = None,
) -> Completed:
    """Run `argv` in its own group to its end; `limited` bounds its memory and CPU time too.

    Seconds and bytes. Raises TooSlowError, TooMuchOutputError, StoppedError (`stop` was set) after
    killing the group, WorktreeError where it can't be started.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise cannot_start(argv[0], error) from error
    with process:
        if limited:
            _limit(process.pid, timeout)
        try:
            out, err = _exchange(
                process, feed, time.monotonic() + timeout, cap, argv[0], stop or _NEVER
            )
        except BaseException:  # whatever it was: nothing of it runs on
            kill(process)
            raise
        return Completed(process.returncode, out, err)


def _limit(pid: int, timeout: float) -> None:
    # The heap is limited, not the address space: packs are mapped and may be larger than that.
    # Set from outside: a function between fork and exec would forbid vfork and is unsafe with
    # threads. A child that is already gone needs no limit.
    if sys.platform != "linux":
        return
    seconds = int(timeout) + 1
    with contextlib.suppress(OSError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (_MEMORY_CAP, _MEMORY_CAP))
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def _exchange(
    process: subprocess.Popen[bytes],
    feed: bytes,
    deadline: float,
    cap: int,
    name: str,
    stop: threading.Event,
) -> tuple[bytes, bytes]:
    """Feed stdin and drain both outputs until all pipes end, then wait."""
    longest = None if stop is _NEVER else _LOOK_UP_S
    kept: dict[int, bytearray] = {}
    pending = memoryview(feed)
    program = Path(name).name
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                kept[pipe.fileno()] = bytearray()
                selector.register(pipe, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            left = max(0.0, deadline - time.monotonic())
            ready = selector.select(left if longest is None else min(left, longest))
            if stop.is_set():
                raise StoppedError(f"{program} was stopped")
            if not ready and time.monotonic() < deadline:
                continue
            if not ready:
                raise TooSlowError(f"{program} did not finish in time", "try again")
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    pending = _feed(key.fd, pending)
                    if not pending:
                        selector.unregister(key.fileobj)
                        with contextlib.suppress(BrokenPipeError):
                            process.stdin.close()
                    continue
                chunk = os.read(key.fd, _CHUNK)
                kept[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fileobj)
                if len(kept[key.fd]) > cap:
                    raise TooMuchOutputError(
                        f"{program} wrote more than {cap // 2**20} MB", "nothing was changed"
                    )
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise TooSlowError(f"{program} did not finish in time", "try again") from error
    out, err = kept.values()
    return bytes(out), bytes(err)


def _feed(fd: int, pending: memoryview) -> memoryview:
    try:
        return pending[os.write(fd, pending[:_CHUNK]) :]
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        return pending[:0]


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a child and its group at once; one that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def cannot_start(program: str, error: OSError) -> WorktreeError:
    """The error a person reads when a program did not start."""
    reason = (error.strerror or "unknown error").lower()
    return WorktreeError(f"cannot start {Path(program).name}: {reason}", "check that it is there")
