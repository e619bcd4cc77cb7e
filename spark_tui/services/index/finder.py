"""Finds code in one repository: keeps its index up to date and asks it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from spark_tui.core.dataclass import replace
from spark_tui.core.errors import SparkError
from spark_tui.core.retrieve.answer import Answer, IndexState
from spark_tui.core.retrieve.corpus import Corpus
from spark_tui.core.retrieve.find import BUDGET, find
from spark_tui.core.retrieve.history import LOG, History, parse
from spark_tui.core.retrieve.pack import Bundle
from spark_tui.core.retrieve.places import Place
from spark_tui.services.index.build import SEEN_NS, WHOLE, Builder, due, noted, quick, update
from spark_tui.services.index.builder_process import alone
from spark_tui.services.index.corpus import StoreCorpus
from spark_tui.services.index.joined import Joined
from spark_tui.services.index.listing import FileReader, doubtful, fingerprint, listing
from spark_tui.services.index.store import Store, remove
from spark_tui.services.index.unindexed import Unindexed
from spark_tui.services.plain_files import is_there
from spark_tui.services.processes import OwnProcess, spawn_self
from spark_tui.services.worktree.repo import Repository

HERE = 300
"""So many files are read in this process at once; more are the builder's work."""

AGAIN_S = 60.0
"""After so long an index that could not be made is tried again, s."""

STARTS_S = 5.0
"""So long a builder may take to start, s."""

COMMITS = 1_000
"""Commits whose messages are compared."""

_TRIES = 3
_BUSY_S = 0.5
_LOOK_S = 0.5
_BAD = (sqlite3.Error, ValueError, IndexError, KeyError, TypeError, zlib.error)


def place(state: Path, root: Path) -> Path:
    """Where the index of a worktree is."""
    return state / "index" / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:32]}.db"


