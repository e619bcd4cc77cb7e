"""What a machine may be like when a command is started: one object for each condition."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fault_sweep.invocations import SOURCE

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main")


@dataclass
class Machine:
    """Where a command runs: a folder of its own with a repository, a home and an environment."""

    base: Path
    cwd: Path
    environment: dict[str, str]
    before: Callable[[], None] | None = None
    """Called in the child before the program starts."""
    stdout: str = ""
    """A file that takes stdout, "" for a pipe."""
    closed: tuple[int, ...] = ()
    """Descriptors the program is started without."""
    reader_gone: bool = False
    """Nobody reads what is written to stdout."""
    prefix: tuple[str, ...] = ()
    """Words before the program's own."""

    @property
    def home(self) -> Path:
        """The person's home folder."""
        return Path(self.environment["HOME"])


def machine(base: Path, name: str = "code") -> Machine:
    """An ordinary machine: a committed repository, an empty home."""
    home = base / "home"
    home.mkdir(parents=True)
    keep = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LANG") if key in os.environ}
    environment = {**keep, "HOME": str(home), "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return Machine(base, commit(base / name, {"calc.py": SOURCE}), environment)


def commit(root: Path, files: dict[str, bytes]) -> Path:
    """A repository with these files committed."""
    root.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    for args in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "start")):
        subprocess.run(["git", *IDENTITY, *args], cwd=root, check=True, capture_output=True)
    return root


@dataclass(frozen=True)
class Condition:
    """One condition: `make` changes a machine; it may say by which name the repository goes."""

    name: str
    make: Callable[[Machine], None]
    folder: str = "code"
    statuses: tuple[int, ...] = (0, 1, 2)
    quiet: bool = field(default=False)
    """Nothing can be said: there is nowhere to say it."""
    wide: bool = field(default=False)
    """The output's letters are of two bytes."""


@contextlib.contextmanager
def prepared(condition: Condition, base: Path) -> Iterator[Machine]:
    """The machine in this condition; what it needed is taken away afterwards."""
    made = machine(base, condition.folder)
    try:
        condition.make(made)
        yield made
    finally:
        for folder, _, _ in os.walk(base):
            with contextlib.suppress(OSError):
                Path(folder).chmod(0o700)
        shutil.rmtree(base, ignore_errors=True)


def _set(**values: str) -> Callable[[Machine], None]:
    return lambda made: made.environment.update(values)


def _unset(*names: str) -> Callable[[Machine], None]:
    def make(made: Machine) -> None:
        for name in names:
            made.environment.pop(name, None)

    return make


def _file_in_the_way(variable: str) -> Callable[[Machine], None]:
    def make(made: Machine) -> None:
        (made.base / "file").write_bytes(b"")
        made.environment[variable] = str(made.base / "file" / "x")

    return make


def _file_at(variable: str, name: str) -> Callable[[Machine], None]:
    """A file where the program's own folder of `name` would be."""

    def make(made: Machine) -> None:
        place = made.base / "xdg" / "spark-tui" / name
        place.parent.mkdir(parents=True)
        place.write_bytes(b"")
        made.environment[variable] = str(made.base / "xdg")

    return make


def _folder_at(variable: str, name: str) -> Callable[[Machine], None]:
    """A folder where the program has a file of its own."""

    def make(made: Machine) -> None:
        (made.base / "xdg" / "spark-tui" / name).mkdir(parents=True)
        made.environment[variable] = str(made.base / "xdg")

    return make


