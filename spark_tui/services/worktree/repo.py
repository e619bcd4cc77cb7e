"""The user's repository, seen through git that runs nothing of the repository's owner.

Every call has a built environment, overrides for whatever could start a program, and an explicit
git directory and work tree. Filter, diff and merge drivers that a repository names are disarmed
one by one (gitattributes(5), git-config(1)).
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.edits.guard import shown
from spark_tui.core.errors import WorktreeError
from spark_tui.core.tree import ChangedFile, Tree
from spark_tui.services.home import expanded
from spark_tui.services.plain_files import is_folder, is_there
from spark_tui.services.processes import Completed, TooSlowError, run_git
from spark_tui.services.worktree.disk import is_temp

CONFIG_SECONDS = 5.0
"""What git may take to read its configuration: what is slower waits for something."""

_MOST_OVERRIDES = 500_000
"""Characters of environment that every system lets a child have."""

_COUNTED_BYTES = 1_000_000
_COUNTED_FILES = 200
_HARMLESS_KEYS = ("core.excludesfile", "core.autocrlf", "core.eol", "core.ignorecase")
_DRIVER_KEYS = {
    "filter": (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")),
    "diff": (("command", ""), ("textconv", "")),
    "merge": (("driver", ""),),
}


@dataclass(frozen=True, slots=True)
class Repository:
    """One worktree and the git directory it belongs to, both absolute and resolved."""

    root: Path
    git_dir: Path
    _cache: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    _stop: list[threading.Event] = field(
        default_factory=lambda: [threading.Event()], repr=False, compare=False
    )

    def git(
        self,
        *args: str,
        feed: bytes = b"",
        timeout: float = 30.0,
        environment: dict[str, str] | None = None,
        may_stop: bool = False,
    ) -> Completed:
        """Run a hardened git command in this worktree; the status is the caller's to judge.

        Commands that read file contents need `environment=repo.disarmed()`. With `may_stop`
        `stop_reading` ends it, which raises StoppedError.
        """
        return run_git(
            args,
            git_dir=self.git_dir,
            work_tree=self.root,
            feed=feed,
            timeout=timeout,
            config=self._user_settings(),
            extra_environment=environment,
            stop=self._stop[0] if may_stop else None,
        )

    @property
    def config_file(self) -> Path:
        """The repository's configuration; of a linked worktree that of the main one."""
        common = self.git_dir / "commondir"
        try:
            shared = self.git_dir / common.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            shared = self.git_dir
        return Path(os.path.normpath(shared)) / "config"

    def stop_reading(self, *, for_good: bool = False) -> None:
        """Kill the commands that run now and may be stopped; `for_good`: those to come, too."""
        stop = self._stop[0]
        if not for_good:
            self._stop[0] = threading.Event()
        stop.set()

    def output(
        self, *args: str, environment: dict[str, str] | None = None, may_stop: bool = False
    ) -> bytes:
        """The output of a command that must succeed. Raises WorktreeError with git's words."""
        done = self.git(*args, environment=environment, may_stop=may_stop)
        if done.status != 0:
            raise WorktreeError(f"git {args[0]}: {done.complaint}", "git fsck looks deeper")
        return done.out

    def _user_settings(self) -> tuple[str, ...]:
        """Harmless settings of the user's own configuration, as overrides."""
        if "settings" not in self._cache:
            done = run_git(["config", "--global", "--list", "-z"], user_config=True, timeout=5.0)
            pairs = (
                item.partition("\n") for item in done.out.decode("utf-8", "replace").split("\0")
            )
            self._cache["settings"] = tuple(
                f"{key}={_expanded(value)}" for key, _, value in pairs if key in _HARMLESS_KEYS
            )
        return self._cache["settings"]

    def disarmed(self) -> dict[str, str]:
        """Overrides for each driver the repository configures, exact for any driver name.

        Raises WorktreeError, which names the configuration, where it stops git.
        """
        config = _shown(self.config_file)
        try:
            done = run_git(
                ["config", "--list", "-z", "--name-only"],
                git_dir=self.git_dir,
                work_tree=self.root,
                timeout=CONFIG_SECONDS,
            )
        except TooSlowError:
            what = f"git did not finish reading {config}"
            raise WorktreeError(what, "repair it, or what it includes") from None
        if done.status != 0:
            raise WorktreeError(f"git config: {done.complaint}", f"repair {config}")
        overrides = as_config_environment(_overrides(done.out.decode("utf-8", "surrogateescape")))
        if sum(len(name) + len(value) for name, value in overrides.items()) > _MOST_OVERRIDES:
            what = f"{config} names more drivers than can be switched off"
            raise WorktreeError(what, "take filters out of it")
        return overrides


