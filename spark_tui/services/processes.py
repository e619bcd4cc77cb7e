"""The only module that starts processes, by profile.

git    nothing inherited: the environment is built from nothing, the program is an absolute path
user   what the user configured or started by key: their environment without keys and our GIT_*
self   this program again (the simulated endpoint); it ends when we do

All functions block: call them in a thread.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spark_tui.core.errors import WorktreeError

OUTPUT_CAP = 16 * 1024 * 1024
_MEMORY_CAP = 4 * 1024 * 1024 * 1024
_CHUNK = 65_536
_LOOK_UP_S = 0.05
_NEVER = threading.Event()  # nobody sets it

_GIT_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
}

_GIT_OVERRIDES = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "sequence.editor=false",
    "core.askPass=",
    "credential.helper=",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.alternateRefsCommand=false",
    "protocol.allow=never",
    "diff.external=",
    "diff.orderFile=/dev/null",
    "diff.autoRefreshIndex=false",
    "diff.ignoreSubmodules=all",
    "submodule.recurse=false",
    "status.submoduleSummary=false",
    "log.showSignature=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gpg.program=false",
    "core.attributesFile=/dev/null",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "safe.bareRepository=explicit",
    "gc.auto=0",
    "maintenance.auto=false",
    "color.ui=false",
    "core.quotePath=true",
    "interactive.diffFilter=cat",
    "core.protectHFS=true",
    "core.protectNTFS=true",
)


_NO_PATHSPECS = ("check-ignore",)  # refuse to run with literal ones


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


# ------------------------------------------------------------------- git


@functools.cache
def git_program() -> str:
    """Absolute path of git, looked up in the absolute folders of PATH. Raises WorktreeError."""
    found = find_program("git")
    if found is not None:
        return found
    raise WorktreeError("git is not installed", "install git, then start again")


def git_environment(*, user_config: bool = False) -> dict[str, str]:
    """The whole environment of a git child, built from nothing.

    With `user_config` the user's own and the system's configuration are read: right for asking
    *what is configured*, never for commands that act on it.
    """
    environment = {"PATH": ":".join(_path_folders()), **_GIT_ENVIRONMENT}
    for name in ("HOME", "XDG_CONFIG_HOME"):
        value = os.environ.get(name, "")
        if value.startswith("/"):
            environment[name] = value
    if user_config:
        for name in ("GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"):
            del environment[name]
    return environment


def git_command(
    args: Sequence[str],
    *,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    config: Sequence[str] = (),
) -> list[str]:
    """The argv of a hardened git call; `config` are further `name=value` overrides."""
    command = [git_program(), "--no-pager", "--no-optional-locks"]
    if args[0] not in _NO_PATHSPECS:
        command.append("--literal-pathspecs")
    if git_dir is not None:
        command.append(f"--git-dir={git_dir}")
    if work_tree is not None:
        command.append(f"--work-tree={work_tree}")
    for pair in (*_GIT_OVERRIDES, *config):
        command += ("-c", pair)
    return [*command, *args]


def run_git(
    args: Sequence[str],
    *,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    feed: bytes = b"",
    timeout: float = 30.0,
    config: Sequence[str] = (),
    cwd: Path | None = None,
    cap: int = OUTPUT_CAP,
    user_config: bool = False,
    extra_environment: dict[str, str] | None = None,
) -> Completed:
    """Run git hardened and wait for it; its exit status is the caller's to judge.

    `git_dir` and `work_tree` are passed to git as absolute paths, so nothing is discovered.
    Raises TooSlowError, TooMuchOutputError, WorktreeError where git can't be started.
    """
    environment = git_environment(user_config=user_config) | (extra_environment or {})
    return _run(
        git_command(args, git_dir=git_dir, work_tree=work_tree, config=config),
        environment,
        cwd=cwd or work_tree or git_dir,
        feed=feed,
        timeout=timeout,
        cap=cap,
        limited=True,
    )


@contextlib.contextmanager
def without_processes() -> Iterator[None]:
    """Import a module in here that starts processes by itself: it finds no way to, ever.

    What it takes as `subprocess.Popen` refuses every call as if no program existed. Other threads
    start theirs meanwhile.
    """
    real, importing = subprocess.Popen, threading.get_ident()
    over = False

    class NoProcess(real):  # type: ignore[valid-type, misc]
        """Popen for somebody else's module."""

        def __init__(self, *args: Any, **named: Any) -> None:
            if over or threading.get_ident() == importing:
                raise FileNotFoundError(errno.ENOENT, "no process is started from here")
            super().__init__(*args, **named)

        def __del__(self, *_: object) -> None:
            if hasattr(self, "returncode"):
                super().__del__()

    subprocess.Popen = NoProcess  # type: ignore[misc]
    try:
        yield
    finally:
        subprocess.Popen = real  # type: ignore[misc]
        over = True


