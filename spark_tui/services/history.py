"""What the person typed: instructions sent before, and the draft a session ended with.

`history.jsonl` in the state folder holds one object a line for all worktrees, `{"tree": root,
"text": instruction}` and under "pastes" where in it pasted blocks begin and end; a draft is one
file per worktree and process in `drafts/`. Both are readable by their owner only. They are a
convenience: a disk that refuses loses them and disturbs nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from spark_tui.core.pasted_blocks import Folded, blocks_of
from spark_tui.services.file_lock import locked
from spark_tui.services.plain_files import read_plain, write_private

KEPT = 500
"""Instructions read back for one worktree, and kept in all when the file is cut."""

LONGEST = 64 * 1024
"""Longer texts (bytes as UTF-8) are pasted data rather than instructions: they are not kept."""

LARGEST = 4 * 1024 * 1024
"""Above this many bytes the file is cut to its newest `KEPT` lines."""

CLOSING_S = 1.0
"""So long the end of a session waits for its last lines to be on disk, s."""


class TypedText:
    """Instructions and draft of the worktree at `root`, kept below the folder `state`."""

    def __init__(self, state: Path, root: Path) -> None:
        self._file = state / "history.jsonl"
        self._tree = str(root)
        name = hashlib.sha256(os.fsencode(self._tree)).hexdigest()[:32]
        self._drafts = state / "drafts"
        self._name = name
        self._draft = self._drafts / f"{name}-{os.getpid()}"
        self._ours = False
        self._lock = threading.RLock()  # a signal may end the program in the middle of it
        self._lines_due: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._hurry = threading.Event()

    def earlier(self) -> Sequence[Folded]:
        """Instructions given in this worktree, oldest first; damaged lines are skipped."""
        found = []
        for line in self._lines():
            with contextlib.suppress(ValueError, UnicodeDecodeError):
                record = json.loads(line)
                if isinstance(record, dict) and record.get("tree") == self._tree:
                    text = record.get("text")
                    if isinstance(text, str) and text.strip():
                        found.append(Folded(text, _blocks(record.get("pastes"))))
        return found[-KEPT:]

    def remember(self, text: str) -> None:
        """Append one instruction. Returns at once: it is written in a thread, in order."""
        if not text.strip() or len(text.encode("utf-8", "surrogatepass")) > LONGEST:
            return
        record: dict[str, object] = {"tree": self._tree, "text": text}
        if blocks_of(text):
            record["pastes"] = blocks_of(text)
        self._lines_due.put(json.dumps(record).encode() + b"\n")
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="history", daemon=True)
            self._writer.start()

    def close(self) -> None:
        """See to it that what was remembered is on disk. Blocks for a moment; safe to call twice.

        Another process that keeps the file locked is not waited for.
        """
        self._hurry.set()
        writer, self._writer = self._writer, None
        if writer is not None:
            self._lines_due.put(None)
            writer.join(CLOSING_S)

    def _write(self) -> None:
        while (line := self._lines_due.get()) is not None:
            with contextlib.suppress(OSError):
                _private(self._file.parent)
                with _appending(self._file, self._hurry) as (descriptor, ours):
                    os.write(descriptor, line)
                    if ours and os.fstat(descriptor).st_size > LARGEST:
                        self._cut()

    def keep_draft(self, text: str) -> None:
        """Keep what was typed and not sent; "" forgets what this session kept, nothing else."""
        with self._lock, contextlib.suppress(OSError):
            if text.strip():
                _private(self._draft.parent)
                write_private(self._draft, _draft_of(text), durable=False)
                self._ours = True
            elif self._ours:
                self._ours = False
                self._draft.unlink()

    def take_draft(self) -> str:
        """The newest draft that a session ended with, once; "" when there is none.

        What another session that still runs is typing stays its own.
        """
        with contextlib.suppress(OSError, ValueError):
            for path in sorted(self._drafts.glob(f"{self._name}-*"), key=_age):
                if _left(path):
                    data = _read(path)
                    path.unlink()
                    return _draft_in(data)
        return ""

    def _lines(self) -> list[bytes]:
        try:
            return _read(self._file).splitlines()
        except OSError:
            return []

    def _cut(self) -> None:
        write_private(self._file, b"".join(line + b"\n" for line in self._lines()[-KEPT:]))


_WITH_PASTES = b"\0"
"""Begins a draft that is kept with its pasted blocks, as JSON; nobody types it."""


def _draft_of(text: str) -> bytes:
    if not blocks_of(text):
        return text.encode("utf-8", "surrogatepass")
    return _WITH_PASTES + json.dumps({"text": text, "pastes": blocks_of(text)}).encode()


def _draft_in(data: bytes) -> str:
    """The draft as it was kept. Raises ValueError for a damaged one."""
    if not data.startswith(_WITH_PASTES):
        return data.decode("utf-8", "surrogatepass")
    record = json.loads(data[1:])
    text = record.get("text") if isinstance(record, dict) else None
    return Folded(text, _blocks(record.get("pastes"))) if isinstance(text, str) else ""


def _blocks(kept: object) -> Iterator[tuple[int, int]]:
    """What a record says of pasted blocks, as far as it makes sense."""
    for one in kept if isinstance(kept, list) else ():
        match one:
            case [int(start), int(end)]:
                yield start, end


def _age(path: Path) -> float:
    """Seconds since the epoch, negative: the newest sorts first."""
    try:
        return -path.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _left(draft: Path) -> bool:
    """Whether the process that wrote a draft has ended (or is this one)."""
    number = draft.name.rpartition("-")[2]
    if not number.isdigit() or int(number) == os.getpid():
        return number.isdigit()
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _read(path: Path) -> bytes:
    return read_plain(path, 2 * LARGEST, links=False, cut=True)


@contextlib.contextmanager
def _appending(path: Path, hurry: threading.Event) -> Iterator[tuple[int, bool]]:
    """The file open for appending, and whether it is locked: several sessions write to it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    lock = path.with_name(f"{path.name}.lock")
    guard = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with locked(guard, hurry) as ours:
            descriptor = os.open(path, flags, 0o600)
            try:
                yield descriptor, ours
            finally:
                os.close(descriptor)
    finally:
        os.close(guard)