def _two_paths(told: str, start: Path) -> tuple[str, str]:
    """The git directory and the root that git told, one a line; either may have line feeds."""
    if told.count("\n") == 1:
        git_dir, _, root = told.partition("\n")
        return git_dir, root
    done = run_git(["rev-parse", "--show-toplevel"], cwd=start, user_config=True, timeout=10.0)
    root = os.fsdecode(done.out).removesuffix("\n")
    return told.removesuffix(f"\n{root}"), root


def no_folder() -> WorktreeError:
    """The error where the folder that the program stands in was removed."""
    return WorktreeError("the folder this runs in is gone", "cd into one that is there")


def find_repository(path: Path) -> Repository:
    """The worktree that holds `path` (a folder or a file).

    Raises WorktreeError: no worktree, a bare repository, or git refuses (another owner).
    """
    try:
        path = path.absolute()
    except FileNotFoundError:
        raise no_folder() from None
    start = path if is_folder(path) else path.parent
    if not is_folder(start) or not is_there(path):
        raise WorktreeError(f"{_shown(path)} does not exist", "name a folder inside a git worktree")
    try:
        done = run_git(
            ["rev-parse", "--is-inside-work-tree", "--absolute-git-dir", "--show-toplevel"],
            cwd=start,
            user_config=True,
            timeout=2 * CONFIG_SECONDS,
        )
    except TooSlowError:
        what = f"git did not finish reading the configuration of {_shown(start)}"
        raise WorktreeError(what, "repair its .git/config, or what that includes") from None
    if done.status != 0:
        raise _refusal(start, done)
    inside, _, places = os.fsdecode(done.out).removesuffix("\n").partition("\n")
    git_dir, root = _two_paths(places, start)
    if inside != "true":
        raise _no_files()
    found = Repository(Path(root).resolve(), Path(git_dir).resolve())
    # `core.worktree` of a foreign repository may name any folder, our home included.
    if not start.resolve().is_relative_to(found.root) or not os.path.lexists(found.root / ".git"):
        raise WorktreeError(
            f"{_shown(start)} names another folder as its worktree", "cd into that one"
        )
    return found


def _refusal(start: Path, done: Completed) -> WorktreeError:
    complaint = done.err.decode("utf-8", "replace")
    if "dubious ownership" in complaint:
        return WorktreeError(
            f"git refuses {_shown(start)}: it belongs to another user",
            f"if you trust it: git config --global --add safe.directory {_shown(start)}",
        )
    if "must be run in a work tree" in complaint or "bare repository" in complaint:
        return _no_files()
    if "not a git repository" in complaint:
        return WorktreeError(
            f"{_shown(start)} is not in a git worktree", "cd into one, or: spark-tui demo"
        )
    return WorktreeError(f"git refuses {_shown(start)}: {done.complaint}", "git status says more")


def _shown(path: Path) -> str:
    return shown(str(path), 200)


def _no_files() -> WorktreeError:
    return WorktreeError("this repository has no files to edit", "cd into a worktree of it")


def _expanded(value: str) -> str:
    return str(expanded(value)) if value.startswith("~/") else value