def _path_folders() -> list[str]:
    folders = os.environ.get("PATH", "/usr/bin:/bin").split(":")
    return [folder for folder in folders if folder.startswith("/")] or ["/usr/bin", "/bin"]


# ------------------------------------------------------------------- user


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
    return _run(
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
        raise _cannot_start(argv[0], error) from error
    try:
        process.communicate(feed, timeout)
    except subprocess.TimeoutExpired:
        _kill(process)
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
            raise _cannot_start(argv[0], error) from error


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


def find_program(name: str) -> str | None:
    """Absolute path of a program the user named: by PATH's absolute folders, or by its path."""
    if "/" in name:
        given = Path(name).expanduser().absolute()
        return str(given) if os.access(given, os.X_OK) and given.is_file() else None
    for folder in _path_folders():
        candidate = Path(folder) / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return None


# ------------------------------------------------------------------- self


class OwnProcess:
    """Our program running a second time. It sees the end of a pipe, and so its parent's."""

    def __init__(self, process: subprocess.Popen[bytes], port_fd: int, life_fd: int) -> None:
        self._process = process
        self._port_fd = port_fd
        self._life_fd = life_fd
        self.pid = process.pid

    def read_port(self, timeout: float = 10.0) -> int:
        """The port the child listens on, once it has written it. Raises WorktreeError."""
        line = b""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._port_fd, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    break
                chunk = os.read(self._port_fd, 64)
                if not chunk:
                    break
                line += chunk
        if not line.strip().isdigit():
            raise WorktreeError("the simulated endpoint did not start", "spark-tui sim shows why")
        return int(line)

    def ended(self) -> bool:
        """Whether the child is gone."""
        return self._process.poll() is not None

    def stop(self, timeout: float = 2.0) -> None:
        """End the child: the pipe closes, then SIGKILL for its group. Safe to call twice."""
        for fd in (self._life_fd, self._port_fd):
            if fd >= 0:
                os.close(fd)
        self._life_fd = self._port_fd = -1
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            _kill(self._process)
            self._process.wait()


def spawn_self(args: Sequence[str], *, environment: dict[str, str] | None = None) -> OwnProcess:
    """Start `python -m spark_tui ARGS --port-fd N --parent-fd M` and return at once.

    The child writes its port to the first descriptor and ends at end-of-file on the second.
    """
    port_read, port_write = os.pipe()
    life_read, life_write = os.pipe()
    argv = [sys.executable, "-P", "-m", "spark_tui", *args]
    argv += ["--port-fd", str(port_write), "--parent-fd", str(life_read)]
    package_root = str(Path(__file__).resolve().parent.parent.parent)
    try:
        process = subprocess.Popen(
            argv,
            env={**user_environment(), "PYTHONPATH": package_root, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(port_write, life_read),
            start_new_session=True,
        )
    except OSError as error:
        os.close(port_read)
        os.close(life_write)
        raise _cannot_start(sys.executable, error) from error
    finally:
        os.close(port_write)
        os.close(life_read)
    return OwnProcess(process, port_read, life_write)


# ------------------------------------------------------------------- all of them


def _run(
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
        raise _cannot_start(argv[0], error) from error
    with process:
        if limited:
            _limit(process.pid, timeout)
        try:
            out, err = _exchange(
                process, feed, time.monotonic() + timeout, cap, argv[0], stop or _NEVER
            )
        except BaseException:
            _kill(process)
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


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _cannot_start(program: str, error: OSError) -> WorktreeError:
    reason = (error.strerror or "unknown error").lower()
    return WorktreeError(f"cannot start {Path(program).name}: {reason}", "check that it is there")
