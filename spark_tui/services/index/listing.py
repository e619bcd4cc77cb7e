"""The files there are and which of them git vouches for; and reading one to index it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import FileRefusedError
from spark_tui.core.retrieve.corpus import LARGEST, Indexed, index_file
from spark_tui.core.retrieve.secrets import withheld, withheld_path
from spark_tui.services.worktree.disk import is_temp
from spark_tui.services.worktree.files import Folders
from spark_tui.services.worktree.repo import Repository

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDERS_AT_ONCE = 64
_NO_PARTS = frozenset({"", ".", "..", ".git"})


@dataclass(frozen=True, slots=True)
class ListedFile:
    """What a path held at one moment: `data` is None for what is no text or too large."""

    blob: bytes
    size: int
    mtime_ns: int
    data: bytes | None


def listing(repo: Repository, *, secrets: bool = False) -> dict[str, bytes]:
    """Every file that may be indexed: its blob id as git has it, b"" where the disk must be asked.

    Tracked and untracked, not ignored; no links, no submodules, nothing whose name says that it
    holds secrets unless `secrets` asks for it. Raises WorktreeError.
    """
    output = repo.output(
        "ls-files", "-z", "-t", "--stage", "-c", "-o", "-m", "--exclude-standard",
        environment=repo.disarmed(),
    )  # fmt: skip
    found: dict[str, bytes] = {}
    for item in output.split(b"\0"):
        tag, raw = item[:2], item[2:]
        blob = b""
        if tag == b"? ":
            if raw.endswith(b"/") or is_temp(os.fsdecode(raw.rpartition(b"/")[2])):
                continue
        elif tag != b"S " and raw.startswith(b"100"):
            about, _, raw = raw.partition(b"\t")
            if tag == b"H ":
                blob = bytes.fromhex(about.split(b" ")[1].decode("ascii"))
        else:
            continue
        with contextlib.suppress(UnicodeDecodeError):
            path = raw.decode("utf-8")
            if secrets or not withheld_path(path):
                found[path] = blob  # a changed file comes again, marked as such
    return found


def doubtful(repo: Repository) -> set[str]:
    """Files that may be indexed and for which git does not vouch: changed, or untracked."""
    output = repo.output(
        "ls-files", "-z", "-t", "-o", "-m", "--exclude-standard", environment=repo.disarmed()
    )
    found = set()
    for item in output.split(b"\0"):
        raw = item[2:]
        if item[:2] == b"? " and is_temp(os.fsdecode(raw.rpartition(b"/")[2])):
            continue
        if raw and not raw.endswith(b"/"):
            with contextlib.suppress(UnicodeDecodeError):
                path = raw.decode("utf-8")
                if not withheld_path(path):
                    found.add(path)
    return found


def fingerprint(repo: Repository) -> bytes:
    """What is another one after git's own index was written; b"" where there is none."""
    with contextlib.suppress(OSError), (repo.git_dir / "index").open("rb") as file:
        about = os.fstat(file.fileno())
        file.seek(max(0, about.st_size - 20))
        return b"%d %d " % (about.st_size, about.st_mtime_ns) + file.read()
    return b""


class FileReader:
    """Reads files one by one, through no link; a context manager."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: Folders | None = None
        self._used: set[str] = set()

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()

    def _forget(self) -> None:
        if self._folders is not None:
            self._folders.__exit__()
            self._folders = None
        self._used.clear()

    def read(self, path: str) -> ListedFile | None:
        """What is there now, None for what is no regular file of this worktree or unreadable."""
        if not _NO_PARTS.isdisjoint(path.split("/")):
            return None
        folder = path.rpartition("/")[0]
        if folder not in self._used:
            if len(self._used) >= _FOLDERS_AT_ONCE:
                self._forget()
            self._used.add(folder)
        try:
            if self._folders is None:
                self._folders = Folders(self._root)
            where, name = self._folders.of(path)
            descriptor = os.open(name, _FILE, dir_fd=where)
        except (OSError, FileRefusedError):
            return None
        try:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                return None
            if about.st_size > LARGEST:
                return ListedFile(b"", about.st_size, about.st_mtime_ns, None)
            data = os.read(descriptor, LARGEST + 1)
            while len(data) <= LARGEST and (more := os.read(descriptor, LARGEST)):
                data += more
        except OSError:
            return None
        finally:
            os.close(descriptor)
        whole = None if len(data) > LARGEST or b"\0" in data else data
        return ListedFile(bytes.fromhex(blob_id(data)), len(data), about.st_mtime_ns, whole)

    def stamps(self, paths: Iterable[str]) -> Iterator[tuple[str, int, int]]:
        """Size and time of files that are there."""
        for path in paths:
            with contextlib.suppress(OSError):
                about = (self._root / path).lstat()
                yield path, about.st_size, about.st_mtime_ns


def indexed(path: str, data: bytes) -> Indexed | None:
    """What the index keeps of a file, None where it is withheld."""
    text = data.decode("utf-8", "replace")
    return None if withheld(path, text) else index_file(path, text)
