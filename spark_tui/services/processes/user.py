"""Profile `user`: what the user configured or started by key, without keys and our GIT_*."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from spark_tui.services.processes.child import (
    OUTPUT_CAP,
    Completed,
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


def run_user(
    argv: Sequence[str],
    *,
    cwd: Path,
    feed: bytes = b"",
    timeout: float = 60.0,
    cap: int = OUTPUT_CAP,
    secret_names: Collection[str] = (),
    stop: threading.Event | None = None,
) -> Completed:
    """Run what the user configured (a check, a clipboard program) and collect its output.

    Setting `stop` ends it. Raises StoppedError then, else TooSlowError, TooMuchOutputError,
    WorktreeError where it can't be started.
    """
    environment = user_environment(secret_names)
    return run(
        argv, environment, cwd=cwd, feed=feed, timeout=timeout, cap=cap, limited=False, stop=stop
    )


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
