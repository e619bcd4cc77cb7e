"""The journal of one worktree: records of what was written, and every byte before and after.

    <folder>/entries/000014.intent   begun; the record and the bytes not yet in the store
    <folder>/entries/000014.entry    the same file after its mark: done, durable
    <folder>/entries/000014.settled  the record alone, once its bytes are in the repository
    <folder>/entries/000014.kept     empty: somebody kept the entry, which was provisional
    <folder>/git/                    a private git repository: blobs, and a commit per entry
    <folder>/rescued/                bytes of the user's that had no other place to stay
    <folder>/lock                    one writer at a time, across processes

Renaming a record's file from `.intent` to `.entry` is the commit mark.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import JournalError
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.commands import GitCommands
from spark_tui.services.worktree.records import Record, encode, parse, parse_header
from spark_tui.services.worktree.store import BlobStore

_LOCK_SECONDS = 10.0
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class _Turns:
    """A lock that threads get in turn: who waits holds the door until the one inside leaves."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._room = threading.Lock()

    def __enter__(self) -> None:
        with self._door:
            self._room.acquire()

    def __exit__(self, *_: object) -> None:
        self._room.release()


class Journal:
    """Records and bytes of one worktree, on disk below `folder` (created when first written).

    `commands` are what `git` runs on its private repository.
    """

    def __init__(self, folder: Path, root: Path, commands: type[GitCommands] = GitCommands) -> None:
        self.folder = folder
        self.git = commands(folder / "git")
        self.root = root
        self.store = BlobStore(folder / "git")
        self._entries = folder / "entries"
        self._known: dict[int, Record] = {}
        self._in_turn: defaultdict[str, _Turns] = defaultdict(_Turns)

    # ---- one writer at a time

    @contextlib.contextmanager
    def locked(self, name: str = "lock") -> Iterator[None]:
        """Hold the journal's lock. Raises JournalError when another process keeps it for 10 s."""
        self.create()
        with self._held(name):
            yield

    @contextlib.contextmanager
    def _held(self, name: str) -> Iterator[None]:
        with self._in_turn[name]:
            fd = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._wait_for(fd)
                yield
            finally:
                os.close(fd)

    def _wait_for(self, fd: int) -> None:
        deadline = time.monotonic() + _LOCK_SECONDS
        pause = 0.001
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise JournalError(
                        "another spark-tui is writing in this worktree", "try again"
                    ) from None
                time.sleep(pause)
                pause = min(pause * 2, 0.02)
            else:
                return

    def create(self) -> None:
        """Make the folders, readable by the user only, durably. Cheap when they are there.

        The first flush and the first stored pre-image may both come here at the same time.
        """
        if self._entries.is_dir():
            return
        disk.make_private(self.folder)
        with self._held("lock"):
            if self._entries.is_dir():
                return
            disk.replace_private(self.folder / "worktree", os.fsencode(self.root) + b"\n")
            self.store.create()
            disk.make_private(self._entries)

    # ---- writing records

    def next_id(self) -> int:
        """The id of the next record: ids only grow."""
        return max(self._listing(), default=0) + 1

    def begin(self, record: Record, blobs: Mapping[str, bytes]) -> list[int]:
        """Write the intent with the blobs the store lacks.

        Returns the descriptors to sync, and to close, before anything it announces is done.
        Raises OSError; the intent is then gone again.
        """
        missing = {sha: data for sha, data in blobs.items() if not self.store.has(sha)}
        path = self._path(record.id, "intent")
        folder = os.open(self._entries, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return [self._write(path, record, missing), folder]
        except OSError:
            os.close(folder)
            path.unlink(missing_ok=True)
            raise

    def mark(self, record: Record) -> None:
        """Turn the intent into an entry, durably: from here on it counts."""
        intent, entry = self._path(record.id, "intent"), self._path(record.id, "entry")
        intent.rename(entry)
        try:
            disk.sync_folder(self._entries)
        except OSError:
            if _renamed(entry, intent):
                raise
            # Neither durable nor revocable on this disk: it stands, as every reader sees it.
        self._known[record.id] = record

    def discard(self, number: int) -> None:
        """Forget an intent that was rolled back."""
        self._path(number, "intent").unlink(missing_ok=True)
        disk.sync_folder(self._entries)

    def settle(self, record: Record) -> None:
        """Replace an entry whose blobs are in the store by its record alone."""
        target = self._path(record.id, "settled")
        temp = target.with_suffix(".tmp")
        temp.unlink(missing_ok=True)
        fd = self._write(temp, record, {})
        try:
            disk.sync(fd)
        finally:
            os.close(fd)
        temp.rename(target)
        disk.sync_folder(self._entries)
        self._path(record.id, "entry").unlink(missing_ok=True)
        self._known[record.id] = record

    def confirm(self, number: int) -> None:
        """A provisional entry is kept, durably. Raises OSError."""
        fd = os.open(self._path(number, "kept"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.close(fd)
        self.sync()

    def is_confirmed(self, number: int) -> bool:
        """Whether a provisional entry was kept."""
        return self._path(number, "kept").exists()

    def drop(self, number: int) -> None:
        """Remove an entry for good (pruning)."""
        for kind in ("entry", "settled", "kept"):
            self._path(number, kind).unlink(missing_ok=True)
        self._known.pop(number, None)

    def sync(self) -> None:
        """Wait until the list of entries is on stable storage."""
        disk.sync_folder(self._entries)

    def _write(self, path: Path, record: Record, blobs: Mapping[str, bytes]) -> int:
        data = encode(record, blobs)
        fd = os.open(path, _NEW, 0o600)
        try:
            disk.write_all(fd, data)
        except OSError:
            os.close(fd)
            raise
        return fd

    # ---- reading records

    def records(self) -> list[Record]:
        """All entries, oldest first. A damaged one raises JournalError."""
        return [self.record(n) for n, kind in self._listing().items() if kind != "intent"]

    def unsettled(self) -> list[Record]:
        """Entries whose bytes are not in the private repository yet, oldest first."""
        return [self.record(n) for n, kind in self._listing().items() if kind == "entry"]

    def is_unsettled(self, number: int) -> bool:
        """Whether the entry still carries its bytes in its own file."""
        return self._listing().get(number) == "entry"

    def pending(self) -> bool:
        """Whether anything is left to roll back or to settle."""
        return any(kind != "settled" for kind in self._listing().values())

    def intents(self) -> list[Record | int]:
        """Records begun but not marked, oldest first; the number alone where it is torn."""
        found: list[Record | int] = []
        for number, kind in self._listing().items():
            if kind == "intent":
                try:
                    record, _ = parse(self._path(number, "intent").read_bytes())
                    found.append(record)
                except (ValueError, KeyError, TypeError, zlib.error):
                    found.append(number)
        return found

    def blob(self, sha: str, record: Record) -> bytes:
        """The bytes with this id, from the store or the record's own file, hash-checked.

        Raises JournalError where they are damaged or gone.
        """
        data = self.store.get(sha)
        for kind in ("entry", "intent"):
            if data is None:
                with contextlib.suppress(OSError, ValueError, KeyError, TypeError, zlib.error):
                    data = parse(self._path(record.id, kind).read_bytes())[1].get(sha)
        if data is None:
            data = self.store.get(sha)  # settled by another process in between
        if data is None or blob_id(data) != sha:
            raise JournalError(f"#{record.id} is damaged: {sha[:9]} is missing", "nothing changed")
        return data

    def blobs(self, record: Record) -> dict[str, bytes]:
        """All bytes of a record by id."""
        wanted = {side.sha for step in record.steps for side in (step.before, step.after)}
        return {sha: self.blob(sha, record) for sha in wanted if sha}

    def rescue(self, path: str, data: bytes) -> Path:
        """Keep bytes that have no place in the tree as a file of their own; durable."""
        folder = self.folder / "rescued"
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / f"{blob_id(data)[:12]}-{path.rpartition('/')[2]}"
        if not target.exists():
            temp = target.with_name(disk.temp_name())
            fd = os.open(temp, _NEW, 0o600)
            try:
                disk.write_all(fd, data)
                disk.sync(fd)
            finally:
                os.close(fd)
            temp.rename(target)
            disk.sync_folder(folder)
        return target

    def record(self, number: int) -> Record:
        """One entry by id. Raises JournalError where there is none or it is damaged."""
        if number not in self._known:
            line = self._first_line(number)
            if line is None:
                raise JournalError(f"there is no entry #{number}", "spark-tui log lists them")
            try:
                self._known[number] = parse_header(line)[0]
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(f"#{number} is damaged", f"see {self._entries}") from error
        return self._known[number]

    def _first_line(self, number: int) -> bytes | None:
        for kind in ("entry", "settled"):  # another process may settle it in between
            with (
                contextlib.suppress(FileNotFoundError),
                self._path(number, kind).open("rb") as file,
            ):
                return file.readline()
        return None

    def _listing(self) -> dict[int, str]:
        """The furthest stage of each record by id, ids ascending."""
        try:
            names = sorted(path.name for path in self._entries.iterdir())
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise JournalError(
                f"cannot look into {self.folder}: {reason}", "XDG_STATE_HOME names another folder"
            ) from error
        found = {}
        for name in names:  # entry < intent < settled, so the last one of an id is right
            stem, _, kind = name.partition(".")
            if stem.isdigit() and kind in ("entry", "intent", "settled"):
                found[int(stem)] = kind
        return dict(sorted(found.items()))

    def _path(self, number: int, kind: str) -> Path:
        return self._entries / f"{number:06d}.{kind}"


def _renamed(source: Path, target: Path) -> bool:
    try:
        source.rename(target)
    except OSError:
        return False
    return True