_NO_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""Root without its rights over files: for others the words change nothing."""


def _drop(made: Machine) -> None:
    if os.getuid() == 0:
        made.prefix = _NO_RIGHTS


def _another_users(variable: str) -> Callable[[Machine], None]:
    def make(made: Machine) -> None:
        theirs = made.base / "theirs"
        (theirs / "spark-tui").mkdir(parents=True)
        made.environment[variable] = str(theirs)
        theirs.chmod(0)
        if os.getuid() == 0:
            os.chown(theirs, 1234, 1234)
        _drop(made)

    return make


def _read_only_home(made: Machine) -> None:
    made.home.chmod(0o500)
    _drop(made)


def _read_only_tree(made: Machine) -> None:
    made.cwd.chmod(0o500)
    _drop(made)


def _config(data: bytes, name: str = "config.toml") -> Callable[[Machine], None]:
    def make(made: Machine) -> None:
        folder = made.home / ".config" / "spark-tui"
        _written(folder / name, data)

    return make


def _project(data: bytes) -> Callable[[Machine], None]:
    return lambda made: _written(made.cwd / ".spark.toml", data)


def _written(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _small_files(made: Machine) -> None:
    """No file grows: what a full disk does to a writer, without a disk."""
    made.before = _limit_files


def _limit_files() -> None:
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _few_descriptors(made: Machine) -> None:
    made.before = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))


def _stdout(file: str) -> Callable[[Machine], None]:
    def make(made: Machine) -> None:
        made.stdout = file

    return make


def _closed(*descriptors: int) -> Callable[[Machine], None]:
    def make(made: Machine) -> None:
        made.closed = descriptors

    return make


def _reader_gone(made: Machine) -> None:
    made.reader_gone = True


def _no_git(made: Machine) -> None:
    (made.base / "empty").mkdir()
    made.environment["PATH"] = str(made.base / "empty")


def _git_fails(made: Machine) -> None:
    tool = made.base / "bin" / "git"
    _written(tool, b"#!/bin/sh\necho broken >&2\nexit 3\n")
    tool.chmod(0o700)
    made.environment["PATH"] = f"{tool.parent}:{made.environment['PATH']}"


def _bare(made: Machine) -> None:
    made.cwd = made.base / "bare"
    subprocess.run(["git", *IDENTITY, "init", "-q", "--bare", str(made.cwd)], check=True)


def _no_repository(made: Machine) -> None:
    made.cwd = made.base / "none"
    made.cwd.mkdir()
    made.environment["GIT_CEILING_DIRECTORIES"] = str(made.base)


def _gone_folder(made: Machine) -> None:
    gone = made.base / "gone"
    gone.mkdir()
    made.cwd = gone
    made.before = gone.rmdir


def _odd_names(made: Machine) -> None:
    commit(made.cwd, {"a\nb\x1b]0;x\x07\u202e.py": SOURCE, "c\x9b2J.py": SOURCE})
    with contextlib.suppress(OSError):
        (Path(os.fsdecode(os.fsencode(made.cwd) + b"/d\xff.py"))).write_bytes(SOURCE)


def _broken_repository(made: Machine) -> None:
    _written(made.cwd / ".git" / "HEAD", b"\0nonsense")


def _broken_index(made: Machine) -> None:
    _written(made.cwd / ".git" / "index", b"\0nonsense")


def _broken_state(made: Machine) -> None:
    """Every file of the state folder that the program reads, damaged."""
    journals = made.home / ".local" / "state" / "spark-tui"
    from spark_tui.services.worktree.filing import state_name

    folder = journals / "journals" / state_name(made.cwd.resolve())
    _written(folder / "entries" / "000001.entry", b"\0{not json")
    _written(folder / "entries" / "000002.intent", b"\0{not json")
    for name in ("history", "history.jsonl", "spend.log", "refused.jsonl", "learnt.json"):
        _written(journals / name, b"\0\xff[[[")
    _written(journals / "traces" / "x.jsonl", b"\0\xff[[[")


CONDITIONS = (
    Condition("ordinary", lambda _: None),
    # ---- what the output can say
    Condition("C locale, ASCII", _set(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")),
    Condition("output in ASCII", _set(PYTHONIOENCODING="ascii")),
    Condition("output in ASCII, strict", _set(PYTHONIOENCODING="ascii:strict")),
    Condition("output in Latin-1", _set(PYTHONIOENCODING="latin-1")),
    Condition("output in a Japanese set", _set(PYTHONIOENCODING="shift_jis")),
    Condition("output in UTF-16", _set(PYTHONIOENCODING="utf-16"), wide=True),
    Condition("a locale that is not there", _set(LC_ALL="xx_XX.nope", LANG="nope")),
    Condition("a Turkish locale", _set(LC_ALL="tr_TR.UTF-8", LANG="tr_TR")),
    # ---- where output goes
    Condition("stdout is full", _stdout("/dev/full")),
    Condition("stdout has no reader", _reader_gone, statuses=(0, 1, 2, 141)),
    Condition("stdin closed", _closed(0)),
    Condition("stdout closed", _closed(1)),
    Condition("stderr closed", _closed(2), quiet=True),
    Condition("stdout and stderr closed", _closed(1, 2), quiet=True),
    Condition("all three closed", _closed(0, 1, 2), quiet=True),
    # ---- the state folder and the home
    Condition("a file above the state", _file_in_the_way("XDG_STATE_HOME")),
    Condition("a file as the state", _file_at("XDG_STATE_HOME", "")),
    Condition("a file as journals", _file_at("XDG_STATE_HOME", "journals")),
    Condition("a file as sessions", _file_at("XDG_STATE_HOME", "sessions")),
    Condition("a file as traces", _file_at("XDG_STATE_HOME", "traces")),
    Condition("a file as index", _file_at("XDG_STATE_HOME", "index")),
    Condition("state of another user", _another_users("XDG_STATE_HOME")),
    Condition("configuration of another user", _another_users("XDG_CONFIG_HOME")),
    Condition("a file above the configuration", _file_in_the_way("XDG_CONFIG_HOME")),
    Condition("a folder as config.toml", _folder_at("XDG_CONFIG_HOME", "config.toml")),
    Condition("a folder as keys.toml", _folder_at("XDG_CONFIG_HOME", "keys.toml")),
    Condition("a folder as trusted", _folder_at("XDG_CONFIG_HOME", "trusted")),
    Condition("read-only home", _read_only_home),
    Condition("read-only worktree", _read_only_tree),
    Condition("no HOME", _unset("HOME")),
    Condition("empty HOME", _set(HOME="")),
    Condition("relative HOME", _set(HOME="home")),
    Condition("HOME is not there", _set(HOME="/nonexistent/home")),
    Condition("relative XDG folders", _set(XDG_STATE_HOME="state", XDG_CONFIG_HOME="config")),
    Condition("XDG folders with line feeds", _set(XDG_STATE_HOME="/tmp/a\nb\x1b[31m")),
    Condition("damaged state", _broken_state),
    # ---- what files hold
    Condition("config.toml is no TOML", _config(b"[[[\n= \xe2\x80\xae")),
    Condition("config.toml is no UTF-8", _config(b"theme = '\xff\xfe'\n")),
    Condition("config.toml of odd keys", _config(b'"a\\u001b]0;x\\u0007" = 1\nspend = "x"\n')),
    Condition("keys.toml is no TOML", _config(b"[[[", "keys.toml")),
    Condition("trusted is nonsense", _config(b"\0\xff\n", "trusted")),
    Condition("a theme is no TOML", _config(b"[[[", "themes/x.toml")),
    Condition("a theme is no UTF-8", _config(b"\xff", "themes/x.toml")),
    Condition("a project's file is no TOML", _project(b"[[[")),
    Condition("a project's file is deep", _project(b"a = " + b"[" * 50_000)),
    # ---- names and folders
    Condition("a line feed in the folder's name", lambda _: None, folder="a\nb"),
    Condition("control characters in it", lambda _: None, folder="a\x1b]0;x\x07\x9b2J\u202e"),
    Condition("bytes that are no UTF-8 in it", lambda _: None, folder="a\udcff"),
    Condition("odd names of files", _odd_names),
    Condition("the folder is gone", _gone_folder),
    # ---- git
    Condition("no git", _no_git),
    Condition("git fails", _git_fails),
    Condition("a bare repository", _bare),
    Condition("not a repository", _no_repository),
    Condition("a damaged repository", _broken_repository),
    Condition("a damaged index", _broken_index),
    # ---- room
    Condition("no file grows", _small_files),
    Condition("few descriptors", _few_descriptors),
)
