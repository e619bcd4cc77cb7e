"""Profile `user`: what the user configured or started by key, without keys and our GIT_*."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from spark_tui.services.processes.child import (
    OUTPUT_CAP,
    Completed,
    StoppedError,
    TooSlowError,
    cannot_start,
    kill,
    run,
)


def user_environment(secret_names: Collection[str] = ()) -> dict[str, str]:
    """The user's environment without keys, without `secret_names` and without any GIT_*."""
    secrets = {name.upper() for name in secret_names}
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in secrets
        and not name.upper().endswith(("_API_KEY", "_API_TOKEN", "_ACCESS_TOKEN"))
        and not name.upper().startswith(("GIT_", "OPENAI_"))
    }


def _check_environment(secret_names: Collection[str]) -> dict[str, str]:
    """The user's environment for a check, in which Python keeps no compiled files.

    It knows a source by its size and the second of its change: of two edits in one second, as
    loops make them, the second would run as the first.
    """
    return {"PYTHONDONTWRITEBYTECODE": "1", **user_environment(secret_names)}


def run_user(
    argv: Sequence[str],
    *,
    cwd: Path,
    feed: bytes = b"",
    timeout: float = 60.0,
    cap: int = OUTPUT_CAP,
    secret_names: Collection[str] = (),
    stop: threading.Event | None = None,
    as_check: bool = False,
) -> Completed:
    """Run what the user configured (a check, a clipboard program) and collect its output.

    With `as_check` Python keeps no compiled files. Setting `stop` ends it. Raises StoppedError
    then, else TooSlowError, TooMuchOutputError, WorktreeError where it can't be started.
    """
    environment = _check_environment(secret_names) if as_check else user_environment(secret_names)
    return run(
        argv, environment, cwd=cwd, feed=feed, timeout=timeout, cap=cap, limited=False, stop=stop
    )


GOES_S = 1.0
"""How long a program that was interrupted may take to end before it is killed, s."""

LINGERS_S = 0.2
"""What a program left running may still print this long after its end, s."""

_LOOK_UP_S = 0.05
_STOP_S = 0.02
_REAP_S = 0.002
_CHUNK = 65_536


def stream_user(
    argv: Sequence[str],
    *,
    cwd: Path,
    told: Callable[[bytes], None],
    stop: threading.Event,
    secret_names: Collection[str] = (),
) -> int:
    """Run what the user typed to its end; its exit status (negative is a signal).

    `told` gets what it prints, both outputs in order, as it comes. It has no input, and no time
    limit: setting `stop` interrupts it as Ctrl+C would, and kills what does not end by that.
    Raises WorktreeError where it can't be started.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=user_environment(secret_names),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise cannot_start(argv[0], error) from error
    assert process.stdout is not None
    ending = _Ending(process, stop)
    try:
        with process.stdout as pipe, selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not ending.over():
                if selector.select(_LOOK_UP_S):
                    chunk = os.read(pipe.fileno(), _CHUNK)
                    if not chunk:
                        break
                    told(chunk)
        while process.poll() is None:
            ending.over()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_UP_S)
    except BaseException:  # whatever it was: nothing of it runs on
        kill(process)
        raise
    return process.returncode


def check_user(
    argv: Sequence[str],
    *,
    cwd: Path,
    told: Callable[[bytes], None],
    stop: threading.Event,
    timeout: float,
    secret_names: Collection[str] = (),
) -> int:
    """Run a check to its end; its exit status (negative is a signal).

    `told` gets what it prints, both outputs in order, as it comes. It has no input. Its whole group
    is killed, without a grace, when `stop` is set or after `timeout` seconds, and what it left
    running when it ends. Raises StoppedError or TooSlowError then, WorktreeError where it can't be
    started.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=_check_environment(secret_names),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise cannot_start(argv[0], error) from error
    assert process.stdout is not None
    deadline = time.monotonic() + timeout
    ended: float | None = None
    try:
        with process.stdout as pipe, selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            open_ = True
            while open_ or not _has_ended(process.pid):
                now = time.monotonic()
                if stop.is_set():
                    raise StoppedError(f"{Path(argv[0]).name} was stopped")
                if _has_ended(process.pid):
                    ended = ended or now
                    if now - ended >= LINGERS_S:
                        break  # what it left running keeps the pipe open
                elif now >= deadline:
                    raise TooSlowError(f"{Path(argv[0]).name} did not finish in time", "try again")
                if not open_:
                    stop.wait(_REAP_S)
                elif selector.select(_STOP_S):
                    chunk = os.read(pipe.fileno(), _CHUNK)
                    open_ = bool(chunk)
                    if chunk:
                        told(chunk)
    finally:
        kill(process)  # it is not reaped yet: the number of its group is still its own
        process.wait()
    return process.returncode


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


class _Ending:
    """How a program comes to its end: by itself, interrupted, killed."""

    def __init__(self, process: subprocess.Popen[bytes], stop: threading.Event) -> None:
        self._process = process
        self._stop = stop
        self._interrupted: float | None = None
        self._ended: float | None = None

    def over(self) -> bool:
        """True once it has ended and what it left running had its time to print."""
        now = time.monotonic()
        if self._process.poll() is not None:
            self._ended = self._ended or now
            return now - self._ended >= LINGERS_S
        if self._stop.is_set() and self._interrupted is None:
            self._interrupted = now
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGINT)
        elif self._interrupted is not None and now - self._interrupted >= GOES_S:
            kill(self._process)
        return False


def feed_user(argv: Sequence[str], *, feed: bytes, timeout: float) -> int:
    """Feed a program that may go on in the background (a clipboard's owner); its exit status.

    Nothing it prints is read: what it leaves running would keep the pipes open. Raises
    TooSlowError, WorktreeError where it can't be started.
    """
    nowhere = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            argv,
            env=user_environment(),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,
        )
    except OSError as error:
        raise cannot_start(argv[0], error) from error
    try:
        process.communicate(feed, timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        process.communicate()
        raise TooSlowError(f"{Path(argv[0]).name} did not finish in time", "try again") from None
    return process.returncode


_USERS_GIT = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_EDITOR", "GIT_CONFIG", "GIT_SSH")
"""Variables by which people say who they are and how their git works, not where it works."""


def attach_user(
    argv: Sequence[str], *, cwd: Path, secret_names: Collection[str] = (), as_git: bool = False
) -> int:
    """Give the terminal to a program (an editor, a shell) until it ends; its exit status.

    With `as_git` it also gets the user's own settings for git; never those that name a
    repository. Keys that interrupt reach it and us alike: they are its business, so we don't end
    by them. Raises WorktreeError where it can't be started.
    """
    environment = user_environment(secret_names)
    if as_git:
        environment |= {n: v for n, v in os.environ.items() if n.startswith(_USERS_GIT)}
    with _without_interrupts():
        try:
            with subprocess.Popen(argv, cwd=cwd, env=environment) as process:
                return process.wait()
        except OSError as error:
            raise cannot_start(argv[0], error) from error


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    # A handler, not SIG_IGN: what is ignored stays ignored in the child.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(n, signal.signal(n, lambda *_: None)) for n in (signal.SIGINT, signal.SIGQUIT)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