class RepositoryIndex:
    """The index of a repository and the ways to ask it. Every method blocks but `start`.

    Nothing but `find` and `update` reads files, and nothing at all is raised for a state folder
    that can't be used: then every answer is found by searching the files, and says so. The builder
    may go on for `lingers_s` seconds after this process has ended.
    """

    def __init__(self, repo: Repository, state: Path, *, lingers_s: float = 0.0) -> None:
        self._repo = repo
        self._lingers_s = lingers_s
        self._path = place(state, repo.root)
        self._lock = threading.Lock()
        self._reader = FileReader(repo.root)
        self._store: Store | None = None
        self._corpus: StoreCorpus | None = None
        self._inode = 0
        self._history: History | None = None
        self._unindexed = Unindexed(repo, self._reader)
        self._note = ""
        self._over = threading.Event()
        self._tried = threading.Event()
        self._worker: threading.Thread | None = None
        self._builder: OwnProcess | None = None
        self._again = False
        self._not_before = 0.0

    # ------------------------------------------------------------------ being built

    def start(self, told: Callable[[], None] = lambda: None) -> None:
        """Let the builder bring the index up to date; `told` is called in a thread when it is.

        While one is at work it starts once more afterwards.
        """
        if self._worker is not None and self._worker.is_alive():
            self._again = True
            return
        if self._note and time.monotonic() < self._not_before:
            return  # it can't be built, and could not a moment ago
        self._not_before = time.monotonic() + AGAIN_S
        self._worker = threading.Thread(target=self._build, args=(told,), name="index", daemon=True)
        self._worker.start()

    def _build(self, told: Callable[[], None]) -> None:
        tries = 0
        while tries < _TRIES and not self._over.is_set():
            self._again = False
            said = self._run()
            if said == "busy":
                self._over.wait(_BUSY_S)
            elif said.startswith("failed "):
                self._note = said.removeprefix("failed ")
                break
            elif said != "ready":
                tries += 1  # it ended in the middle: what it wrote stays
            elif not self._again:
                self._note = ""
                break
        self._tried.set()
        if not self._over.is_set():
            told()

    def _run(self) -> str:
        try:
            with alone(self._path) as free:
                pass
            if not free:
                return "busy"
            builder = spawn_self(
                [
                    "find",
                    "--builder",
                    str(self._repo.root),
                    str(self._path),
                    f"--lingers={self._lingers_s}",
                ]
            )
        except OSError as error:
            return f"failed {(error.strerror or 'i/o error').lower()}"
        except SparkError as error:
            return f"failed {error.what}"
        self._builder = builder
        self._tried.set()
        try:
            while not self._over.is_set():
                line = builder.read_line(_LOOK_S)
                if line and not line[0].isdigit():
                    return line
                if not line and builder.ended():
                    break
            return ""
        except (OSError, ValueError):
            return ""  # closed meanwhile
        finally:
            builder.stop()

    @property
    def builder(self) -> int:
        """The builder's process id, 0 where none is at work."""
        builder = self._builder
        return builder.pid if builder is not None and not builder.ended() else 0

    def started(self) -> None:
        """Until the builder runs, or it is known that it can't; a few seconds at most."""
        self._tried.wait(STARTS_S)

    def wait(self) -> None:
        """Until what was started is done."""
        worker = self._worker
        if worker is not None:
            worker.join()

    def close(self) -> None:
        """End the builder. Safe to call twice."""
        self._over.set()
        builder = self._builder
        if builder is not None:
            builder.stop()
        with self._lock:
            self._forget()

    # ------------------------------------------------------------------ small changes

    def refresh(self, asked: str = "") -> bool:
        """Compare with the disk; False where that is the builder's work, which was not started.

        Where there is no index yet, what will be `asked` is searched for meanwhile.
        """
        if not is_there(self._path):
            if asked:
                args = (asked,)
                threading.Thread(target=self._unindexed.search, args=args, daemon=True).start()
            try:
                files = self._unindexed.listing()
            except SparkError:
                return False
            if len(files) > HERE:
                return False
        try:
            store = Store(self._path, write=True)
        except (OSError, sqlite3.Error) as error:
            return self._broken(error)
        try:
            with FileReader(self._repo.root) as reader:
                mark = fingerprint(self._repo)
                if mark and store.about(WHOLE) == mark:
                    paths = quick(store, doubtful(self._repo), reader)
                    if len(paths) > HERE:
                        return False
                    update(store, reader, paths)
                else:
                    files = listing(self._repo)
                    work = due(store, files, reader)
                    if len(work.read) > HERE:
                        return False
                    builder = Builder(store, reader)
                    builder.settle(work)
                    for path in work.read:
                        builder.add(path, files[path])
                    builder.flush()
                with store.writing():
                    noted(store, mark)
        except _BAD as error:
            return self._broken(error)
        finally:
            store.close()
        return True

    def update(self, paths: Sequence[str]) -> bool:
        """Take in files that changed; False where that is the builder's work."""
        if len(paths) > HERE or not is_there(self._path):
            return False
        try:
            store = Store(self._path, write=True)
        except (OSError, sqlite3.Error) as error:
            return self._broken(error)
        try:
            with FileReader(self._repo.root) as reader:
                update(store, reader, paths)
        except _BAD as error:
            return self._broken(error)
        finally:
            store.close()
        return True

    def _broken(self, error: Exception) -> bool:
        """A bad database is removed and made anew by the builder; a bad disk is told of."""
        said = str(error)
        if isinstance(error, OSError):
            self._note = (error.strerror or "i/o error").lower()
        elif isinstance(error, sqlite3.OperationalError):
            self._note = said
        else:
            with contextlib.suppress(OSError):
                remove(self._path)
        return False

    # ------------------------------------------------------------------ finding

    def read_history(self) -> None:
        """Read what changed lately and why."""
        with contextlib.suppress(SparkError):
            done = self._repo.git(*LOG, f"-n{COMMITS}", timeout=5.0)
            if done.status == 0:
                self._history = parse(done.out.decode("utf-8", "replace"))

    def find(
        self,
        text: str,
        *,
        budget: int = BUDGET,
        named: Sequence[Place] = (),
        changed: Sequence[str] = (),
        recent: Sequence[str] = (),
    ) -> Answer:
        """The blocks that `text` is about: see `core.retrieve.find.find`. Of the disk as it is."""
        start = time.perf_counter()
        with self._lock, self._reader:
            for last in (False, True):
                answer = self._ask(text, budget, named, changed, recent)
                blobs, stale = self._checked(answer.bundle)
                if not stale:
                    break
                if last or not self.update(stale):
                    answer = replace(answer, bundle=_without(answer.bundle, stale))
                    break
        took = (time.perf_counter() - start) * 1e3
        return replace(answer, took_ms=round(took, 2), blobs=blobs)

    def _ask(
        self,
        text: str,
        budget: int,
        named: Sequence[Place],
        changed: Sequence[str],
        recent: Sequence[str],
    ) -> Answer:
        def ask(corpus: Corpus) -> Bundle:
            return find(
                text,
                corpus,
                budget=budget,
                named=named,
                changed=changed,
                recent=recent,
                history=self._history,
                root=str(self._repo.root),
            )

        try:
            stored = self._opened()
            if stored is not None:
                with stored.store.reading():
                    stored.refresh()
                    whole = bool(stored.store.about(WHOLE))
                    seen = int(stored.store.about(SEEN_NS) or b"0")
                    if whole:
                        age = max(0, time.time_ns() - seen) // 1_000_000
                        return Answer(ask(stored), IndexState.READY, stored.files, age)
                    memory = self._unindexed.corpus(
                        text, (*changed, *recent), lambda path: bool(stored.numbers((path,)))
                    )
                    return Answer(ask(Joined(stored, memory)), IndexState.BUILDING, stored.files)
        except _BAD:
            self._forget()
            with contextlib.suppress(OSError):
                remove(self._path)
        memory = self._unindexed.corpus(text, (*changed, *recent), lambda _: False)
        state = IndexState.BUILDING if self.builder else IndexState.NONE
        return Answer(ask(memory), state, note=self._note)

    def _opened(self) -> StoreCorpus | None:
        try:
            inode = self._path.stat().st_ino
        except OSError:
            self._forget()
            return None
        if self._corpus is None or inode != self._inode:
            self._forget()
            try:
                self._store = Store(self._path, write=False)
            except sqlite3.OperationalError:
                return None  # it is being made, or can't be read
            self._corpus, self._inode = StoreCorpus(self._store, self._reader), inode
        return self._corpus

    def _forget(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._corpus = None

    def _checked(self, bundle: Bundle) -> tuple[dict[str, str], list[str]]:
        """The ids of the bundle's files, and those that are not what was indexed."""
        blobs: dict[str, str] = {}
        stale: list[str] = []
        paths = [one.path for one in bundle.blocks] + [one.path for one in bundle.outlines]
        for path in dict.fromkeys(paths):
            disk = self._reader.read(path)
            if disk is None or disk.data is None:
                stale.append(path)
                continue
            known = self._unindexed.holds(path, disk.blob) or (
                self._corpus is not None and self._corpus.holds(path, disk.blob)
            )
            if known:
                blobs[path] = disk.blob.hex()
            else:
                stale.append(path)
        return blobs, stale


def _without(bundle: Bundle, paths: Sequence[str]) -> Bundle:
    blocks = tuple(one for one in bundle.blocks if one.path not in paths)
    outlines = tuple(one for one in bundle.outlines if one.path not in paths)
    tokens = sum(one.tokens for one in blocks) + sum(one.tokens for one in outlines)
    return replace(bundle, blocks=blocks, outlines=outlines, tokens=tokens)
