"""Sessions on disk: one append-only file each, so that one survives whatever ends the program.

`sessions/TREE/ID.jsonl` in the state folder holds a JSON object a line, `{"key": …, "value": …}`;
the newest value of a key counts. Files are readable by their owner only and hold no keys; of each
worktree the newest `KEPT` are kept, none larger than `LARGEST` for long.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import JournalError
from spark_tui.services.file_lock import locked
from spark_tui.services.plain_files import read_plain

KEPT = 50
"""Sessions kept for one worktree."""

LARGEST = 8 * 1024 * 1024
"""Above this many bytes a file is written anew with the newest values only."""

_READ_AT_MOST = 8 * LARGEST


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One kept session: its id, when it was last written (Unix seconds), its size in bytes."""

    id: str
    when: float
    size: int


class Sessions:
    """The kept sessions of the worktree at `root`, below the folder `state`."""

    def __init__(self, state: Path, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:32]
        self._folder = state / "sessions" / name

    def held(self) -> tuple[KeptSession, ...]:
        """All of them, newest first."""
        found = []
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*.jsonl"):
                with contextlib.suppress(OSError):
                    about = path.stat(follow_symlinks=False)
                    found.append(KeptSession(path.stem, about.st_mtime, about.st_size))
        return tuple(sorted(found, key=lambda held: (held.when, held.id), reverse=True))

    def read(self, ident: str) -> dict[str, object]:
        """The values of one session; damaged lines are skipped.

        Raises JournalError where there is no such session or it can't be read.
        """
        try:
            return _values(self._path(ident))
        except OSError as error:
            reason = (error.strerror or "i/o error").lower()
            raise JournalError(f"session {ident}: {reason}", "spark-tui sessions") from None

    def writer(self, ident: str = "") -> SessionFile:
        """Where a session is kept: a new one, or one that goes on."""
        return SessionFile(self._path(ident or _new_id()), self.prune)

    def prune(self) -> None:
        """Remove all but the newest; a disk that refuses keeps them."""
        for old in self.held()[KEPT:]:
            with contextlib.suppress(OSError):
                self._path(old.id).unlink()

    def _path(self, ident: str) -> Path:
        return self._folder / f"{Path(ident).name}.jsonl"


class SessionFile:
    """One session's file; it is made with the first value. A disk that refuses loses values.

    `made` is called once, after the first value.
    """

    def __init__(self, path: Path, made: Callable[[], None]) -> None:
        self._path = path
        self._made: Callable[[], None] | None = made

    def keep(self, values: Mapping[str, object]) -> None:
        """Append values. Blocks; never raises for what the disk does."""
        lines = [
            json.dumps({"key": k, "value": v}, separators=(",", ":")) for k, v in values.items()
        ]
        data = "".join(f"{line}\n" for line in lines).encode()
        with contextlib.suppress(OSError):
            _private(self._path.parent)
            with _appending(self._path) as (descriptor, ours):
                # What a crash left half written must not swallow the next line.
                _write(descriptor, data if _ends_a_line(descriptor) else b"\n" + data)
                if ours and os.fstat(descriptor).st_size > LARGEST:
                    _rewrite(descriptor, _values(self._path))
            made, self._made = self._made, None
            if made is not None:
                made()


def _private(folder: Path) -> None:
    """The folder and the two above it, readable by their owner only."""
    for path in (folder.parent.parent, folder.parent, folder):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _new_id() -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"


def _values(path: Path) -> dict[str, object]:
    values: dict[str, object] = {}
    for line in read_plain(path, _READ_AT_MOST, links=False, cut=True).split(b"\n"):
        with contextlib.suppress(ValueError, RecursionError):
            record = json.loads(line)
            if isinstance(record, dict) and isinstance(record.get("key"), str):
                values[record["key"]] = record.get("value")
    return values


def _rewrite(descriptor: int, values: dict[str, object]) -> None:
    """The newest values only, the oldest turns left out where that is still too much."""
    lines = [json.dumps({"key": k, "value": v}).encode() + b"\n" for k, v in values.items()]
    size = sum(map(len, lines))
    while len(lines) > 1 and size > LARGEST // 2:
        size -= len(lines.pop(0))
    os.ftruncate(descriptor, 0)
    _write(descriptor, b"".join(lines))


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _ends_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


@contextlib.contextmanager
def _appending(path: Path) -> Iterator[tuple[int, bool]]:
    """The file open for appending, and whether it is locked: a session may be resumed twice."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        with locked(descriptor) as ours:
            yield descriptor, ours
    finally:
        os.close(descriptor)
