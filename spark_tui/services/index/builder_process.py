"""`spark-tui find --builder`: brings one index up to date, in a process of its own.

It is niced, bounded in memory, and ends with its parent, or `--lingers` seconds later. A file that
takes too long is left out; a file that ends the process twice is left out too: what was written
until then stays.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import fcntl
import os
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from spark_tui.core.errors import SparkError
from spark_tui.services.index.build import Builder, TooLongError, due, noted
from spark_tui.services.index.listing import FileReader, fingerprint, listing
from spark_tui.services.index.store import Store, remove
from spark_tui.services.worktree.repo import Repository, find_repository

NICE = 10

MEMORY = 512 * 1024 * 1024
"""Bytes of heap the builder may have, at most; it uses about a fifth."""

FILE_S = 1.0
"""So long one file may take, s."""

HANGS_S = 20.0
"""After so long without a finished file the process ends itself, s."""

RECENT = 400
"""Commits whose files are read first."""


def main(args: Sequence[str]) -> int:
    """Build; lines `DONE TOTAL` and at last `ready` go to the descriptor."""
    parser = argparse.ArgumentParser(prog="spark-tui find --builder")
    parser.add_argument("root", type=Path)
    parser.add_argument("path", type=Path)
    parser.add_argument("--port-fd", type=int, required=True)
    parser.add_argument("--parent-fd", type=int, required=True)
    parser.add_argument("--lingers", type=float, default=0.0, metavar="S")
    given = parser.parse_args(args)
    ends = threading.Thread(target=_end_with, args=(given.parent_fd, given.lingers), daemon=True)
    ends.start()
    os.nice(NICE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def tell(line: str) -> None:
        with contextlib.suppress(OSError):
            os.write(given.port_fd, f"{line}\n".encode())

    try:
        repo = find_repository(given.root)
        with alone(given.path) as free:
            if not free:
                tell("busy")
                return 0
            _build_or_anew(repo, given.path, tell)
    except (OSError, SparkError, sqlite3.Error) as error:
        tell(f"failed {error.what if isinstance(error, SparkError) else error}")
        return 1
    tell("ready")
    return 0


def _end_with(descriptor: int, lingers: float) -> None:
    with contextlib.suppress(OSError):
        while os.read(descriptor, 64):
            pass
    time.sleep(lingers)
    os._exit(0)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether no other process builds this index; the lock goes with the process."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path.with_suffix(".lock"), flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _build_or_anew(repo: Repository, path: Path, tell: Callable[[str], None]) -> None:
    try:
        _build(repo, path, tell)
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "full" in str(error):
            raise
        remove(path)
        _build(repo, path, tell)
    except (sqlite3.DatabaseError, ValueError):
        remove(path)
        _build(repo, path, tell)


def _build(repo: Repository, path: Path, tell: Callable[[str], None]) -> None:
    store = Store(path, write=True)
    watch = _Watch(path.with_suffix(".at"))
    try:
        with FileReader(repo.root) as reader:
            mark = fingerprint(repo)
            files = listing(repo)
            work = due(store, files, reader, _recent(repo))
            builder = Builder(store, reader, watch.bounded)
            builder.settle(work)
            blamed = watch.blamed
            total = len(work.read)
            told = time.monotonic()
            for done, file in enumerate(sorted(work.read, key=blamed.__contains__)):
                if file in blamed:
                    builder.flush()  # the rest is safe whatever this one does
                if blamed.get(file, 0) >= 2:
                    builder.skip(file, files[file])
                else:
                    builder.add(file, files[file])
                if time.monotonic() - told > 0.1:
                    told = time.monotonic()
                    tell(f"{done} {total}")
            builder.flush()
            with store.writing():
                noted(store, mark)
            builder.clean()
        watch.over()
    finally:
        store.close()


class _Watch:
    """Stops a file that takes too long, and remembers on disk which one is at work.

    `blamed` says of a file how often the process ended while it was at work.
    """

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self.blamed: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError):
            times, _, path = mark.read_text("utf-8", "surrogateescape").partition(" ")
            if path.endswith("\n"):
                self.blamed[path.removesuffix("\n")] = int(times)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(mark, flags, 0o600)
        self._quiet = 0.0
        signal.signal(signal.SIGALRM, _too_long)

    @contextlib.contextmanager
    def bounded(self, path: str) -> Iterator[None]:
        """While a file is at work."""
        note = f"{self.blamed.get(path, 0) + 1} {path}\n".encode("utf-8", "surrogateescape")
        os.pwrite(self._descriptor, note, 0)
        os.ftruncate(self._descriptor, len(note))
        now = time.monotonic()
        if now - self._quiet > 1.0:
            self._quiet = now
            faulthandler.dump_traceback_later(HANGS_S, exit=True, file=sys.stderr)
        signal.setitimer(signal.ITIMER_REAL, FILE_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def over(self) -> None:
        """All went well."""
        faulthandler.cancel_dump_traceback_later()
        os.close(self._descriptor)
        self._mark.unlink(missing_ok=True)


def _too_long(*_: object) -> None:
    raise TooLongError


def _recent(repo: Repository) -> list[str]:
    """Files changed lately, the latest first: they are asked for most."""
    done = repo.git(
        "log", "-z", f"-{RECENT}", "--no-renames", "--name-only", "--format=", timeout=5.0
    )
    names = done.out.decode("utf-8", "replace").replace("\n", "\0").split("\0")
    return [*dict.fromkeys(name for name in names if name)] if done.status == 0 else []