def _overrides(names: str) -> dict[str, str]:
    overrides: dict[str, str] = {}
    for name in names.split("\0"):
        section, _, rest = name.partition(".")
        driver, dot, _ = rest.rpartition(".")
        if dot and section in _DRIVER_KEYS:
            for key, value in _DRIVER_KEYS[section]:
                overrides[f"{section}.{driver}.{key}"] = value
    return overrides


def as_config_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as GIT_CONFIG_COUNT variables: unlike `-c`, a name may hold `=`."""
    environment = {"GIT_CONFIG_COUNT": str(len(settings))} if settings else {}
    for number, (name, value) in enumerate(settings.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = name
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


# ------------------------------------------------------------------- what is in it


def list_paths(repo: Repository) -> tuple[str, ...]:
    """Tracked and untracked, not ignored, files in sorted order; no links, no submodules.

    Files a sparse checkout leaves out and names that are no UTF-8 are not listed.
    """
    listing = repo.output(
        "ls-files", "-z", "-t", "--stage", "-c", "-o", "--exclude-standard", may_stop=True
    )
    return tuple(sorted(set(_listed(listing.split(b"\0")))))


def _listed(items: Iterable[bytes]) -> Iterable[str]:
    for item in items:
        tag, raw = item[:2], item[2:]
        if tag in (b"H ", b"M ", b"R ", b"C "):
            if not raw.startswith(b"100"):
                continue
            raw = raw.partition(b"\t")[2]
        elif tag != b"? " or raw.endswith(b"/") or is_temp(os.fsdecode(raw.rpartition(b"/")[2])):
            continue
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError:
            continue


def read_tree(repo: Repository) -> Tree:
    """Branch and files that differ from HEAD, with lines added and removed."""
    environment = repo.disarmed()
    status = repo.output(
        "status",
        "--porcelain=v2",
        "-z",
        "--branch",
        "--no-renames",
        "--untracked-files=all",
        "--ignore-submodules=all",
        may_stop=True,
        environment=environment,
    )
    oid, head, letters = _status(status)
    unborn = oid == "(initial)"
    counts = {} if unborn or not letters else _numstat(repo, environment)
    budget = _COUNTED_FILES
    changed = []
    for path, letter in sorted(letters.items()):
        if path in counts:
            added, removed = counts[path]
        else:
            added, removed = (_lines_of(repo.root, path) if budget > 0 else 0), 0
            budget -= 1
        changed.append(ChangedFile(path, added, removed, letter))
    branch = oid[:9] if head == "(detached)" else head
    return Tree(repo.root.name, branch, tuple(changed), unborn)


def _status(output: bytes) -> tuple[str, str, dict[str, str]]:
    oid = head = ""
    letters: dict[str, str] = {}
    for item in output.decode("utf-8", "replace").split("\0"):
        if item.startswith("# branch.oid "):
            oid = item.removeprefix("# branch.oid ")
        elif item.startswith("# branch.head "):
            head = item.removeprefix("# branch.head ")
        elif item.startswith("? "):
            if not is_temp(item[2:].rpartition("/")[2]):
                letters[item[2:].removesuffix("/")] = "?"
        elif item.startswith("1 "):
            _, code, *_, path = item.split(" ", 8)
            letters[path] = code[1] if code[1] != "." else code[0]
        elif item.startswith("u "):
            letters[item.split(" ", 10)[-1]] = "U"
    return oid, head, letters


def _numstat(repo: Repository, environment: dict[str, str]) -> dict[str, tuple[int, int]]:
    output = repo.output(
        "diff",
        "--numstat",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--ignore-submodules=all",
        "HEAD",
        "--",
        may_stop=True,
        environment=environment,
    )
    counts = {}
    for item in output.decode("utf-8", "replace").split("\0"):
        if item:
            added, removed, path = item.split("\t", 2)
            counts[path] = (_number(added), _number(removed))
    return counts


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0  # "-" for binary files


def _lines_of(root: Path, path: str) -> int:
    try:
        fd = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return 0
        data = file.read(_COUNTED_BYTES)
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))
